package cluster_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/repertoire"
	"ocfbox/test/lab/scenario"
)

// brokenName is the agent that the test binary, inside a node, breaks.
const brokenName = "IPaddr2"

// defectFile, inside a node, names the action that the broken agent only claims to do.
const defectFile = "/etc/ocflab-defect"

// brokenAgent is our IPaddr2 but for one action, which does nothing and reports success. A probe stays
// honest: otherwise the cluster would not even begin.
func brokenAgent() int {
	defect, err := os.ReadFile(defectFile)
	if err != nil {
		return 1
	}
	action := os.Args[1]
	probe := action == "monitor" && os.Getenv("OCF_RESKEY_CRM_meta_interval") == "0"
	if action == string(defect) && !probe {
		return 0
	}
	return failed(unix.Exec("/usr/sbin/ocfbox", []string{brokenName, action}, os.Environ()))
}

// TestABrokenAgentTurnsAScenarioRed proves that the scenarios notice what they are for.
func TestABrokenAgentTurnsAScenarioRed(t *testing.T) {
	needLab(t)
	tests := []struct {
		name, defect, scenario, want string
		long                         bool
	}{
		{name: "a stop that leaves the address", defect: "stop", scenario: "address-moves-on-standby", want: "the kernel has it on"},
		{name: "a monitor that sees nothing", defect: "monitor", scenario: "client-link-down", want: "vip runs away from", long: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.long && testing.Short() {
				t.Skip("it waits for a minute in vain; skipped with -short")
			}
			ours := agents(t)
			ours.List = slices.DeleteFunc(ours.List, func(a cluster.Agent) bool { return a.Name == brokenName })
			p := place(t)
			r := scenario.Runner{Folder: t.TempDir(), Out: testLog(t), Options: cluster.Options{
				Place: p, Nodes: cluster.Names(2), Agents: ours, Files: []node.File{
					{Path: "/usr/lib/ocf/resource.d/ocfbox/" + brokenName, Link: node.Binary},
					{Path: defectFile, Text: tt.defect},
				},
			}}
			chosen, err := repertoire.Find(strings.Fields(tt.scenario))
			require.NoError(t, err)
			require.ErrorContains(t, r.Run(t.Context(), chosen[0]).Err, tt.want)
		})
	}
}
