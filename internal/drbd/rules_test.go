package drbd

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// copyOf is a copy of r0 that is in sync, changed by a test.
func copyOf(edit func(*view)) view {
	v := view{
		host:     &Host{Version: Version{Generation: Gen84}, Loaded: true},
		resource: &Resource{Name: "r0", Role: Primary, NodeID: -1},
		volume:   &Volume{Disk: UpToDate},
		peer:     &Peer{Connection: Connected, Role: Secondary, NodeID: -1},
		copy:     PeerVolume{Replication: Established, Disk: UpToDate, OOSKnown: true},
		told:     true,
	}
	edit(&v)
	v.others = []PeerVolume{v.copy}
	return v
}

// Each rule has a state that it decides, and that is judged otherwise without it: a rule that is lost is noticed.
func TestEveryRuleOfTheTableCounts(t *testing.T) {
	t.Parallel()
	decided := map[int]func(*view){
		1: func(v *view) { v.volume.Problem = "flags" },
		2: func(v *view) {
			v.evidence = []Verdict{{Class: SplitBrain, Reason: ReasonDualWriters, Text: "both write"}}
		},
		3: func(v *view) { v.resource.Suspended = []string{SuspendedIO} },
		4: func(v *view) { v.volume.Disk = Diskless },
		// A loss that has left the peer's last state behind.
		5: func(v *view) { v.peer.Connection = NetworkFailure },
		6: func(v *view) { v.copy.Replication = Off },
		7: func(v *view) { v.copy.Disk = Failed },
		8: func(v *view) { v.copy.Replication = SkippedSyncS },
		9: func(v *view) { v.copy.Replication, v.copy.Disk = Ahead, Consistent },
		10: func(v *view) {
			v.copy.Replication, v.volume.Disk = SyncTarget, Inconsistent
		},
		11: func(v *view) {
			v.copy.Replication, v.copy.Disk, v.copy.Paused = PausedSyncS, Inconsistent, []string{PausedUser}
		},
		12: func(v *view) { v.copy.Disk = Consistent },
		13: func(v *view) { v.copy.OutOfSyncKiB = 12 },
		14: func(v *view) { v.copy.ResyncFailedKiB = 4 },
		15: func(v *view) { v.copy.Replication = VerifyS },
		16: func(*view) {},
	}
	require.Len(t, decided, len(rules()))
	for i, r := range rules() {
		v := copyOf(decided[r.number])
		with := judge(v, rules())
		assert.Equal(t, r.number, with.Rule, with.Text)
		assert.NotEmpty(t, with.Text)
		without := judge(v, slices.Delete(rules(), i, i+1))
		assert.NotEqual(t, [2]any{with.Class, with.Reason}, [2]any{without.Class, without.Reason}, "rule %d decides nothing", r.number)
	}
}

// worlds calls see with every combination of states, each with a few of what lies beside the states.
func worlds(see func(view)) {
	yes, no := true, false
	sides := []func(*view){
		func(*view) {},
		func(v *view) { v.copy.OutOfSyncKiB = 4 },
		func(v *view) { v.copy.OOSKnown = false },
		func(v *view) { v.resource.Suspended = []string{SuspendedQuorum}; v.volume.Quorum = &yes },
		func(v *view) { v.volume.Quorum = &no },
		func(v *view) { v.peer.Role = Primary },
		func(v *view) { v.resource.Role, v.peer.Role = Secondary, RoleUnknown },
		func(v *view) { v.host.Version.Generation, v.volume.Client = Gen9, true },
		func(v *view) { v.host.Version.Generation, v.copy.Client = Gen9, true },
		func(v *view) { v.host.Version.Generation, v.copy.OOSKnown = Gen07, false },
		func(v *view) { v.mark, v.now = &Mark{}, time.Unix(1000, 0) },
	}
	for connection := ConnUnknown; connection <= Connected; connection++ {
		for replication := ReplUnknown; replication <= SkippedSyncT; replication++ {
			for local := DiskUnknown; local <= UpToDate; local++ {
				for remote := DiskUnknown; remote <= UpToDate; remote++ {
					for _, side := range sides {
						see(copyOf(func(v *view) {
							v.peer.Connection, v.copy.Replication, v.volume.Disk, v.copy.Disk = connection, replication, local, remote
							side(v)
						}))
					}
				}
			}
		}
	}
}

// OK means connected, both copies as good as can be, nothing known to differ, not suspended, and known roles: of a third of
// a million states no other one is in order.
func TestOKMeansAllOfIt(t *testing.T) {
	t.Parallel()
	counts := map[Class]int{}
	worlds(func(v view) {
		got := v.verdict()
		counts[got.Class]++
		if got.Text == "" || got.Reason == "" || got.Class == NoClass {
			require.Fail(t, "a verdict without a reason", v.states())
		}
		syncing := v.copy.Replication.Source() || v.copy.Replication.Target()
		if got.Class == Syncing && (!syncing || v.peer.Connection != Connected) {
			require.Fail(t, "no resync runs", v.states())
		}
		if got.Class != OK {
			return
		}
		established := v.copy.Replication == Established || v.copy.Replication.Verifying()
		local := v.volume.Disk == UpToDate || v.volume.Client && v.volume.Disk == Diskless || v.old() && v.volume.Disk == Consistent
		remote := v.copy.Disk == UpToDate || v.copy.Client && v.copy.Disk == Diskless || v.old() && v.copy.Disk == DiskHidden
		quorate := v.volume.Quorum == nil || *v.volume.Quorum
		if v.peer.Connection != Connected || !established || !local || !remote || v.copy.OutOfSyncKiB != 0 ||
			len(v.resource.Suspended) > 0 || !quorate || v.peer.Role == RoleUnknown || v.dual() {
			require.Fail(t, "this is not in order", v.states())
		}
	})
	assert.Greater(t, counts[OK], 10)
	assert.Less(t, counts[OK], 60, "few states are in order")
	assert.Greater(t, counts[Syncing], 100)
	assert.Greater(t, counts[Degraded], 100000)
}

// What is found beside the states never makes a verdict better.
func TestMoreTroubleIsNeverBetter(t *testing.T) {
	t.Parallel()
	troubles := []func(*view){
		func(v *view) { v.resource.Suspended = []string{SuspendedUser} },
		func(v *view) { v.copy.OutOfSyncKiB = 12 },
		func(v *view) { v.resource.ForceIOFailures = true },
		func(v *view) { v.options.RequireVerify = time.Hour },
		func(v *view) { v.copy.Progress = &Progress{Stalled: true} },
		func(v *view) { v.copy.ResyncFailedKiB = 4 },
	}
	seen := 0
	worlds(func(v view) {
		// One in a prime number, so that every kind of state has its turn.
		if seen++; seen%23 != 0 {
			return
		}
		was := v.verdict()
		for i, trouble := range troubles {
			worse, resource := v, *v.resource
			worse.resource = &resource
			trouble(&worse)
			if got := worse.verdict(); got.Class < was.Class {
				require.Fail(t, "better with more trouble", "%d: %s %s, then %s: %s", i, was.Class, was.Reason, got.Class, v.states())
			}
		}
	})
}
