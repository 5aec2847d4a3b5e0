package pair

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// lagging lets something happen to a pair whose secondaries take time to catch up.
func lagging(then func(*Pair) error) func(*Pair) error {
	return func(p *Pair) error {
		p.Lags = true
		return then(p)
	}
}

func caughtUp(p *Pair) error {
	p.CatchUp()
	return nil
}

// willing lets a database do again what it would not do, and has its node probed.
func willing(node string) func(*Pair) error {
	return func(p *Pair) error {
		p.With(node, func(d *Database) { d.Stuck = saphana.Done })
		return p.Refresh(node)
	}
}

var (
	waitsForPrimary = [2]string{"WAITING4PRIM", never}
	failedToStart   = [2]string{"UNDEFINED", "140"}
)

// windows are the times in which a database runs and may not take over yet, or does not run and waits.
var windows = []procedure{
	{"8", "the primary's node vanishes while the restarted secondary is behind", takeOver, []step{
		{lagging(bothCrash), "", First, promoted, notInSync},
		{nodeVanishes(First), First, "", absent, notInSync},
	}},
	{"8", "the primary's database crashes while the restarted secondary is behind", takeOver, []step{
		{lagging(bothCrash), "", First, promoted, notInSync},
		{databaseCrashes(First), "", First, promoted, notInSync},
	}},
	{"8", "the primary's node vanishes after the restarted secondary has caught up", takeOver, []step{
		{lagging(bothCrash), "", First, promoted, notInSync},
		{caughtUp, "", First, promoted, inSync},
		{nodeVanishes(First), First, Second, absent, promoted},
	}},
	{"13.2", "the primary's node vanishes after a cold start, while the secondary is behind", takeOver, []step{
		{leaves(Second), "", First, promoted, [2]string{"UNDEFINED", "100"}},
		{leaves(First), "", "", [2]string{"UNDEFINED", "150"}, [2]string{"UNDEFINED", "100"}},
		{lagging(bothReturn), "", First, promoted, notInSync},
		{nodeVanishes(First), First, "", absent, notInSync},
	}},
	{"10.2.1", "the new primary's node vanishes while the registered one is behind", takeOver.automatic(), []step{
		{lagging(databaseCrashes(First)), "", Second, notInSync, promoted},
		{nodeVanishes(Second), Second, "", notInSync, absent},
		{returns(Second), "", Second, notInSync, promoted},
	}},
	{"10.6", "the secondary waits for a primary that does not start, and follows it when it does", takeOver, []step{
		{stuck(First, saphana.Launch, bothCrash), "", "", failedToStart, waitsForPrimary},
		{willing(First), "", First, promoted, inSync},
	}},
	{"10.6", "the new primary's node vanishes while the former one waits", takeOver.automatic(), []step{
		{mute(nodeVanishes(First)), First, Second, absent, promoted},
		{returns(First), "", Second, waitsForLPA, promoted},
		{nodeVanishes(Second), Second, "", waitsForLPA, absent},
	}},
}

func TestWhoWaitsIsNotPromoted(t *testing.T) {
	t.Parallel()
	for _, procedure := range windows {
		t.Run(procedure.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, procedure.play(t.Context(), healthy(t, procedure.policy)))
		})
	}
}

// An agent with a fault is Decide with something else before or after it.
type faulty = func(saphana.Observation) saphana.Verdict

// unwritten is an agent that does not write what it should.
func unwritten(which func(saphana.Write) bool) faulty {
	return func(o saphana.Observation) saphana.Verdict {
		v := saphana.Decide(o)
		var kept []saphana.Write
		for _, w := range v.Writes {
			if !which(w) {
				kept = append(kept, w)
			}
		}
		v.Writes = kept
		return v
	}
}

// trusting is an agent that takes the wait for the hook for a secondary in sync.
func trusting(o saphana.Observation) saphana.Verdict {
	if o.Role == hana.Secondary && o.Own.Hook == "SWAIT" {
		o.Own.Hook = "SOK"
	}
	return saphana.Decide(o)
}

// resting is an agent whose waiting never ends.
func resting(o saphana.Observation) saphana.Verdict {
	if o.Occasion == saphana.Monitor && o.Own.CloneState == "WAITING4LPA" {
		return saphana.Verdict{Code: ocf.Success}
	}
	return saphana.Decide(o)
}

func TestAFaultPlantedIntoTheWaitIsFound(t *testing.T) {
	t.Parallel()
	wait := func(w saphana.Write) bool { return w.Value == "SWAIT" }
	for _, fault := range []struct {
		name   string
		agent  faulty
		window procedure
		says   string
	}{
		{"no SWAIT is written before a start", unwritten(wait), windows[0], `suse02: want "DEMOTED -INFINITY", have "DEMOTED 100"`},
		{"SWAIT counts as SOK", trusting, windows[0], `suse02 is a secondary whose replication is SFAIL, and its score is "100"`},
		{"a secondary without a primary keeps the score of its start", unwritten(func(w saphana.Write) bool {
			return w.Attribute.Store == crm.Promotion && w.Value == never
		}), windows[5], "suse02 is WAITING4PRIM, and its score is 0"},
		{"a waiting primary keeps its score", unwritten(func(w saphana.Write) bool { return w.Value == "-9000" }),
			windows[6], "suse01 is WAITING4LPA, and its score is 5"},
		{"the waiting state is not written", unwritten(func(w saphana.Write) bool { return w.Value == "WAITING4PRIM" }),
			windows[5], "no rest after"},
		{"waiting never ends", resting, procedures[7], "suse01: want"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			p := healthy(t, fault.window.policy)
			p.Agent = fault.agent
			require.ErrorContains(t, fault.window.play(t.Context(), p), fault.says)
		})
	}
}

// The databases know what the cluster does not: a secondary that takes over although it is behind has lost data, whatever
// its attributes say.
func TestATakeoverThatLosesDataIsFound(t *testing.T) {
	t.Parallel()
	p := healthy(t, takeOver)
	p.Agent = trusting
	require.Error(t, windows[0].play(t.Context(), p))
	require.True(t, p.Databases[Second].Behind)
	require.NoError(t, nodeVanishes(First)(p))
	_, err := p.Settle(t.Context())
	require.ErrorContains(t, err, "takeover on [suse02], which lacks data")
}
