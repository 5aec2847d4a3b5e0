package saphanatopology

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// Answers of SAP's tools, as saphana.md 6 and saphana-topology.md 4 and 7 print them.
const (
	up = `SAPCONTROL-OK: <begin>
host=suse01
hostActive=yes
hostStatus=ok
failoverStatus=
nameServerConfigRole=master 1
nameServerActualRole=master
indexServerConfigRole=worker
indexServerActualRole=master
hostConfigRoles=worker
SAPCONTROL-OK: <end>
`
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

// mode is hdbnsutil's answer of a site named WDF.
func mode(name string) string {
	return "SAPCONTROL-OK: <begin>\nmode=" + name + "\nsite id=1\nsite name=WDF\nSAPCONTROL-OK: <end>\ndone.\n"
}

// parameters is getParameter.py's answer; pairs are key, value, key, value.
func parameters(pairs ...string) string {
	text := "SAPCONTROL-OK: <begin>\n"
	for pair := range slices.Chunk(pairs, 2) {
		text += "global.ini/system_replication/" + pair[0] + "=" + pair[1] + "\n"
	}
	return text + "SAPCONTROL-OK: <end>\n"
}

// The tools by what they are asked.
const (
	state     = "-sr_stateConfiguration"
	oldState  = "-sr_state"
	hosts     = "-sr_stateHostMapping"
	landscape = "landscapeHostConfiguration.py"
	parameter = "getParameter.py"
	version   = "version"
)

// A world is the base of saphana-topology.md 15: two nodes in sync, this one suse01, the primary.
type world struct {
	t       testing.TB
	cluster *crmtest.Cluster
	ocftest.Resource
	root string

	mu    sync.Mutex
	tools map[string]runtest.Program
	asked []string
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, cluster: crmtest.New("suse01", "suse02"), root: t.TempDir(), tools: map[string]runtest.Program{}}
	agent := Agent
	agent.New = func(p *ocf.Params) ocf.Actions { return bind(p, w.root) }
	w.Resource = ocftest.Resource{
		Agent: &agent, Runner: w.cluster, State: t.TempDir(),
		Params: map[string]string{"SID": "HA1", "InstanceNumber": "10"},
		Env: map[string]string{
			"OCF_RESKEY_CRM_meta_clone_max": "2", "OCF_RESKEY_CRM_meta_clone_node_max": "1",
			"OCF_RESKEY_CRM_meta_timeout": "600000",
		},
	}
	w.file("/usr/sap/HA1/HDB10/exe/manifest", "[manifest]\nfullversion: 2.00.059.00 Build 1630000000-1530\n")
	w.mark("SAPTopologyON.HA1")
	w.sap(state, 0, mode("primary"))
	w.sap(hosts, 0, mapping)
	w.sap(landscape, 4, up)
	w.sap(parameter, 0, parameters())
	w.cluster.Override("getent", runtest.Says(0, "ha1adm:x:1001:79:SAP:/usr/sap/HA1/home:/bin/csh\n"))
	w.cluster.Override("su", runtest.Says(0, "welcome\n\x00HOME=/usr/sap/HA1/home\x00PATH=/usr/sap/HA1/HDB10/exe:/usr/bin\x00LC_ALL=de_DE\x00"))
	w.cluster.Override("setpriv", w.setpriv)
	w.cluster.Override("saphostctrl", runtest.Says(0, instances))
	w.cluster.Override("systemctl", runtest.Says(0, ""))
	for node, values := range map[string][2]string{"suse01": {"WDF", "suse02"}, "suse02": {"ROT", "suse01"}} {
		w.forever(node, "site", values[0])
		w.forever(node, "vhost", node)
		w.forever(node, "remoteHost", values[1])
		w.forever(node, "srmode", "sync")
	}
	w.reboot("suse01", "roles", "4:P:master1:master:worker:master")
	w.reboot("suse02", "roles", "4:S:master1:master:worker:master")
	w.reboot("suse01", "version", "2.00.059.00")
	return w
}

// in runs a test in a world whose time is its own.
func in(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cluster.Forget()
		test(w)
	})
}

func row(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { in(t, test) })
}

// setpriv runs the tool behind the double dash.
func (w *world) setpriv(ctx context.Context, c run.Cmd) (run.Result, error) {
	at := slices.Index(c.Args, "--")
	require.Equal(w.t, []string{"--reuid=1001", "--regid=79", "--init-groups"}, c.Args[:at])
	key := c.Args[at+2]
	if c.Args[at+1] == "python" {
		key = filepath.Base(key)
	}
	w.mu.Lock()
	w.asked = append(w.asked, strings.Join(c.Args[at+1:], " "))
	tool := w.tools[key]
	w.mu.Unlock()
	switch {
	case tool == nil:
		return runtest.Complains(127, "setpriv: failed to execute "+c.Args[at+1]+": No such file or directory")(ctx, c)
	case ctx.Err() != nil:
		return runtest.Fails(run.ErrTimeout)(ctx, c)
	}
	return tool(ctx, c)
}

// sap makes a tool answer so.
func (w *world) sap(tool string, code int, text string) { w.tools[tool] = runtest.Says(code, text) }

func (w *world) file(path, text string) {
	path = filepath.Join(w.root, path)
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(w.t, os.WriteFile(path, []byte(text), 0o755))
}

func (w *world) noFile(path string) { require.NoError(w.t, os.RemoveAll(filepath.Join(w.root, path))) }

func (w *world) mark(name string) {
	require.NoError(w.t, os.MkdirAll(filepath.Join(w.State, "SAPHana"), 0o755))
	require.NoError(w.t, os.WriteFile(filepath.Join(w.State, "SAPHana", name), nil, 0o644))
}

func (w *world) unmark() { require.NoError(w.t, os.RemoveAll(filepath.Join(w.State, "SAPHana"))) }

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

func (w *world) set(a crm.Attribute, value string) {
	cluster := crm.Cluster{Runner: w.cluster}
	if value == "" {
		require.NoError(w.t, cluster.Delete(context.Background(), a))
		return
	}
	require.NoError(w.t, cluster.Set(context.Background(), a, value))
}

func (w *world) forever(node, name, value string) {
	w.set(crm.PermanentOf(node, "hana_ha1_"+name), value)
}
func (w *world) reboot(node, name, value string) {
	w.set(crm.TransientOf(node, "hana_ha1_"+name), value)
}

// forget takes all attributes of suse01 away, as when the node was never seen.
func (w *world) forget() {
	for _, name := range []string{"site", "vhost", "remoteHost", "srmode"} {
		w.forever("suse01", name, "")
	}
	w.reboot("suse01", "roles", "")
	w.reboot("suse01", "version", "")
	w.forever("suse02", "srmode", "")
}

// wrote are the attributes written by fn, as name=value, or name@node=value for another node's.
func (w *world) wrote(fn func()) []string {
	w.t.Helper()
	w.cluster.Forget()
	w.mu.Lock()
	w.asked = nil
	w.mu.Unlock()
	fn()
	wrote := []string{}
	for _, call := range w.cluster.Calls() {
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
	w.t.Helper()
	return w.doWith(action, nil, code, writes...)
}

func (w *world) doWith(action string, env map[string]string, code ocf.Code, writes ...string) ocftest.Result {
	w.t.Helper()
	var result ocftest.Result
	if action == "probe" {
		action, env = "monitor", map[string]string{"OCF_RESKEY_CRM_meta_interval": "0"}
	}
	if writes == nil {
		writes = []string{}
	}
	require.Equal(w.t, writes, w.wrote(func() { result = w.CallWith(w.t, action, env) }), "%s", result.Stderr)
	require.Equal(w.t, code, result.Code, result.Stderr)
	return result
}

// count is how many of the SAP calls have the word.
func (w *world) count(word string) int {
	n := 0
	for _, call := range w.asked {
		if strings.Contains(call+" ", word+" ") {
			n++
		}
	}
	return n
}

// calls are the programs other than the cluster's and those run as sidadm.
func (w *world) calls(program string) []string {
	var all []string
	for _, call := range w.cluster.Calls() {
		if filepath.Base(call.Path) == program {
			all = append(all, strings.Join(call.Args, " "))
		}
	}
	return all
}

// took is how long fn takes on the world's clock.
func took(fn func()) time.Duration {
	began := time.Now()
	fn()
	return time.Since(began)
}

// garbage is an answer that is none.
func garbage() runtest.Program { return runtest.Says(1, "bad interpreter\n") }

// hostAgentDown is a systemd that knows the unit or not, and does not run it.
func (w *world) hostAgentDown(known bool) {
	w.cluster.Override("systemctl", func(ctx context.Context, c run.Cmd) (run.Result, error) {
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
