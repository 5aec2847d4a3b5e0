// Package host runs the program among the packages of Debian itself: their tools show and test our
// agents, dpkg makes room for them, and apt starts none of what the laboratory needs. All of it happens
// in namespaces of its own, under folders whose changes go to memory.
package host

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
	"ocfbox/test/product"
)

// privately runs a script of testdata in mount and network namespaces of its own, where what it writes
// to the machine's folders goes to memory, and returns what it has printed.
func privately(t *testing.T, env []string, script string, args ...string) string {
	t.Helper()
	lab.Need(t, "root", "unshare", "dpkg-deb")
	args = append([]string{"--mount", "--net", "--propagation", "private", "sh", filepath.Join("testdata", script)}, args...)
	cmd := exec.Command("unshare", args...)
	cmd.Env = append(os.Environ(), append(env, "LC_ALL=C", "TERM=dumb",
		"PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Run(), "%s: %s", cmd, &out)
	return out.String()
}

// ocfbox is the program, built for one test.
func ocfbox(t *testing.T) string { return product.Build(t, product.Folder(t), "ocfbox") }

func TestTheAdministratorsToolsShowTheAgents(t *testing.T) {
	lab.Need(t, "crm", "pcs")
	env := []string{"PROGRAM=" + ocfbox(t)}
	for _, agent := range agents.All() {
		for _, command := range [][]string{
			{"crm", "ra", "info", "ocf:ocfbox:" + agent.Name},
			{"pcs", "resource", "describe", "ocf:ocfbox:" + agent.Name},
			{"crm_resource", "--show-metadata", "ocf:ocfbox:" + agent.Name},
		} {
			t.Run(command[0]+" "+agent.Name, func(t *testing.T) {
				said := privately(t, env, "tools.sh", command...)
				require.Contains(t, said, agent.Short)
				for _, parameter := range agent.Parameters() {
					if parameter.Flags&ocf.Hidden != 0 {
						continue
					}
					require.True(t, strings.Contains(said, parameter.Name), "%s is not shown", parameter.Name)
				}
			})
		}
	}
}

func TestCrmResourceValidates(t *testing.T) {
	lab.Need(t, "crm_resource", "ip")
	t.Run("F52 what works, what this node cannot do, and what is wrong everywhere", func(t *testing.T) {
		t.Log(privately(t, []string{"PROGRAM=" + ocfbox(t)}, "validate.sh"))
	})
}

func TestReplacingDebiansAgentIsUndoneWhole(t *testing.T) {
	lab.Need(t, "ocf-tester") // of the package whose agent is replaced
	privately(t, []string{"PROGRAM=" + ocfbox(t)}, "divert.sh")
}

func TestAnUpgradeLeavesTheLinkAlone(t *testing.T) {
	privately(t, []string{"PROGRAM=" + ocfbox(t)}, "upgrade.sh")
}

func TestDepsStartsNothingOnTheHost(t *testing.T) {
	script := filepath.Join(product.Root(t), "scripts", "deps.sh")
	for name, does := range map[string]string{
		"control": "without it the package starts its daemon",
		"plain":   "refuses starts while it installs",
		"policy":  "brings the machine's own policy back",
		"TERM":    "cleans up when it is interrupted",
		"KILL":    "makes good what a killed run has left",
		"offline": "asks nobody when everything is installed",
		"oldgo":   "refuses an old Go",
	} {
		t.Run(does, func(t *testing.T) {
			privately(t, []string{"CASE=" + name, "SCRIPT=" + script}, "deps.sh")
		})
	}
}
