package saphanatopology

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// Answers of SAP's tools, as saphana.md 6 and saphana-topology.md 4 and 7 print them.
const (
	down = `SAPCONTROL-OK: <begin>
host=suse01
hostActive=no
hostStatus=error
nameServerConfigRole=master 1
nameServerActualRole=
indexServerConfigRole=worker
indexServerActualRole=
SAPCONTROL-OK: <end>
`
	mapping = `SAPCONTROL-OK: <begin>
mapping/suse01=WDF/suse01
mapping/suse01=ROT/suse02
SAPCONTROL-OK: <end>
done.
`
	instances = " Inst Info : HA1 - 10 - suse01 - 753, patch 1010, changelist 2124070\n"
)

// The tools by what they are asked.
const (
	state     = hanatest.State
	oldState  = "-sr_state"
	hosts     = "-sr_stateHostMapping"
	landscape = hanatest.Landscape
	parameter = hanatest.Parameter
	version   = "version"
)

// A world is the base of saphana-topology.md 15: two nodes in sync, this one suse01, the primary.
type world struct{ *hanatest.Host }

func newWorld(t testing.TB) *world {
	w := &world{hanatest.New(t)}
	agent := Agent
	agent.New = func(p *ocf.Params) ocf.Actions { return bind(p, w.Root) }
	w.Agent = &agent
	w.Env["OCF_RESKEY_CRM_meta_timeout"] = "600000"
	w.mark("SAPTopologyON.HA1")
	w.SAP(state, 0, hanatest.Mode("primary"))
	w.SAP(hosts, 0, mapping)
	w.SAP(landscape, 4, hanatest.Up)
	w.SAP(parameter, 0, hanatest.Parameters())
	w.Cluster.Override("saphostctrl", runtest.Says(0, instances))
	w.Reboot("suse01", "roles", "4:P:master1:master:worker:master")
	w.Reboot("suse02", "roles", "4:S:master1:master:worker:master")
	w.Reboot("suse01", "version", "2.00.059.00")
	return w
}

// in runs a test in a world whose time is its own.
func in(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Cluster.Forget()
		test(w)
	})
}

func row(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { in(t, test) })
}

func (w *world) mark(name string) {
	require.NoError(w.T, os.MkdirAll(filepath.Join(w.State, "SAPHana"), 0o755))
	require.NoError(w.T, os.WriteFile(filepath.Join(w.State, "SAPHana", name), nil, 0o644))
}

func (w *world) unmark() { require.NoError(w.T, os.RemoveAll(filepath.Join(w.State, "SAPHana"))) }

func (w *world) marks() []string {
	entries, err := os.ReadDir(filepath.Join(w.State, "SAPHana"))
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// forget takes all attributes of suse01 away, as when the node was never seen.
func (w *world) forget() {
	for _, name := range []string{"site", "vhost", "remoteHost", "srmode"} {
		w.Forever("suse01", name, "")
	}
	w.Reboot("suse01", "roles", "")
	w.Reboot("suse01", "version", "")
	w.Forever("suse02", "srmode", "")
}

// wrote are the attributes written by fn, as name=value, or name@node=value for another node's.
func (w *world) wrote(fn func()) []string {
	w.T.Helper()
	w.Forget()
	fn()
	wrote := []string{}
	for _, call := range w.Cluster.Calls() {
		if filepath.Base(call.Path) != "crm_attribute" {
			continue
		}
		var name, node, value string
		for _, arg := range call.Args {
			switch key, text, _ := strings.Cut(arg, "="); key {
			case "--name":
				name = strings.TrimPrefix(text, "hana_ha1_")
			case "--node":
				node = text
			case "--update":
				value = text
			}
		}
		if node != "suse01" {
			name += "@" + node
		}
		wrote = append(wrote, name+"="+value)
	}
	return wrote
}

// do runs an action and requires its code and what it wrote.
func (w *world) do(action string, code ocf.Code, writes ...string) ocftest.Result {
	w.T.Helper()
	return w.doWith(action, nil, code, writes...)
}

func (w *world) doWith(action string, env map[string]string, code ocf.Code, writes ...string) ocftest.Result {
	w.T.Helper()
	var result ocftest.Result
	if action == "probe" {
		action, env = "monitor", map[string]string{"OCF_RESKEY_CRM_meta_interval": "0"}
	}
	if writes == nil {
		writes = []string{}
	}
	require.Equal(w.T, writes, w.wrote(func() { result = w.CallWith(w.T, action, env) }), "%s", result.Stderr)
	require.Equal(w.T, code, result.Code, result.Stderr)
	return result
}

// hostAgentDown is a systemd that knows the unit or not, and does not run it.
func (w *world) hostAgentDown(known bool) {
	w.Cluster.Override("systemctl", func(ctx context.Context, c run.Cmd) (run.Result, error) {
		switch {
		case c.Args[0] == "is-active":
			return runtest.Says(3, "")(ctx, c)
		case c.Args[0] == "list-unit-files" && known:
			return runtest.Says(0, "saphostagent.service enabled enabled\n")(ctx, c)
		}
		return runtest.Says(0, "")(ctx, c)
	})
}

// table is the landscape as releases before 1.00.100 print it.
func table(host string) string {
	line := func(cells ...any) string { return fmt.Sprintf(strings.Repeat("| %s ", len(cells))+"|\n", cells...) }
	return line("Host", "Host", "Host", "Failover", "Remove", "Storage", "Failover", "Failover", "NameServer", "NameServer", "IndexServer", "IndexServer") +
		line("", "Active", "Status", "Status", "Status", "Partition", "Config Group", "Actual Group", "Config Role", "Actual Role", "Config Role", "Actual Role") +
		line("------", "---", "---", "---", "---", "---", "---", "---", "---", "---", "---", "---") +
		line(host, "yes", "ok", "", "", "1", "default", "default", "master 1", "master", "worker", "master") +
		"\noverall host status: ok\n"
}
