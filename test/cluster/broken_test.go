package cluster_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/defect"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/repertoire"
	"ocfbox/test/lab/scenario"
)

// TestABrokenAgentTurnsAScenarioRed proves that the scenarios notice what they are for.
func TestABrokenAgentTurnsAScenarioRed(t *testing.T) {
	needLab(t)
	tests := []struct {
		name, defect, scenario, want string
		long                         bool
	}{
		{name: "a stop that leaves the address", defect: defect.LeavesTheVIP, scenario: "address-moves-on-standby", want: "the kernel has it on"},
		{name: "a monitor that sees nothing", defect: defect.SeesNothing, scenario: "client-link-down", want: "vip runs away from", long: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.long && testing.Short() {
				t.Skip("it waits for a minute in vain; skipped with -short")
			}
			o := cluster.Options{
				Place: place(t), Nodes: cluster.Names(2), Agents: agents(t), Files: []node.File{{Path: defect.File, Text: tt.defect}},
			}
			require.NoError(t, defect.Install(&o))
			r := scenario.Runner{Folder: t.TempDir(), Out: testLog(t), Options: o}
			chosen, err := repertoire.Find(strings.Fields(tt.scenario))
			require.NoError(t, err)
			require.ErrorContains(t, r.Run(t.Context(), chosen[0]).Err, tt.want)
		})
	}
}
