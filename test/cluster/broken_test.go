package cluster_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/defect"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/repertoire"
	"ocfbox/test/lab/scenario"
)

// A broken agent turns a scenario red: that proves that the scenarios notice what they are for.
func TestABrokenStopTurnsAScenarioRed(t *testing.T) {
	requireRed(t, defect.LeavesTheVIP, "address-moves-on-standby", "the kernel has it on")
}

// The scenario waits for a minute in vain.
func TestLongABrokenMonitorTurnsAScenarioRed(t *testing.T) {
	requireRed(t, defect.SeesNothing, "client-link-down", "vip runs away from")
}

// requireRed runs a scenario with a defect in the agents, and requires that it blames what the defect does.
func requireRed(t *testing.T, broken, name, want string) {
	t.Helper()
	needLab(t)
	o := cluster.Options{
		Place: place(t), Nodes: cluster.Names(2), Agents: agents(t), Files: []node.File{{Path: defect.File, Text: broken}},
	}
	require.NoError(t, defect.Install(&o))
	r := scenario.Runner{Folder: t.TempDir(), Out: testLog(t), Options: o}
	chosen, err := repertoire.Find([]string{name})
	require.NoError(t, err)
	require.ErrorContains(t, r.Run(t.Context(), chosen[0]).Err, want)
}
