package house

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
)

// privately runs a script of testdata in a mount namespace of its own, where what it writes to the
// machine's folders goes to memory, and returns what it has printed.
func privately(t *testing.T, env []string, script string, args ...string) string {
	t.Helper()
	lab.Need(t, "root", "unshare", "dpkg-deb")
	args = append([]string{"--mount", "--propagation", "private", "sh", filepath.Join("testdata", script)}, args...)
	cmd := exec.Command("unshare", args...)
	cmd.Env = append(os.Environ(), append(env, "LC_ALL=C", "TERM=dumb",
		"PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Run(), "%s: %s", cmd, &out)
	return out.String()
}

func TestTheAdministratorsToolsShowTheAgents(t *testing.T) {
	lab.Need(t, "crm", "pcs")
	env := []string{"PROGRAM=" + program(t)}
	for _, agent := range agents.All() {
		for _, command := range [][]string{
			{"crm", "ra", "info", "ocf:ocfbox:" + agent.Name},
			{"pcs", "resource", "describe", "ocf:ocfbox:" + agent.Name},
			{"crm_resource", "--show-metadata", "ocf:ocfbox:" + agent.Name},
		} {
			t.Run(command[0]+" "+agent.Name, func(t *testing.T) {
				said := privately(t, env, "tools.sh", command...)
				require.Contains(t, said, agent.Short)
				for _, parameter := range advertised(agent) {
					require.True(t, strings.Contains(said, parameter.Name), "%s is not shown", parameter.Name)
				}
			})
		}
	}
}

// advertised are the parameters that the meta-data shows.
func advertised(agent *ocf.Agent) []ocf.Parameter {
	return slices.DeleteFunc(agent.Parameters(), func(p ocf.Parameter) bool { return p.Flags&ocf.Hidden != 0 })
}

func TestReplacingDebiansAgentIsUndoneWhole(t *testing.T) {
	need(t, "/usr/lib/ocf/resource.d/heartbeat/IPaddr2")
	privately(t, []string{"PROGRAM=" + program(t)}, "divert.sh")
}

func TestAnUpgradeLeavesTheLinkAlone(t *testing.T) {
	privately(t, []string{"PROGRAM=" + program(t)}, "upgrade.sh")
}

func TestDepsStartsNothingOnTheHost(t *testing.T) {
	script := filepath.Join(root(t), "scripts", "deps.sh")
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
