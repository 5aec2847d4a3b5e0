package saphana

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// The commands of saphana.md 5.2, and those that stand around them here.
func commands() []string {
	return []string{
		state, landscape, syncing, parameter, takeover, register,
		"getent", "su", "setpriv", "sapcontrol", "systemctl", "saphostctrl", "sapstartsrv", "cibadmin", "crm_attribute", "crm_node",
	}
}

// faults are the ways in which a command fails. One that is slow answers rightly in the end: slow_test.go.
func faults() []string { return []string{"hangs", "non-zero", "rubbish", "missing"} }

// stage makes a world in which a command is called, if the action ever calls it.
func (w *world) stage(t *testing.T, action, role, command string) {
	if role == "secondary" {
		w.baseS()
	}
	w.Cluster.Override("sapcontrol", runtest.Says(0, processes))
	if action == "start" {
		w.controls(nil)
		w.stopped()
		// The partner, in sync, would be preferred.
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		if role == "secondary" {
			w.down(secondaryDown)
		}
	}
	switch command {
	case parameter:
		w.Tool(state, hanatest.Garbage())
	case register:
		if action == "start" && role == "primary" {
			w.loser()
		}
	case "cibadmin":
		// What the last action knew is all there is then.
		w.Call(t, "monitor")
	case "crm_node":
		w.Env["OCF_RESKEY_CRM_meta_on_node"] = "-"
		w.Call(t, "monitor")
	case "sapstartsrv", "saphostctrl":
		// Without systemd, and without sapstartsrv's socket.
		w.NoFile("/etc/systemd/system/SAPHA1_10.service")
		w.File("/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01", "")
		w.Cluster.Override("sapstartsrv", runtest.Says(0, ""))
		w.Cluster.Override("saphostctrl", runtest.Says(0, ""))
	}
}

// fail makes a command fail in one way.
func (w *world) fail(command, fault string) {
	program := map[string]runtest.Program{
		"hangs": runtest.Hangs, "non-zero": runtest.Complains(1, "it broke"), "rubbish": runtest.Rubbish(),
		"missing": runtest.Fails(run.ErrNotFound),
	}[fault]
	if slices.Contains(commands()[:6], command) {
		w.Tool(command, program)
		return
	}
	w.Cluster.Override(command, program)
}

// processes are those of a database that runs.
const processes = "\nOK\n0 name: hdbdaemon\n0 dispstatus: GREEN\n1 name: hdbnameserver\n1 dispstatus: GREEN\n"

// faultActions are the actions that ask somebody, or could.
func faultActions() []string {
	return []string{"start", "stop", "monitor", "probe", "promote", "demote", "validate-all", "reload"}
}

// act calls an action with a time-out; a probe is a monitor made once.
func (w *world) act(t *testing.T, action string, timeout time.Duration) ocftest.Result {
	env := map[string]string{"OCF_RESKEY_CRM_meta_timeout": strconv.FormatInt(timeout.Milliseconds(), 10)}
	if action == "probe" {
		action, env["OCF_RESKEY_CRM_meta_interval"] = "monitor", "0"
	}
	return w.CallWith(t, action, env)
}

// Every external command, in every action of either role, in every way: the answer comes before the
// time-out, with a code that the action may have and one reason where it fails, and nothing is left running:
// a synctest bubble cannot end while something is.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for _, action := range faultActions() {
		for _, role := range []string{"primary", "secondary"} {
			t.Run(action+" "+role, func(t *testing.T) {
				t.Parallel()
				for _, command := range commands() {
					for _, fault := range faults() {
						t.Run(command+" "+fault, func(t *testing.T) {
							synctest.Test(t, func(t *testing.T) { tryFault(t, action, role, command, fault) })
						})
					}
				}
			})
		}
	}
}

func tryFault(t *testing.T, action, role, command, fault string) {
	const timeout = 300 * time.Second
	w := newWorld(t)
	w.stage(t, action, role, command)
	w.fail(command, fault)
	began := time.Now()
	result := w.act(t, action, timeout)
	require.Less(t, time.Since(began), timeout, result.Stderr)
	require.Contains(t, faultCodes(action, role), result.Code, result.Stderr)
	fine := result.Code == ocf.Success || result.Code == ocf.RunningPromoted
	require.Equal(t, fine, result.Reason == "", "one reason: %s", result.Stderr)
	if action == "monitor" || action == "probe" {
		// The database runs, and one that is not known to be down is not reported so.
		want := ocf.Success
		if role == "primary" {
			want = ocf.RunningPromoted
		}
		require.Equal(t, want, result.Code, result.Stderr)
	}
}

// faultCodes are the codes that an action may end with while a tool is broken.
func faultCodes(action, role string) []ocf.Code {
	switch action {
	case "monitor", "probe":
		return []ocf.Code{ocf.Success, ocf.RunningPromoted, ocf.ErrGeneric}
	case "promote":
		if role == "secondary" {
			return []ocf.Code{ocf.ErrGeneric, ocf.FailedPromoted}
		}
	case "start":
		return []ocf.Code{ocf.Success, ocf.ErrGeneric, ocf.NotRunning}
	}
	return []ocf.Code{ocf.Success, ocf.ErrGeneric}
}
