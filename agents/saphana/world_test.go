package saphana

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

func TestMain(m *testing.M) { os.Exit(hanatest.InMemory(m)) }

const (
	primaryUp     = "4:P:master1:master:worker:master"
	primaryDown   = "1:P:master1::worker:"
	secondaryUp   = "4:S:master1:master:worker:master"
	secondaryDown = "1:S:master1::worker:"
)

// SAP's tools by what they are asked.
const (
	state     = hanatest.State
	takeover  = "-sr_takeover"
	register  = "-sr_register"
	landscape = hanatest.Landscape
	syncing   = "systemReplicationStatus.py"
	parameter = hanatest.Parameter
)

// A world is the base of saphana.md 17: two nodes in sync, this one suse01 with site WDF.
type world struct{ *hanatest.Host }

// newWorld is BASE-P.
func newWorld(t testing.TB) *world {
	w := &world{hanatest.New(t)}
	agent := Agent
	agent.New = func(p *ocf.Params) ocf.Actions { return bind(p, w.Root) }
	w.Agent = &agent
	w.Params["PREFER_SITE_TAKEOVER"], w.Params["AUTOMATED_REGISTER"] = "true", "false"
	maps.Copy(w.Env, map[string]string{
		"OCF_RESOURCE_INSTANCE":          "rsc_SAPHana_HA1_HDB10",
		"OCF_RESKEY_CRM_meta_master_max": "1", "OCF_RESKEY_CRM_meta_master_node_max": "1",
		"OCF_RESKEY_CRM_meta_timeout": "3600000",
	})
	w.File("/usr/sap/HA1/HDB10/exe/sapstartsrv", "#!/bin/sh\n")
	w.File("/usr/sap/HA1/HDB10/exe/sapcontrol", "#!/bin/sh\n")
	w.File("/etc/systemd/system/SAPHA1_10.service", "[Unit]\n")
	w.SAP(state, 0, hanatest.Mode("primary"))
	w.SAP(landscape, 4, hanatest.Up)
	w.SAP(syncing, 15, "overall system replication status: ACTIVE\n")
	w.SAP(parameter, 0, hanatest.Parameters("operation_mode", "logreplay"))
	w.SAP(takeover, 0, "done.\n")
	w.SAP(register, 0, "done.\n")
	w.Cluster.Override("sapcontrol", runtest.Says(0, "\nOK\n"))
	for _, node := range []string{hanatest.Here, hanatest.There} {
		w.Forever(node, "op_mode", "logreplay")
	}
	w.Reboot("suse01", "roles", primaryUp)
	w.Reboot("suse01", "clone_state", "PROMOTED")
	w.Reboot("suse01", "sync_state", "PRIM")
	w.lpt("suse01", w.ago(60))
	w.score("150")
	w.hook("WDF", "PRIM")
	w.hook("ROT", "SOK")
	w.Reboot("suse02", "roles", secondaryUp)
	w.Reboot("suse02", "clone_state", "DEMOTED")
	w.Reboot("suse02", "sync_state", "SOK")
	w.lpt("suse02", "30")
	return w
}

// baseS turns BASE-P into BASE-S: the local site is the secondary.
func (w *world) baseS() {
	w.SAP(state, 0, hanatest.Mode("sync"))
	w.Reboot("suse01", "roles", secondaryUp)
	w.Reboot("suse01", "clone_state", "DEMOTED")
	w.Reboot("suse01", "sync_state", "SOK")
	w.lpt("suse01", "30")
	w.score("100")
	w.hook("WDF", "SOK")
	w.hook("ROT", "PRIM")
	w.Reboot("suse02", "roles", primaryUp)
	w.Reboot("suse02", "clone_state", "PROMOTED")
	w.Reboot("suse02", "sync_state", "PRIM")
	w.lpt("suse02", w.ago(30))
}

// down makes the local database one that does not run.
func (w *world) down(roles string) {
	w.SAP(landscape, 1, "")
	w.Reboot("suse01", "roles", roles)
}

// stopped is a former primary that is to be started: everything of the last run is gone.
func (w *world) stopped() {
	w.down(primaryDown)
	w.Reboot("suse01", "clone_state", "UNDEFINED")
	w.Reboot("suse01", "sync_state", "")
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

// becomes makes a tool change the replication mode and the landscape's status.
func (w *world) becomes(tool, newMode string) {
	w.Tool(tool, func(ctx context.Context, c run.Cmd) (run.Result, error) {
		w.SAP(state, 0, hanatest.Mode(newMode))
		return runtest.Says(0, "done.\n")(ctx, c)
	})
}

// controls makes functions of sapcontrol exit so; the others succeed. A start brings the database up.
func (w *world) controls(codes map[string]int) {
	w.Cluster.Override("sapcontrol", func(ctx context.Context, c run.Cmd) (run.Result, error) {
		function := c.Args[3]
		if function == "Start" && codes[function] == 0 {
			w.SAP(landscape, 4, hanatest.Up)
		}
		return runtest.Says(codes[function], "\nOK\n")(ctx, c)
	})
}

const lptFile = "/var/lib/SAPHanaRA/lpa_ha1_suse01"

func (w *world) fileLPT() string {
	text, _ := os.ReadFile(filepath.Join(w.Root, lptFile))
	return strings.TrimSpace(string(text))
}

func (w *world) lpt(node, value string) { w.Set(crm.PermanentOf(node, "lpa_ha1_lpt"), value) }
func (w *world) score(value string) {
	w.Set(crm.PromotionOf("suse01", "rsc_SAPHana_HA1_HDB10"), value)
}
func (w *world) hook(site, value string) {
	w.Set(crm.PropertyOf("SAPHanaSR", "hana_ha1_site_srHook_"+site), value)
}

// ago is a timestamp of the world's.
func (w *world) ago(seconds int64) string { return strconv.FormatInt(time.Now().Unix()-seconds, 10) }

// wrote are the attributes written by fn in their order, as name=value, or name@node=value for another
// node's. A timestamp of that moment is now.
func (w *world) wrote(fn func()) []string {
	w.T.Helper()
	w.Forget()
	began := time.Now().Unix()
	fn()
	wrote := []string{}
	for _, call := range w.Cluster.Calls() {
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
	w.T.Helper()
	var result ocftest.Result
	var env map[string]string
	if action == "probe" {
		action, env = "monitor", map[string]string{"OCF_RESKEY_CRM_meta_interval": "0"}
	}
	if writes == nil {
		writes = []string{}
	}
	wrote := w.wrote(func() { result = w.CallWith(w.T, action, env) })
	require.Equal(w.T, code, result.Code, result.Stderr)
	require.ElementsMatch(w.T, writes, wrote, "%s", result.Stderr)
	return result
}

// control are the functions of sapcontrol that were called, with their arguments, less the mere question.
func (w *world) control() []string {
	var all []string
	for _, call := range w.Cluster.Calls() {
		if filepath.Base(call.Path) == "sapcontrol" && call.Args[3] != "GetProcessList" {
			all = append(all, strings.Join(call.Args[3:], " "))
		}
	}
	return all
}
