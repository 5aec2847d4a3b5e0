package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ocfbox/test/drbdsim/core"
)

// Whatever happens in whatever order: a pair that says it is in sync has the same data, and a node that says its data are
// UpToDate beside a peer that it is connected to has no older ones than that peer.
func TestWhoSaysInSyncIsInSync(t *testing.T) {
	t.Parallel()
	generations(t, func(t *testing.T, g core.Generation) {
		rapid.Check(t, func(rt *rapid.T) {
			w := newWorld(t, g, nil)
			w.verb(alfa, core.ToPrimary)
			for range rapid.IntRange(5, 25).Draw(rt, "steps") {
				w.chance(rt)
				w.consistent(rt)
			}
			w.Heal()
			for _, s := range w.Sides {
				s.Boot()
			}
			w.Advance(20 * time.Second)
			w.consistent(rt)
		})
	})
}

// chance lets something happen.
func (w world) chance(rt *rapid.T) {
	on := rapid.SampledFrom([]string{alfa, bravo}).Draw(rt, "on")
	host := map[string]int{alfa: 0, bravo: 1}[on]
	s := settings(host, nil)
	c := core.Command{Resource: "r0", Settings: &s}
	switch what := rapid.SampledFrom([]string{
		"wait", "cut", "heal", "crash", "boot", "outage", "outage", "power", "power", core.ToPrimary, core.ToPrimary, core.ToSecond, core.Write, core.Write, core.Disconnect, core.Connect, "discard",
		core.Invalidate, core.PauseSync, core.ResumeSync, core.Down, core.Up, core.Detach, core.Attach,
	}).Draw(rt, "what"); what {
	case "wait":
		w.Advance(time.Duration(rapid.IntRange(1, 120).Draw(rt, "tenths")) * 100 * time.Millisecond)
	case "cut":
		w.Cut()
	case "heal":
		w.Heal()
	case "outage", "power":
		// What is written just before is under way when it happens.
		w.Cut()
		w.attempt(on, core.Command{Verb: core.Write, Blocks: []int{rapid.IntRange(0, size/core.BlockKiB-1).Draw(rt, "block")}})
		if what == "power" {
			w.Side(on).Crash()
		}
		w.Advance(time.Duration(rapid.IntRange(1, 120).Draw(rt, "tenths")) * 100 * time.Millisecond)
		w.Heal()
		if what == "power" {
			w.Side(on).Boot()
			w.attempt(on, core.Command{Verb: core.Up, Settings: &s})
		}
	case "crash":
		w.Side(on).Crash()
	case "boot":
		w.Side(on).Boot()
	default:
		c.Verb = what
		if what == "discard" {
			c.Verb, c.Discard = core.Connect, true
		}
		if what == core.Write {
			c.Blocks = rapid.SliceOfN(rapid.IntRange(0, size/core.BlockKiB-1), 1, 20).Draw(rt, "blocks")
		}
		w.attempt(on, c)
		w.Advance(100 * time.Millisecond)
	}
}

// attempt gives a command that may be refused. One that waits for something that does not come goes on without its caller.
func (w world) attempt(on string, c core.Command) {
	c.Resource = "r0"
	if w.Side(on).Node != nil {
		w.Side(on).Node.Do(w.Now, &c)
	}
}

// consistent holds the data against what is said of them.
func (w world) consistent(rt *rapid.T) {
	if w.Side(alfa).Node == nil || w.Side(bravo).Node == nil {
		return
	}
	a, b := w.state(alfa), w.state(bravo)
	if strings.HasPrefix(a, "Connected Established") && strings.HasSuffix(a, " UpToDate/UpToDate") &&
		strings.HasPrefix(b, "Connected Established") && strings.HasSuffix(b, " UpToDate/UpToDate") && w.settled() {
		require.Equal(rt, w.Side(alfa).Backings["r0/0"].Data, w.Side(bravo).Backings["r0/0"].Data, "%s, %s", a, b)
	}
	require.False(rt, strings.Contains(a, "Connected Established Primary/Primary"), "two primaries that nobody allowed")
}

// settled tells whether nothing is under way, and nothing known to differ.
func (w world) settled() bool {
	for _, s := range w.Sides {
		v, err := s.View(w.Context())
		require.NoError(w, err)
		pv := v.Resources[0].Peers[0].Volumes[0]
		if pv.Pending > 0 || pv.OutOfSync > 0 {
			return false
		}
	}
	return true
}
