package pair

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
	"ocfbox/internal/crm"
	"ocfbox/test/scheduler"
)

// A planted fault is a score that the agent should not have written.
func TestAPlantedScoreIsFound(t *testing.T) {
	t.Parallel()
	for _, fault := range []struct {
		name         string
		node         string
		score, wrong string
		trial        trial
		says         string
	}{
		{
			"a secondary that is not in sync may be promoted", Second, never, "100",
			trial{policy: takeOver, situation: cutOff, event: primaryVanishes},
			`"promote rsc_SAPHana_HA1_HDB10 on suse02", a secondary whose replication is SFAIL`,
		},
		{
			"a secondary in sync may not be promoted", Second, "100", "-1",
			trial{policy: takeOver, situation: cutOffAndBack, event: primaryVanishes, promoted: Second},
			`want "suse02" promoted, have ""`,
		},
		{
			"a failed primary that shall be restarted gets the score of one that shall not", First, "140", "5",
			trial{policy: restart, event: primaryCrashes, promoted: First},
			`want "suse01" promoted, have "suse02"`,
		},
		{
			"a primary that is no master keeps its place", First, "60", "150",
			primaryTable[3].trials(takeOver, true)[0],
			"want score 60 of the primary, have 150",
		},
		{
			"a failed primary does not yield", First, "5", "140",
			primaryTable[3].trials(takeOver, true)[1],
			"want score 5 of the failed primary, have 140",
		},
		{
			"the table has another score than the specification", Second, never, "-1",
			trial{policy: takeOver, situation: told("SFAIL", "SFAIL"), secondary: never, event: primaryVanishes},
			"want score -INFINITY of the secondary, have -1",
		},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, fault.trial.play(t.Context(), healthy(t, fault.trial.policy)), "without the fault")
			p := healthy(t, fault.trial.policy)
			p.Agent = misscored(fault.node, fault.score, fault.wrong)
			require.ErrorContains(t, fault.trial.play(t.Context(), p), fault.says)
		})
	}
}

// misscored is an agent that writes another score on a node than it should.
func misscored(node, score, wrong string) func(saphana.Observation) saphana.Verdict {
	return func(o saphana.Observation) saphana.Verdict {
		v := saphana.Decide(o)
		for i, w := range v.Writes {
			if w.Attribute.Store == crm.Promotion && w.Attribute.Node == node && w.Value == score {
				v.Writes[i].Value = wrong
			}
		}
		return v
	}
}

// cutOffAndBack makes the secondary earn its score again.
func cutOffAndBack(p *Pair) {
	p.Cluster = p.Cluster.Score(Resource, Second, never)
}

func TestWhatMustNeverBeIsFound(t *testing.T) {
	t.Parallel()
	p := healthy(t, takeOver)
	at := func(role string, nodes ...string) (all []scheduler.Place) {
		for _, node := range nodes {
			all = append(all, scheduler.Place{Node: node, Role: role})
		}
		return all
	}
	promote := func(node string) scheduler.Action {
		return scheduler.Action{Op: "promote", Resource: Resource, Node: node}
	}
	for says, transition := range map[string]scheduler.Transition{
		"two promoted: [suse01 suse02]": {
			After: map[string][]scheduler.Place{Resource: at("Promoted", First, Second)},
		},
		`two promoted after "promote rsc_SAPHana_HA1_HDB10 on suse02": [suse01 suse02]`: {
			Before:  map[string][]scheduler.Place{Resource: at("Promoted", First)},
			Actions: []scheduler.Action{promote(Second), {Op: "demote", Resource: Resource, Node: First}},
		},
		"the address is on suse02, the promoted on suse01": {
			After: map[string][]scheduler.Place{Resource: at("Promoted", First), Address: at("Started", Second)},
		},
	} {
		require.ErrorContains(t, Check(p, p, &transition), says)
	}
	broken := p.Copy()
	cutOff(broken)
	attempt := &scheduler.Transition{Actions: []scheduler.Action{promote(Second)}}
	require.ErrorContains(t, Check(broken, broken, attempt), "a secondary whose replication is SFAIL")
	require.NoError(t, Check(p, p, attempt))
}

// A takeover that would not wait for fencing is found: here fencing is switched off.
func TestATakeoverFromANodeThatIsNotFencedIsFound(t *testing.T) {
	t.Parallel()
	p := healthy(t, takeOver)
	p.Cluster = p.Cluster.Property("stonith-enabled", "false")
	err := trial{name: "no fencing", policy: takeOver, event: primaryVanishes, promoted: Second}.play(t.Context(), p)
	require.ErrorContains(t, err, `want "fence suse01", which is not done`)
}
