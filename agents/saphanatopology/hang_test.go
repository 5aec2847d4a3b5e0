package saphanatopology

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

func propertyFilter() crm.Attribute { return crm.PropertyOf("SAPHanaSR", "hana_ha1_glob_filter") }

// The commands of saphana-topology.md 8, and those that stand around them here.
var commands = []string{
	state, hosts, landscape, parameter, version,
	"getent", "su", "setpriv", "saphostctrl", "systemctl", "saphostexec", "cibadmin", "crm_attribute", "crm_node",
}

// hang makes one command give no answer, in a world in which every command is called.
func (w *world) hang(command string) {
	w.File("/usr/sap/hostctrl/exe/saphostexec", "#!/bin/sh\n")
	switch command {
	case parameter:
		w.Tool(state, hanatest.Garbage())
	case version:
		w.NoFile("/usr/sap/HA1/HDB10/exe/manifest")
	case "crm_node":
		w.Env["OCF_RESKEY_CRM_meta_on_node"] = "-"
	case "saphostexec":
		w.hostAgentDown(false)
	}
	if slices.Contains([]string{state, hosts, landscape, parameter, version}, command) {
		w.Tool(command, runtest.Hangs)
		return
	}
	w.Cluster.Override(command, runtest.Hangs)
}

// hungCode is the code of an action in which a command hangs: that of the marker, but for a stop whose
// landscape call hangs, directly or because all of SAP's tools do (5.2).
func hungCode(action, command string) ocf.Code {
	if action == "stop" && (command == landscape || command == "setpriv") {
		return ocf.ErrGeneric
	}
	return ocf.Success
}

// Every external command, in every action, one at a time: the answer comes before the time-out, with the
// right code, and nothing is left running. A synctest bubble cannot end while something is.
func TestACommandThatHangsDoesNotHangTheAgent(t *testing.T) {
	for _, timeout := range []time.Duration{20 * time.Second, 60 * time.Second, 600 * time.Second} {
		for _, action := range []string{"start", "stop", "monitor", "status", "probe", "reload", "validate-all"} {
			for _, command := range commands {
				t.Run(strings.Join([]string{timeout.String(), action, command}, " "), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t)
						w.forget()
						w.Env["OCF_RESKEY_CRM_meta_timeout"] = milliseconds(timeout)
						w.hang(command)
						env := map[string]string{}
						word := action
						if action == "probe" {
							word, env["OCF_RESKEY_CRM_meta_interval"] = "monitor", "0"
						}
						began := time.Now()
						result := w.CallWith(t, word, env)
						require.Less(t, time.Since(began), timeout)
						require.Equal(t, hungCode(action, command), result.Code, result.Stderr)
					})
				})
			}
		}
	}
}

// What does not depend on the hung command is published all the same.
func TestTheRestIsPublishedWhileACommandHangs(t *testing.T) {
	for command, lost := range map[string][]string{
		state:         {"site"},
		hosts:         {},
		landscape:     {"roles"},
		"saphostctrl": {"vhost"},
		"systemctl":   {},
		"su":          {},
		// Without the user only what the cluster knows itself can be told.
		"getent": {"roles", "site"},
	} {
		row(t, command, func(w *world) {
			w.forget()
			w.Reboot("suse01", "version", "2.00.059.00")
			w.Env["OCF_RESKEY_CRM_meta_timeout"] = "60000"
			w.hang(command)
			wrote := w.wrote(func() { w.Call(t, "monitor") })
			for _, name := range []string{"vhost", "remoteHost", "roles", "site"} {
				has := slices.ContainsFunc(wrote, func(line string) bool { return strings.HasPrefix(line, name+"=") })
				assert.Equal(w.T, !slices.Contains(lost, name), has, "%s in %v", name, wrote)
			}
		})
	}
}

func milliseconds(d time.Duration) string {
	return strconv.FormatInt(d.Milliseconds(), 10)
}
