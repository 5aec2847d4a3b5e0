package synccheck

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// asks gives the machine a peer_agent, and an ssh that answers with what the other machine says.
func (w *world) asks(host, other string) {
	m, o := w.nodes[host], w.nodes[other]
	m.Params["peer_agent"] = other
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drbd["ssh"] = func(ctx context.Context, c run.Cmd) (run.Result, error) {
		require.Contains(w.t, c.Args, other)
		view, err := feed.Source{Runner: o, Proc: o.at("proc/drbd"), Kmsg: o.at("dev/kmsg"), Name: other}.Gather(ctx, feed.Options{})
		require.NoError(w.t, err)
		text, err := json.Marshal(view)
		require.NoError(w.t, err)
		return runtest.Says(2, string(text))(ctx, c)
	}
}

func TestThePeersOwnViewProvesTwoWriters(t *testing.T) {
	in(t, "while both write and no log tells", drbdtest.DRBD84, func(w *world) {
		w.situation("28-split-brain-cut")
		for _, host := range []string{alfa, bravo} {
			w.nodes[host].file("dev/kmsg", "")
		}
		w.asks(alfa, bravo)
		w.asks(bravo, alfa)
		w.monitors(alfa, bravo)
		require.Equal(w.t, [2]State{StateSplit, StateSplit}, w.states())
	})
	in(t, "a peer that gives no view takes nothing", drbdtest.DRBD84, func(w *world) {
		m := w.nodes[alfa]
		m.Params["peer_agent"] = bravo
		m.drbd["ssh"] = runtest.Hangs
		began := time.Now()
		w.monitors(alfa)
		require.Less(w.t, time.Since(began), 27*time.Second)
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
	})
}

// One answer that is lost takes nothing from a good copy, two take its good name, and a primary keeps its own.
func TestWhileDRBDGivesNoAnswer(t *testing.T) {
	both(t, "a secondary and a primary", func(w *world) {
		for _, host := range []string{alfa, bravo} {
			w.nodes[host].answer(runtest.Fails(run.ErrTimeout))
		}
		w.monitors(alfa, bravo)
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
		for range 3 {
			w.monitors(alfa, bravo)
			require.Equal(w.t, [2]State{StatePrimary, StateUnknown}, w.states())
		}
		w.situation("05-healthy")
		w.monitors(bravo, alfa)
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
	})
	both(t, "the answer comes back when the primary is dead", func(w *world) {
		w.nodes[bravo].answer(runtest.Fails(run.ErrTimeout))
		w.monitors(bravo, bravo)
		w.cluster.Crash(alfa)
		w.monitors(bravo)
		w.sees(bravo, "25-primary-killed")
		w.monitors(bravo)
		require.Equal(w.t, StateSync, w.states()[1], "nobody has said that it is stale")
	})
}

// What is just being written must not look like a peer that is silent, and a peer that is silent must.
func TestRequestsThatWait(t *testing.T) {
	in(t, "the first samples after the link is cut", drbdtest.DRBD84, func(w *world) {
		a := w.nodes[alfa]
		w.sees(alfa, "07-link-cut-at-once")
		a.Params["fail_on"] = "UNKNOWN"
		began := time.Now()
		result := a.Call(w.t, "monitor")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "r0 is UNKNOWN: ")
		require.Equal(w.t, 2*time.Second, time.Since(began))
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states(), "what was not answered was not promised")
	})
	in(t, "settle 0 takes one sample", drbdtest.DRBD84, func(w *world) {
		a := w.nodes[alfa]
		w.sees(alfa, "07-link-cut-at-once")
		a.Params["settle"] = "0"
		began := time.Now()
		require.Equal(w.t, ocf.Success, a.Call(w.t, "monitor").Code)
		require.Zero(w.t, time.Since(began))
	})
}

// A resync changes the amount all the time: between two changes of the attribute is the time of dampen.
func TestTheAmountIsDampened(t *testing.T) {
	t.Parallel()
	o := Observation{Now: noon, Node: "suse01", Mode: ModeStatus, Prefix: defaultPrefix, Dampen: 5 * time.Second, Subjects: []Subject{{
		View: View{Resource: "r0", Known: true, Up: true, Target: true, Class: drbd.Syncing, OutOfSync: 100,
			Peers: []PeerView{{Connected: true, OutOfSync: 100, Class: drbd.Syncing}}},
		Own: Said{Node: "suse01", Member: true, State: StateWait, Link: LinkUp, OutOfSync: "200"},
	}}}
	o = after(o, Decide(o))
	require.Equal(t, "100", o.Subjects[0].Own.OutOfSync)
	o.Subjects[0].View.OutOfSync = 50
	o.Now = o.Now.Add(4 * time.Second)
	o = after(o, Decide(o))
	require.Equal(t, "100", o.Subjects[0].Own.OutOfSync)
	o.Now = o.Now.Add(time.Second)
	o = after(o, Decide(o))
	require.Equal(t, "50", o.Subjects[0].Own.OutOfSync)
	o.Subjects[0].View.OutOfSync = 0
	require.Equal(t, "0", after(o, Decide(o)).Subjects[0].Own.OutOfSync, "the end is told at once")
}

// A primary that has lost its disk works over the network: the service may leave it, so the other copy stays good.
func TestAPrimaryWithoutADiskLeavesTheOtherCopyGood(t *testing.T) {
	both(t, "alfa is diskless", func(w *world) {
		w.situation("19-diskless")
		w.monitors(alfa, bravo, alfa)
		require.Equal(w.t, [2]State{StateFail, StateSync}, w.states())
	})
}

// What the kernel itself calls bad is never good, whatever was published.
func TestACopyThatTheKernelCallsBad(t *testing.T) {
	for situation, want := range map[string]State{"17-outdated": StateFail, "18-invalidated": StateWait, "34-verify-found": StateFail, "43-down": StateFail} {
		both(t, situation, func(w *world) {
			w.situation(situation)
			w.monitors(bravo)
			require.Equal(w.t, want, w.states()[1])
		})
	}
}
