package saphana

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

const (
	primaryUp     = "4:P:master1:master:worker:master"
	primaryDown   = "1:P:master1::worker:"
	secondaryUp   = "4:S:master1:master:worker:master"
	secondaryDown = "1:S:master1::worker:"
)

// up is an answer of landscapeHostConfiguration.py.
const up = `SAPCONTROL-OK: <begin>
host=suse01
nameServerConfigRole=master 1
nameServerActualRole=master
indexServerConfigRole=worker
indexServerActualRole=master
SAPCONTROL-OK: <end>
`

// mode is hdbnsutil's answer.
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

// SAP's tools by what they are asked, and sapcontrol's functions.
const (
	state     = "-sr_stateConfiguration"
	takeover  = "-sr_takeover"
	register  = "-sr_register"
	landscape = "landscapeHostConfiguration.py"
	syncing   = "systemReplicationStatus.py"
	parameter = "getParameter.py"
)

// A world is the base of saphana.md 17: two nodes in sync, this one suse01 with site WDF.
type world struct {
	t       testing.TB
	cluster *crmtest.Cluster
	ocftest.Resource
	root string

	mu    sync.Mutex
	tools map[string]runtest.Program
	asked []string
}

// newWorld is BASE-P.
func newWorld(t testing.TB) *world {
	w := &world{t: t, cluster: crmtest.New("suse01", "suse02"), root: t.TempDir(), tools: map[string]runtest.Program{}}
	agent := Agent
	agent.New = func(p *ocf.Params) ocf.Actions { return bind(p, w.root) }
	w.Resource = ocftest.Resource{
		Agent: &agent, Runner: w.cluster, State: t.TempDir(),
		Params: map[string]string{"SID": "HA1", "InstanceNumber": "10", "PREFER_SITE_TAKEOVER": "true", "AUTOMATED_REGISTER": "false"},
		Env: map[string]string{
			"OCF_RESOURCE_INSTANCE":         "rsc_SAPHana_HA1_HDB10",
			"OCF_RESKEY_CRM_meta_clone_max": "2", "OCF_RESKEY_CRM_meta_clone_node_max": "1",
			"OCF_RESKEY_CRM_meta_master_max": "1", "OCF_RESKEY_CRM_meta_master_node_max": "1",
			"OCF_RESKEY_CRM_meta_timeout": "3600000",
		},
	}
	w.file("/usr/sap/HA1/HDB10/exe/manifest", "[manifest]\nfullversion: 2.00.059.00 Build 1630000000-1530\n")
	w.file("/usr/sap/HA1/HDB10/exe/sapstartsrv", "#!/bin/sh\n")
	w.file("/usr/sap/HA1/HDB10/exe/sapcontrol", "#!/bin/sh\n")
	w.file("/etc/systemd/system/SAPHA1_10.service", "[Unit]\n")
	w.sap(state, 0, mode("primary"))
	w.sap(landscape, 4, up)
	w.sap(syncing, 15, "overall system replication status: ACTIVE\n")
	w.sap(parameter, 0, parameters("operation_mode", "logreplay"))
	w.sap(takeover, 0, "done.\n")
	w.sap(register, 0, "done.\n")
	w.cluster.Override("getent", runtest.Says(0, "ha1adm:x:1001:79:SAP:/usr/sap/HA1/home:/bin/csh\n"))
	w.cluster.Override("su", runtest.Says(0, "welcome\n\x00HOME=/usr/sap/HA1/home\x00PATH=/usr/sap/HA1/HDB10/exe:/usr/bin\x00"))
	w.cluster.Override("setpriv", w.setpriv)
	w.cluster.Override("sapcontrol", runtest.Says(0, "\nOK\n"))
	w.cluster.Override("systemctl", runtest.Says(0, ""))
	for node, values := range map[string][2]string{"suse01": {"WDF", "suse02"}, "suse02": {"ROT", "suse01"}} {
		w.forever(node, "site", values[0])
		w.forever(node, "vhost", node)
		w.forever(node, "remoteHost", values[1])
		w.forever(node, "srmode", "sync")
		w.forever(node, "op_mode", "logreplay")
	}
	w.reboot("suse01", "roles", primaryUp)
	w.reboot("suse01", "clone_state", "PROMOTED")
	w.reboot("suse01", "sync_state", "PRIM")
	w.lpt("suse01", w.ago(60))
	w.score("150")
	w.hook("WDF", "PRIM")
	w.hook("ROT", "SOK")
	w.reboot("suse02", "roles", secondaryUp)
	w.reboot("suse02", "clone_state", "DEMOTED")
	w.reboot("suse02", "sync_state", "SOK")
	w.lpt("suse02", "30")
	return w
}

// baseS turns BASE-P into BASE-S: the local site is the secondary.
func (w *world) baseS() {
	w.sap(state, 0, mode("sync"))
	w.reboot("suse01", "roles", secondaryUp)
	w.reboot("suse01", "clone_state", "DEMOTED")
	w.reboot("suse01", "sync_state", "SOK")
	w.lpt("suse01", "30")
	w.score("100")
	w.hook("WDF", "SOK")
	w.hook("ROT", "PRIM")
	w.reboot("suse02", "roles", primaryUp)
	w.reboot("suse02", "clone_state", "PROMOTED")
	w.reboot("suse02", "sync_state", "PRIM")
	w.lpt("suse02", w.ago(30))
}

// down makes the local database one that does not run.
func (w *world) down(roles string) {
	w.sap(landscape, 1, "")
	w.reboot("suse01", "roles", roles)
}

// stopped is a former primary that is to be started: everything of the last run is gone.
func (w *world) stopped() {
	w.down(primaryDown)
	w.reboot("suse01", "clone_state", "UNDEFINED")
	w.reboot("suse01", "sync_state", "")
}

// in runs a test in a world whose time is its own.
func in(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		test(w)
	})
}

func row(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { in(t, test) })
}

// rowS is a row that begins in BASE-S.
func rowS(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	row(t, name, func(w *world) {
		w.baseS()
		test(w)
	})
}

// setpriv runs the tool behind the double dash.
func (w *world) setpriv(ctx context.Context, c run.Cmd) (run.Result, error) {
	at := slices.Index(c.Args, "--")
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
func (w *world) sap(tool string, code int, text string) { w.tool(tool, runtest.Says(code, text)) }

func (w *world) tool(tool string, program runtest.Program) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tools[tool] = program
}

// becomes makes a tool change the replication mode and the landscape's status.
func (w *world) becomes(tool, newMode string) {
	w.tool(tool, func(ctx context.Context, c run.Cmd) (run.Result, error) {
		w.sap(state, 0, mode(newMode))
		return runtest.Says(0, "done.\n")(ctx, c)
	})
}

// controls makes functions of sapcontrol exit so; the others succeed. A start brings the database up.
func (w *world) controls(codes map[string]int) {
	w.cluster.Override("sapcontrol", func(ctx context.Context, c run.Cmd) (run.Result, error) {
		function := c.Args[3]
		if function == "Start" && codes[function] == 0 {
			w.sap(landscape, 4, up)
		}
		return runtest.Says(codes[function], "\nOK\n")(ctx, c)
	})
}

func (w *world) file(path, text string) {
	path = filepath.Join(w.root, path)
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(w.t, os.WriteFile(path, []byte(text), 0o755))
}

func (w *world) noFile(path string) { require.NoError(w.t, os.RemoveAll(filepath.Join(w.root, path))) }

func (w *world) has(path string) bool {
	_, err := os.Stat(filepath.Join(w.root, path))
	return err == nil
}

const lptFile = "/var/lib/SAPHanaRA/lpa_ha1_suse01"

func (w *world) fileLPT() string {
	text, _ := os.ReadFile(filepath.Join(w.root, lptFile))
	return strings.TrimSpace(string(text))
}

func (w *world) set(a crm.Attribute, value string) {
	cluster := crm.Cluster{Runner: w.cluster}
	if value == "" {
		require.NoError(w.t, cluster.Delete(context.Background(), a))
		return
	}
	require.NoError(w.t, cluster.Set(context.Background(), a, value))
}

func (w *world) value(a crm.Attribute) string {
	cluster := crm.Cluster{Runner: w.cluster}
	value, _ := cluster.Get(context.Background(), a)
	return value
}

func (w *world) forever(node, name, value string) {
	w.set(crm.PermanentOf(node, "hana_ha1_"+name), value)
}
func (w *world) reboot(node, name, value string) {
	w.set(crm.TransientOf(node, "hana_ha1_"+name), value)
}
func (w *world) lpt(node, value string) { w.set(crm.PermanentOf(node, "lpa_ha1_lpt"), value) }
func (w *world) score(value string) {
	w.set(crm.PromotionOf("suse01", "rsc_SAPHana_HA1_HDB10"), value)
}
func (w *world) hook(site, value string) {
	w.set(crm.PropertyOf("SAPHanaSR", "hana_ha1_site_srHook_"+site), value)
}

// ago is a timestamp of the world's.
func (w *world) ago(seconds int64) string { return strconv.FormatInt(time.Now().Unix()-seconds, 10) }

// wrote are the attributes written by fn in their order, as name=value, or name@node=value for another
// node's. A timestamp of that moment is now.
func (w *world) wrote(fn func()) []string {
	w.t.Helper()
	w.cluster.Forget()
	w.asked = nil
	began := time.Now().Unix()
	fn()
	wrote := []string{}
	for _, call := range w.cluster.Calls() {
		if filepath.Base(call.Path) == "crm_attribute" {
			wrote = append(wrote, written(call.Args, began))
		}
	}
	return wrote
}

func written(args []string, began int64) string {
	var name, node, value string
	for _, arg := range args {
		switch key, text, _ := strings.Cut(arg, "="); key {
		case "--name":
			name = strings.TrimPrefix(strings.TrimPrefix(text, "hana_ha1_"), "site_")
			if name == "lpa_ha1_lpt" {
				name = "lpt"
			}
		case "--promotion":
			name = "score"
		case "--node":
			node = text
		case "--update":
			value = text
		}
	}
	if node != "suse01" && node != "" {
		name += "@" + node
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= began && name == "lpt" {
		value = "now"
	}
	return name + "=" + value
}

// do runs an action and requires its code and what it wrote, in any order.
func (w *world) do(action string, code ocf.Code, writes ...string) ocftest.Result {
	w.t.Helper()
	var result ocftest.Result
	var env map[string]string
	if action == "probe" {
		action, env = "monitor", map[string]string{"OCF_RESKEY_CRM_meta_interval": "0"}
	}
	if writes == nil {
		writes = []string{}
	}
	wrote := w.wrote(func() { result = w.CallWith(w.t, action, env) })
	require.Equal(w.t, code, result.Code, result.Stderr)
	require.ElementsMatch(w.t, writes, wrote, "%s", result.Stderr)
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

// control are the functions of sapcontrol that were called, with their arguments, less the mere question.
func (w *world) control() []string {
	var all []string
	for _, call := range w.cluster.Calls() {
		if filepath.Base(call.Path) == "sapcontrol" && call.Args[3] != "GetProcessList" {
			all = append(all, strings.Join(call.Args[3:], " "))
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
