package saphana

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
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

// faults are the ways in which a command fails. A slow one answers rightly in the end.
func faults() []string { return []string{"hangs", "non-zero", "rubbish", "missing", "slow"} }

// fail makes one command fail in one way, in a world in which it is called.
func (w *world) fail(command, fault string) {
	switch command {
	case parameter:
		w.tool(state, garbage())
	case "crm_node":
		w.Env["OCF_RESKEY_CRM_meta_on_node"] = "-"
	case "sapstartsrv", "saphostctrl":
		// Without systemd, and without sapstartsrv's socket.
		w.noFile("/etc/systemd/system/SAPHA1_10.service")
		w.file("/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01", "")
	}
	ofSAP := slices.Contains(commands()[:6], command)
	programs := map[string]runtest.Program{
		"hangs": runtest.Hangs, "non-zero": runtest.Complains(1, "it broke"), "rubbish": runtest.Rubbish(),
		"missing": runtest.Fails(run.ErrNotFound),
	}
	switch {
	case fault == "slow" && !ofSAP:
		// The cluster's own tools are crmtest's and answer at once.
		if usual := w.usual(command); usual != nil {
			w.cluster.Override(command, slowly(usual))
		}
	case fault == "slow":
		w.mu.Lock()
		usual := w.tools[command]
		w.mu.Unlock()
		w.tool(command, slowly(usual))
	case ofSAP:
		w.tool(command, programs[fault])
	default:
		w.cluster.Override(command, programs[fault])
	}
}

// processes are those of a database that runs.
const processes = "\nOK\n0 name: hdbdaemon\n0 dispstatus: GREEN\n1 name: hdbnameserver\n1 dispstatus: GREEN\n"

// usual is what a program of the host answers, or nil for one of the cluster's.
func (w *world) usual(command string) runtest.Program {
	switch command {
	case "getent":
		return runtest.Says(0, "ha1adm:x:1001:79:SAP:/usr/sap/HA1/home:/bin/csh\n")
	case "su":
		return runtest.Says(0, "\x00HOME=/usr/sap/HA1/home\x00PATH=/usr/bin\x00")
	case "setpriv":
		return w.setpriv
	case "sapcontrol":
		return runtest.Says(0, processes)
	case "systemctl", "sapstartsrv", "saphostctrl":
		return runtest.Says(0, "")
	}
	return nil
}

// Every external command, in every action of either role, in every way: the answer comes before the
// time-out, with a code that the action may have and one reason where it fails, and nothing is left running:
// a synctest bubble cannot end while something is.
func TestFaultMatrix(t *testing.T) {
	for _, action := range []string{"start", "stop", "monitor", "probe", "promote", "demote", "validate-all", "reload"} {
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
	if role == "secondary" {
		w.baseS()
	}
	w.Env["OCF_RESKEY_CRM_meta_timeout"] = "300000"
	w.cluster.Override("sapcontrol", runtest.Says(0, processes))
	if command == "cibadmin" || command == "crm_node" {
		// What the last action knew is all there is then.
		w.Call(t, "monitor")
	}
	w.fail(command, fault)
	word, env := action, map[string]string{}
	if action == "probe" {
		word, env["OCF_RESKEY_CRM_meta_interval"] = "monitor", "0"
	}
	began := time.Now()
	result := w.CallWith(t, word, env)
	require.Less(t, time.Since(began), timeout, result.Stderr)
	require.Contains(t, faultCodes(action, role), result.Code, result.Stderr)
	fine := result.Code == ocf.Success || result.Code == ocf.RunningPromoted
	require.Equal(t, fine, result.Reason == "", "one reason: %s", result.Stderr)
	if strings.HasPrefix(action, "monitor") || action == "probe" {
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

// mostPrograms is how many programs a monitor of a pair in sync may start, SAP's tools included.
const mostPrograms = 15

// The commands of a steady monitor are a golden file: one more shows in the diff. setpriv becomes the tool
// behind the double dash, so each such line is two executions and one process.
func TestGoldenProgramsOfASteadyMonitor(t *testing.T) {
	for _, role := range []string{"primary", "secondary"} {
		row(t, role, func(w *world) {
			if role == "secondary" {
				w.baseS()
			}
			w.Call(t, "monitor")
			w.wrote(func() { w.Call(t, "monitor") })
			var lines []string
			programs := 0
			for _, call := range w.cluster.Calls() {
				lines = append(lines, strings.ReplaceAll(call.String(), w.root, ""))
				programs++
				if call.Path == "setpriv" {
					programs++
				}
			}
			t.Logf("%d commands, %d programs", len(lines), programs)
			require.LessOrEqual(t, programs, mostPrograms)
			slices.Sort(lines)
			golden(t, "programs-"+role+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}

func golden(t *testing.T, name, text string) {
	path := filepath.Join("testdata", name)
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "%s: make golden", path)
}
