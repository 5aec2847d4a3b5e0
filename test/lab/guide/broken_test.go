package guide

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/defect"
	"ocfbox/test/lab/scenario"
)

// Every fault turns a scenario red, and the same procedure has to be green with our agents. The faults of an
// address that no monitor looks after and of a file system belong to the scenarios without a database.
func TestEveryFaultHasItsTrial(t *testing.T) {
	t.Parallel()
	all := Scenarios()
	find := func(name string) scenario.Scenario {
		i := slices.IndexFunc(all, func(s scenario.Scenario) bool { return s.Name == name })
		require.GreaterOrEqual(t, i, 0, "there is no scenario %s", name)
		return all[i]
	}
	var tried []string
	for _, trial := range trials() {
		twin := find(trial.twin)
		require.Empty(t, twin.Red)
		for _, f := range trial.faults {
			tried = append(tried, f.name)
			red := find("broken-" + f.name)
			require.NotEmpty(t, red.Red)
			require.NotEqual(t, twin.Kit.Name, red.Kit.Name, "our agents are not in the laboratory of the broken ones")
		}
	}
	slices.Sort(tried)
	require.Equal(t, slices.DeleteFunc(defect.Names(), func(name string) bool {
		return name == defect.SeesNothing || name == defect.LeavesTheMount
	}), tried)
}

func TestBrokenAgentsAreVariantsOfOurs(t *testing.T) {
	t.Parallel()
	err := breakable(first().kit()).Change(&cluster.Options{Agents: cluster.Agents{Folder: "/theirs"}})
	require.ErrorContains(t, err, "/theirs")
}

func TestAnOperationThatRunsHasNotEnded(t *testing.T) {
	t.Parallel()
	status := func(op string) string {
		return `<status><node_state uname="suse01"><lrm><lrm_resources><lrm_resource id="rsc_SAPHana_HA1_HDB10">` + op +
			`</lrm_resource></lrm_resources></lrm></node_state></status>`
	}
	for _, c := range []struct {
		name, op string
		want     bool
	}{
		{"none", ``, false},
		{"another one", `<lrm_rsc_op operation="monitor" op-status="0" rc-code="7"/>`, false},
		{"it runs", `<lrm_rsc_op operation="start" op-status="-1" rc-code="193"/>`, false},
		{"it succeeded", `<lrm_rsc_op operation="start" op-status="0" rc-code="0"/>`, true},
		{"it failed", `<lrm_rsc_op operation="start" op-status="4" rc-code="7"/>`, true},
	} {
		got, err := hasEnded(status(c.op), wdf, "start")
		require.NoError(t, err)
		require.Equal(t, c.want, got, c.name)
		got, err = hasEnded(status(c.op), rot, "start")
		require.NoError(t, err)
		require.False(t, got, "another node")
	}
	_, err := hasEnded("<status>", wdf, "start")
	require.ErrorContains(t, err, "read the CIB's status")
}
