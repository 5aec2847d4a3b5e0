package core_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/pair"
)

const (
	alfa  = "alfa"
	bravo = "bravo"
	size  = 4096
)

// A world is two nodes with r0, up and in sync unless a test says otherwise.
type world struct {
	*testing.T
	*pair.Pair
}

func settings(host int, change func(*core.Settings)) core.Settings {
	names := []string{alfa, bravo}
	at := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + i)}), 7788)
	}
	s := core.Settings{
		Name: "r0", NodeID: host, Volumes: []core.VolumeSettings{{Disk: "/dev/vdb"}}, ResyncRate: 1024,
		Peers: []core.PeerSettings{{Name: names[1-host], NodeID: 1 - host, Local: at(host), Remote: at(1 - host)}},
		Net:   core.Net{Protocol: "C", VerifyAlg: "crc32c", AfterSB: [3]string{"disconnect", "disconnect", "disconnect"}},
	}
	if change != nil {
		change(&s)
	}
	return s
}

func newWorld(t *testing.T, g core.Generation, change func(*core.Settings)) world {
	t.Helper()
	w := world{t, pair.New(g, [2]string{alfa, bravo}, map[string]int64{"r0/0": size})}
	for i, name := range []string{alfa, bravo} {
		s := settings(i, change)
		w.do(name, core.Command{Verb: core.CreateMD, Settings: &s, Force: true})
		w.do(name, core.Command{Verb: core.Up, Settings: &s})
	}
	w.Advance(time.Second)
	w.do(alfa, core.Command{Verb: core.NewUUID, Resource: "r0", ClearBitmap: true})
	w.Advance(time.Second)
	return w
}

func (w world) try(on string, c core.Command) core.Result {
	w.Helper()
	if c.Resource == "" {
		c.Resource = "r0"
	}
	r, err := w.Side(on).Do(context.Background(), c)
	require.NoError(w, err)
	return r
}

func (w world) do(on string, c core.Command) {
	w.Helper()
	r := w.try(on, c)
	require.True(w, r.Done(), "%s on %s: %+v", c.Verb, on, r)
}

func (w world) verb(on, verb string) { w.Helper(); w.do(on, core.Command{Verb: verb}) }

func (w world) write(on string, blocks ...int) {
	w.Helper()
	w.do(on, core.Command{Verb: core.Write, Blocks: blocks})
}

// state is what a node sees, in the words of /proc/drbd.
func (w world) state(on string) string {
	w.Helper()
	v, err := w.Side(on).View(context.Background())
	require.NoError(w, err)
	if len(v.Resources) == 0 {
		return "down"
	}
	r := v.Resources[0]
	p := r.Peers[0]
	return string(p.Conn) + " " + string(p.Volumes[0].Repl) + " " + string(r.Role) + "/" + string(p.Role) + " " + string(r.Volumes[0].Disk) + "/" + string(p.Volumes[0].Disk)
}

func (w world) is(on, want string) { w.Helper(); require.Equal(w, want, w.state(on), on) }

func (w world) same() bool {
	return assert.ObjectsAreEqual(w.Side(alfa).Backings["r0/0"].Data, w.Side(bravo).Backings["r0/0"].Data)
}

func generations(t *testing.T, test func(*testing.T, core.Generation)) {
	t.Helper()
	for name, g := range map[string]core.Generation{"8.4": core.Gen84, "9": core.Gen9} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, g) })
	}
}

func TestAResyncCopiesWhatWasWrittenBehindACut(t *testing.T) {
	t.Parallel()
	generations(t, func(t *testing.T, g core.Generation) {
		w := newWorld(t, g, nil)
		w.verb(alfa, core.ToPrimary)
		w.write(alfa, 1, 2, 3)
		require.True(t, w.same())
		w.Cut()
		w.is(alfa, "Connected Established Primary/Secondary UpToDate/UpToDate")
		w.Advance(10 * time.Second)
		w.is(alfa, "Connecting Off Primary/Unknown UpToDate/DUnknown")
		w.is(bravo, "Connecting Off Secondary/Unknown UpToDate/DUnknown")
		var many []int
		for i := range 900 {
			many = append(many, i)
		}
		w.write(alfa, many...)
		require.False(t, w.same())
		w.Heal()
		w.Advance(time.Second)
		w.is(alfa, "Connected SyncSource Primary/Secondary UpToDate/Inconsistent")
		w.is(bravo, "Connected SyncTarget Secondary/Primary Inconsistent/UpToDate")
		w.write(alfa, 5, 899, 1000)
		w.Advance(10 * time.Second)
		w.is(bravo, "Connected Established Secondary/Primary UpToDate/UpToDate")
		require.True(t, w.same())
	})
}

func TestAResyncThatIsCutGoesOnLater(t *testing.T) {
	t.Parallel()
	generations(t, func(t *testing.T, g core.Generation) {
		w := newWorld(t, g, nil)
		w.verb(alfa, core.ToPrimary)
		w.verb(bravo, core.Invalidate)
		w.Advance(time.Second)
		w.Cut()
		w.Advance(10 * time.Second)
		w.is(bravo, "Connecting Off Secondary/Unknown Inconsistent/DUnknown")
		require.Equal(t, core.CodeNoData, w.try(bravo, core.Command{Verb: core.ToPrimary}).Code)
		w.write(alfa, 7)
		w.Heal()
		w.Advance(10 * time.Second)
		w.is(bravo, "Connected Established Secondary/Primary UpToDate/UpToDate")
		require.True(t, w.same())
	})
}

func TestTwoPrimariesThatWroteAreASplitBrain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy        [3]string
		role          bool
		alfa, bravo   string
		alfaW, bravoW []int
	}{
		"nobody decides":               {[3]string{"disconnect", "disconnect", "disconnect"}, true, "StandAlone", "StandAlone", []int{1}, []int{2}},
		"who wrote less gives up":      {[3]string{"discard-least-changes", "disconnect", "disconnect"}, false, "Connected", "Connected", []int{1, 2, 3}, []int{4}},
		"the secondary gives up":       {[3]string{"disconnect", "discard-secondary", "disconnect"}, false, "StandAlone", "StandAlone", []int{1}, []int{2}},
		"zero changes are not a match": {[3]string{"discard-zero-changes", "disconnect", "disconnect"}, false, "StandAlone", "StandAlone", []int{1}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, core.Gen84, func(s *core.Settings) { s.Net.AfterSB = c.policy })
			w.verb(alfa, core.ToPrimary)
			w.Cut()
			w.Advance(10 * time.Second)
			w.verb(bravo, core.ToPrimary)
			w.write(alfa, c.alfaW...)
			w.write(bravo, c.bravoW...)
			if !c.role {
				w.verb(alfa, core.ToSecond)
				w.verb(bravo, core.ToSecond)
			}
			w.Heal()
			w.Advance(5 * time.Second)
			require.Regexp(t, "^"+c.alfa, w.state(alfa))
			require.Regexp(t, "^"+c.bravo, w.state(bravo))
			require.Equal(t, c.alfa == "Connected", w.same())
		})
	}
}

func TestWhoGivesUpTakesTheOthersData(t *testing.T) {
	t.Parallel()
	generations(t, func(t *testing.T, g core.Generation) {
		w := newWorld(t, g, nil)
		w.verb(alfa, core.ToPrimary)
		w.Cut()
		w.Advance(10 * time.Second)
		w.verb(bravo, core.ToPrimary)
		w.write(alfa, 1)
		w.write(bravo, 2)
		w.Heal()
		w.Advance(time.Second)
		w.is(alfa, "StandAlone Off Primary/Unknown UpToDate/DUnknown")
		w.verb(bravo, core.ToSecond)
		w.do(bravo, core.Command{Verb: core.Connect, Discard: true})
		w.Advance(2 * time.Second)
		w.is(bravo, "Connecting Off Secondary/Unknown UpToDate/DUnknown")
		w.verb(alfa, core.Connect)
		w.Advance(5 * time.Second)
		w.is(bravo, "Connected Established Secondary/Primary UpToDate/UpToDate")
		require.True(t, w.same())
		require.NotZero(t, w.Side(bravo).Backings["r0/0"].Data[1])
		require.Zero(t, w.Side(bravo).Backings["r0/0"].Data[2], "its own write is gone")
	})
}

func TestASecondaryIsOutdatedByAnOrderlyEndOnlyWithNine(t *testing.T) {
	t.Parallel()
	generations(t, func(t *testing.T, g core.Generation) {
		w := newWorld(t, g, nil)
		w.verb(alfa, core.ToPrimary)
		w.verb(alfa, core.Disconnect)
		w.Advance(time.Second)
		disk := map[core.Generation]string{core.Gen84: "UpToDate", core.Gen9: "Outdated"}[g]
		w.is(bravo, "Connecting Off Secondary/Unknown "+disk+"/DUnknown")
		code := w.try(bravo, core.Command{Verb: core.ToPrimary}).Code
		require.Equal(t, map[core.Generation]int{core.Gen84: 0, core.Gen9: core.CodeNoData}[g], code)
	})
}

func TestVerifyFindsWhatWasChangedBelow(t *testing.T) {
	t.Parallel()
	generations(t, func(t *testing.T, g core.Generation) {
		w := newWorld(t, g, nil)
		w.do(bravo, core.Command{Verb: core.Corrupt, Blocks: []int{3, 500, 1000}})
		w.is(alfa, "Connected Established Secondary/Secondary UpToDate/UpToDate")
		w.verb(alfa, core.StartVerif)
		require.Equal(t, core.CodeState, w.try(alfa, core.Command{Verb: core.StartVerif}).Code, "it runs")
		w.Advance(time.Second)
		w.is(bravo, "Connected VerifyT Secondary/Secondary UpToDate/UpToDate")
		w.Advance(10 * time.Second)
		for _, on := range []string{alfa, bravo} {
			v, err := w.Side(on).View(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, 12, v.Resources[0].Peers[0].Volumes[0].OutOfSync, on)
		}
		w.verb(alfa, core.ToPrimary)
		w.verb(bravo, core.Disconnect)
		w.verb(bravo, core.Connect)
		w.Advance(5 * time.Second)
		w.is(bravo, "Connected Established Secondary/Primary UpToDate/UpToDate")
		// 9 takes equal identifiers for equal data and forgets; nothing was repaired.
		require.Equal(t, g == core.Gen84, w.same())
	})
}

func TestADiskThatFailsLeavesANodeWithoutOne(t *testing.T) {
	t.Parallel()
	generations(t, func(t *testing.T, g core.Generation) {
		w := newWorld(t, g, nil)
		w.verb(alfa, core.ToPrimary)
		w.verb(bravo, core.Break)
		w.write(alfa, 1)
		w.is(alfa, "Connected Established Primary/Secondary UpToDate/Diskless")
		w.is(bravo, "Connected Established Secondary/Primary Diskless/UpToDate")
		require.Equal(t, core.CodeNoData, w.try(alfa, core.Command{Verb: core.Detach}).Code)
		w.verb(bravo, core.Mend)
		w.verb(bravo, core.Attach)
		w.Advance(10 * time.Second)
		w.is(bravo, "Connected Established Secondary/Primary UpToDate/UpToDate")
		require.True(t, w.same())
	})
}

func TestFencingHoldsBackWhoCannotReachThePeer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler string
		code    int
		want    int
	}{
		"without a handler":    {"", 0, core.CodeState},
		"the peer is outdated": {"/bin/fence", 4, 0},
		"the peer is active":   {"/bin/fence", 6, core.CodeState},
		"the handler breaks":   {"/bin/fence", 1, core.CodeState},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, core.Gen84, func(s *core.Settings) { s.Fencing, s.FencePeer = "resource-only", c.handler })
			w.Handler = func(string) int { return c.code }
			w.Cut()
			w.Advance(10 * time.Second)
			require.Equal(t, c.want, w.try(bravo, core.Command{Verb: core.ToPrimary}).Code)
		})
	}
}

func TestAWriteWaitsWhileIOIsSuspendedOrThePeerIsSilent(t *testing.T) {
	t.Parallel()
	for protocol, waits := range map[string]bool{"A": false, "C": true} {
		t.Run("protocol "+protocol, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, core.Gen84, func(s *core.Settings) { s.Net.Protocol = protocol })
			w.verb(alfa, core.ToPrimary)
			w.Cut()
			before := w.Now
			w.write(alfa, 1)
			require.Equal(t, waits, w.Now.Sub(before) > 5*time.Second)
		})
	}
	w := newWorld(t, core.Gen84, nil)
	w.verb(alfa, core.ToPrimary)
	w.verb(alfa, core.SuspendIO)
	c := core.Command{Verb: core.Write, Resource: "r0", Blocks: []int{1}}
	require.True(t, w.Side(alfa).Node.Do(w.Now, &c).Wait)
	w.verb(alfa, core.ResumeIO)
	w.do(alfa, c)
}

// A write that was sent and never arrived is not forgotten, whether the link broke or the power of its node.
func TestAWriteUnderWayIsSyncedLater(t *testing.T) {
	t.Parallel()
	for name, power := range map[string]bool{"the link breaks": false, "the primary loses power": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			generations(t, func(t *testing.T, g core.Generation) {
				w := newWorld(t, g, nil)
				w.verb(alfa, core.ToPrimary)
				w.Cut()
				c := core.Command{Verb: core.Write, Resource: "r0", Blocks: []int{9}}
				require.True(t, w.Side(alfa).Node.Do(w.Now, &c).Wait)
				if power {
					w.Side(alfa).Crash()
				}
				w.Advance(10 * time.Second)
				w.Heal()
				if power {
					w.Side(alfa).Boot()
					s := settings(0, nil)
					w.do(alfa, core.Command{Verb: core.Up, Settings: &s})
				}
				w.Advance(20 * time.Second)
				require.Contains(t, w.state(bravo), "Connected Established")
				require.True(t, w.same())
				require.NotZero(t, w.Side(bravo).Backings["r0/0"].Data[9])
			})
		})
	}
}
