package drbddisk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
)

// The states of a made-up resource: every word of DRBD's, and those that are none.
var (
	diskStates = []drbd.DiskState{drbd.DiskUnknown, drbd.DiskHidden, drbd.Diskless, drbd.Attaching, drbd.Detaching, drbd.Failed,
		drbd.Negotiating, drbd.Inconsistent, drbd.Outdated, drbd.DUnknown, drbd.Consistent, drbd.UpToDate}
	connStates = []drbd.ConnState{drbd.ConnUnknown, drbd.StandAlone, drbd.Disconnecting, drbd.Unconnected, drbd.Timeout, drbd.BrokenPipe,
		drbd.NetworkFailure, drbd.ProtocolError, drbd.TearDown, drbd.Connecting, drbd.WFReportParams, drbd.Connected}
	replStates = []drbd.ReplState{drbd.ReplUnknown, drbd.Off, drbd.Established, drbd.StartingSyncS, drbd.StartingSyncT, drbd.WFBitMapS,
		drbd.WFBitMapT, drbd.WFSyncUUID, drbd.SyncSource, drbd.SyncTarget, drbd.VerifyS, drbd.VerifyT, drbd.PausedSyncS,
		drbd.PausedSyncT, drbd.Ahead, drbd.Behind, drbd.SkippedSyncS, drbd.SkippedSyncT}
	roles       = []drbd.Role{drbd.RoleUnknown, drbd.Secondary, drbd.Primary}
	generations = []drbd.Generation{drbd.Gen07, drbd.Gen80, drbd.Gen83, drbd.Gen84, drbd.Gen9}
)

// every calls test with every state of one volume and one peer.
func every(test func(o Observation)) {
	for _, generation := range []drbd.Generation{drbd.Gen07, drbd.Gen84, drbd.Gen9} {
		for _, role := range roles {
			for _, disk := range diskStates {
				for _, conn := range connStates {
					for _, repl := range replStates {
						for _, peerRole := range roles {
							for _, peerDisk := range diskStates {
								test(Observation{Resource: "r0", Generation: generation, Loaded: true, Answered: true, Setup: Setup{Hosts: 2},
									State: &drbd.Resource{Name: "r0", Role: role, Volumes: []drbd.Volume{{Disk: disk}},
										Peers: []drbd.Peer{{Name: "bravo", Connection: conn, Role: peerRole,
											Volumes: []drbd.PeerVolume{{Replication: repl, Disk: peerDisk}}}}}})
							}
						}
					}
				}
			}
		}
	}
}

// some is a state drawn at random: any number of volumes and peers, and everything that can be wrong.
func some(r *rand.Rand) (Observation, Rules) {
	pick := func(percent int) bool { return r.IntN(100) < percent }
	o := Observation{
		Resource: "r0", Generation: generations[r.IntN(len(generations))], Loaded: pick(95), Answered: pick(90), Fresh: pick(10),
		Setup: Setup{Fences: pick(30), TwoPrimaries: pick(20), Hosts: r.IntN(4)},
	}
	if pick(5) {
		o.Mounted = []string{"/data"}
	}
	if pick(5) {
		o.Writable = []string{"/dev/drbd0"}
	}
	if pick(5) {
		o.Verdict = drbd.Verdict{Class: drbd.SplitBrain, Reason: drbd.ReasonSplitBrainLog, Text: "the kernel detected a split brain of r0"}
	}
	if pick(3) {
		o.Verdict = drbd.Verdict{Class: drbd.Degraded, Reason: drbd.ReasonUnrelated, Text: "the copies never were the same"}
	}
	rules := Rules{AllowSyncTarget: pick(30), AllowDual: pick(30), WarnStandalone: pick(50)}
	if pick(7) {
		return o, rules
	}
	o.State = &drbd.Resource{Name: "r0", Role: roles[r.IntN(3)], Mixed: pick(5), ForceIOFailures: pick(3)}
	if pick(5) {
		o.State.Suspended = []string{drbd.SuspendedFencing}
	}
	for number := range r.IntN(4) {
		v := drbd.Volume{Number: number, Minor: number, Unconfigured: pick(5), Disk: diskStates[r.IntN(len(diskStates))]}
		if pick(60) {
			v.Disk = drbd.UpToDate
		}
		if pick(5) {
			v.Problem = "rubbish"
		}
		if pick(30) {
			quorum := pick(80)
			v.Quorum = &quorum
		}
		o.State.Volumes = append(o.State.Volumes, v)
	}
	for range r.IntN(3) {
		p := drbd.Peer{Connection: connStates[r.IntN(len(connStates))], Role: roles[r.IntN(3)]}
		if pick(50) {
			p.Connection, p.Role = drbd.Connected, drbd.Secondary
		}
		for _, v := range o.State.Volumes {
			copied := drbd.PeerVolume{Number: v.Number, Replication: replStates[r.IntN(len(replStates))], Disk: diskStates[r.IntN(len(diskStates))]}
			if pick(50) {
				copied.Replication, copied.Disk = drbd.Established, drbd.UpToDate
			}
			if pick(95) {
				p.Volumes = append(p.Volumes, copied)
			}
		}
		o.State.Peers = append(o.State.Peers, p)
	}
	return o, rules
}

// wrong is what makes a promotion from a state wrong, by the specification's own words (drbddisk.md 4.5), and not by those of
// the code; empty is a state from which it may be.
func wrong(o Observation, r Rules) string {
	switch {
	case !o.Answered || o.State == nil || o.State.Role == drbd.RoleUnknown:
		return "the state is not known"
	case o.Verdict.Class == drbd.SplitBrain || o.Verdict.Reason == drbd.ReasonUnrelated:
		return "split"
	case len(o.State.Suspended) > 0 || o.State.ForceIOFailures:
		return "I/O does not flow"
	case len(o.State.Volumes) == 0:
		return "no volume"
	}
	for _, v := range o.State.Volumes {
		if text := wrongVolume(o, r, v); text != "" {
			return text
		}
	}
	for _, p := range o.State.Peers {
		switch {
		case p.Connection == drbd.Connected && p.Role != drbd.Secondary && !(p.Role == drbd.Primary && r.AllowDual && o.Setup.TwoPrimaries):
			return "a second primary, or nobody knows"
		case p.Connection == drbd.ConnUnknown:
			return "a connection that is not known"
		case p.Connection == drbd.StandAlone && !r.WarnStandalone && o.Setup.Hosts != 1 &&
			(len(p.Volumes) == 0 || slices.ContainsFunc(p.Volumes, func(v drbd.PeerVolume) bool { return v.Disk != drbd.Outdated })):
			return "alone for good"
		case o.Fresh && !o.Setup.Fences && p.Connection != drbd.Connected:
			return "just brought up, and the peer not met"
		}
	}
	return ""
}

func wrongVolume(o Observation, r Rules, v drbd.Volume) string {
	good := map[drbd.DiskState]bool{drbd.UpToDate: true}
	good[drbd.Consistent] = o.Generation == drbd.Gen07 || o.Setup.Fences
	for _, p := range o.State.Peers {
		for _, copied := range p.Volumes {
			if copied.Number != v.Number {
				continue
			}
			if p.Connection == drbd.Connected && copied.Disk == drbd.UpToDate {
				good[drbd.Diskless] = true
			}
			target := slices.Contains([]drbd.ReplState{drbd.StartingSyncT, drbd.WFBitMapT, drbd.WFSyncUUID, drbd.SyncTarget, drbd.PausedSyncT}, copied.Replication)
			switch {
			case copied.Replication == drbd.Behind, copied.Replication == drbd.SkippedSyncT:
				return "behind"
			case target && !(r.AllowSyncTarget && p.Connection == drbd.Connected && copied.Disk == drbd.UpToDate):
				return "target of a resync"
			case target:
				good[drbd.Inconsistent] = true
			}
		}
	}
	switch {
	case v.Problem != "" || v.Unconfigured:
		return "a volume that is not known"
	case v.Quorum != nil && !*v.Quorum:
		return "no quorum"
	case !good[v.Disk]:
		return "disk " + v.Disk.String()
	}
	return ""
}

// mustHold requires what must be true of every state.
func mustHold(t *testing.T, o Observation, r Rules) {
	v := Decide(o, r)
	if reason := wrong(o, r); reason != "" && (v.Step == Promote || v.Step == Done) {
		t.Fatalf("%s, and it is promoted: %+v of %+v by %+v with %+v", reason, v, o, o.State, r)
	}
	if (v.Step == Refuse || v.Step == Wait) && v.Reason == "" {
		t.Fatalf("no reason: %+v of %+v", v, o)
	}
	standing := o.Standing()
	stopped := standing == Secondary || standing == Unconfigured
	known := o.Answered && (o.State == nil || !o.up() || o.State.Role == drbd.Secondary)
	if stopped && (!known || len(o.Mounted) > 0 || o.State != nil && o.up() && o.State.Role == drbd.Primary) {
		t.Fatalf("%s, and it may be primary: %+v of %+v", standing, o, o.State)
	}
}

// Every state of one volume and one peer: none is promoted that must not be, and none is called stopped that may be
// primary. All that is right is promoted as well, but for a connection that is about to change.
func TestNoStateOfOneVolumeIsPromotedThatMustNotBe(t *testing.T) {
	t.Parallel()
	states, promoted := 0, 0
	// In a hurry it looks at some of all the states, which its stride spreads over them.
	seen, stride := 0, 1
	if testing.Short() {
		stride = 11
	}
	every(func(o Observation) {
		if seen++; seen%stride != 0 {
			return
		}
		for _, r := range []Rules{{}, {AllowSyncTarget: true, WarnStandalone: true}} {
			states++
			mustHold(t, o, r)
			conn := o.State.Peers[0].Connection
			passing := conn == drbd.WFReportParams || conn == drbd.Disconnecting || conn == drbd.TearDown
			step := Decide(o, r).Step
			if step == Promote || step == Done {
				promoted++
			} else if wrong(o, r) == "" && !passing {
				t.Fatalf("nothing is wrong, and it is not promoted: %+v of %+v", Decide(o, r), o.State)
			}
		}
	})
	require.Greater(t, states, 1_000_000/stride)
	t.Logf("%d states, %d promoted", states, promoted)
	require.Greater(t, promoted, 10_000/stride)
}

// Thousands of states with any number of volumes and peers.
func TestNoMadeUpStateIsPromotedThatMustNotBe(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 2026))
	steps := map[Step]int{}
	standings := map[Standing]int{}
	for range 200_000 {
		o, rules := some(r)
		mustHold(t, o, rules)
		steps[Decide(o, rules).Step]++
		standings[o.Standing()]++
	}
	for step := Refuse; step <= Done; step++ {
		require.Greater(t, steps[step], 500, "step %d: the search does not reach it", step)
	}
	for _, standing := range []Standing{Primary, Secondary, Unconfigured, Unknown} {
		require.Greater(t, standings[standing], 1000, standing)
	}
}

// A disk that is outdated or inconsistent is named with both sides, and with what to do.
func TestAReasonSaysWhichSideHasWhat(t *testing.T) {
	o := Observation{Resource: "r0", Answered: true, Loaded: true, Generation: drbd.Gen9, Setup: Setup{Hosts: 2}, State: &drbd.Resource{
		Role: drbd.Secondary, Volumes: []drbd.Volume{{Disk: drbd.Outdated}},
		Peers: []drbd.Peer{{Name: "bravo", Connection: drbd.Connecting, Volumes: []drbd.PeerVolume{{Disk: drbd.DUnknown}}}}}}
	require.Equal(t, "r0/0 is Outdated here: the peer has newer data (here 0 is Secondary Outdated, bravo Connecting DUnknown); connect it, or promote the peer",
		Decide(o, Rules{}).Reason)
	o.State.Volumes[0].Disk = drbd.UpToDate
	o.State.Peers[0].Connection = drbd.StandAlone
	require.Contains(t, Decide(o, Rules{}).Reason, "drbdadm connect r0")
	o.State.Peers[0].Volumes[0].Disk = drbd.Outdated
	require.Equal(t, Promote, Decide(o, Rules{}).Step, "DRBD has it on record that the peer is out of date")
	o.State.Peers = nil
	require.Equal(t, Refuse, Decide(o, Rules{}).Step)
	o.Setup.Hosts = 1
	require.Equal(t, Promote, Decide(o, Rules{}).Step, "there is no other host")
}

// What a call of drbdadm says decides whether it is tried again (drbddisk.md 4.2).
func TestWhatIsTriedAgain(t *testing.T) {
	for code, hopeless := range map[int]bool{1: true, 5: false, 10: false, 11: false, 16: true, 17: true, 20: false, 21: true} {
		require.Equal(t, hopeless, attempt{code: code}.hopeless(1), "%d", code)
	}
	require.True(t, attempt{code: codeUsage}.hopeless(2))
	var a attempt
	a.code = 10
	a.read("r0: Failure: (158) Unknown resource\nadditional info from kernel:\nunknown resource\nCommand 'drbdsetup primary r0' terminated with exit code 10\n")
	require.True(t, a.unknown())
	require.Equal(t, "refused: 158 Unknown resource (exit 10)", a.outcome())
	a = attempt{code: 11}
	a.read("r0: State change failed: (-12) Device is held open by someone\nadditional info from kernel:\ndrbd0 opened by mount (pid 986) at 2026-11-22 13:56:02.507\n")
	require.Equal(t, -12, a.number)
	require.Equal(t, []string{"drbd0 opened by mount (pid 986) at 2026-11-22 13:56:02.507"}, a.holders)
	a = attempt{code: 1}
	a.read("\n'r9' not defined in your config (for this host).\n")
	require.Equal(t, "exit 1: 'r9' not defined in your config (for this host).", a.outcome())
	require.Equal(t, "exit 10", attempt{code: 10}.outcome())
}

func TestOldPacemakersDoNotKnow190(t *testing.T) {
	for set, want := range map[string]bool{"": false, "3.0.9": false, "3.0.10": true, "3.1": true, "3.16.2": true, "2.99.99": false, "4": true, "x": false} {
		require.Equal(t, want, knowsDegraded(set), set)
	}
}

func TestTheSettingsOfTheDistributionAreNoShell(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"# DRBDADM=/x\n":                      "",
		"DRBDADM=/usr/sbin/drbdadm\n":         "/usr/sbin/drbdadm",
		"  export DRBDADM=\"/opt/drbdadm\"":   "/opt/drbdadm",
		"DRBDADM='/opt/drbdadm'\nOTHER=1":     "/opt/drbdadm",
		"DRBDADM=$HOME/drbdadm":               "",
		"DRBDADM=/bin/sh -c x":                "",
		"DRBDADM=drbdadm":                     "",
		"DRBDADM=/a\nDRBDADM=/b;reboot":       "",
		"DRBDADM=/a\nDRBDADM=\nSTART=yes\n":   "",
		"MYDRBDADM=/x\nDRBDADM=/sbin/a\r\n\n": "/sbin/a",
	} {
		path, err := setting(text)
		require.Equal(t, want, path, "%q %v", text, err)
	}
}

func FuzzAttempt(f *testing.F) {
	f.Add("r0: State change failed: (-2) Need access to UpToDate data\n")
	f.Add("Failure: (1")
	f.Fuzz(func(t *testing.T, text string) {
		var a attempt
		a.read(text)
		require.NotPanics(t, func() { _ = a.outcome() })
		_, err := setting(text)
		require.True(t, err == nil || fmt.Sprint(err) != "")
	})
}
