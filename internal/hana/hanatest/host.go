// Package hanatest has a host with SAP HANA for the agents' tests: one of the two nodes of a cluster in memory,
// SAP's tools as programs that answer as told, and the files of an installation in a directory of the test.
// What the tools mean is the tests' to say; nothing here behaves like a database.
package hanatest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// Here is the node that the agent runs on, with site WDF; There is the partner, with site ROT.
const (
	Here  = "suse01"
	There = "suse02"
)

// A Host is node Here with instance 10 of HA1. Its Resource is called as Pacemaker calls agents; the test
// gives it the agent. It may be used by many goroutines.
type Host struct {
	ocftest.Resource
	T       testing.TB
	Cluster *crmtest.Cluster
	// Root is the directory that stands for the host's root directory.
	Root string

	mu    sync.Mutex
	tools map[string]runtest.Program
	asked []string
}

// New is a host whose user and tools are there, in a pair that the cluster knows by its sites. No tool of SAP's
// answers yet.
func New(t testing.TB) *Host {
	h := &Host{T: t, Cluster: crmtest.New(Here, There), Root: t.TempDir(), tools: map[string]runtest.Program{}}
	h.Runner, h.State = h.Cluster, t.TempDir()
	h.Params = map[string]string{"SID": "HA1", "InstanceNumber": "10"}
	h.Env = map[string]string{"OCF_RESKEY_CRM_meta_clone_max": "2", "OCF_RESKEY_CRM_meta_clone_node_max": "1"}
	h.File("/usr/sap/HA1/HDB10/exe/manifest", "[manifest]\nfullversion: 2.00.059.00 Build 1630000000-1530\n")
	h.Cluster.Override("getent", runtest.Says(0, "ha1adm:x:1001:79:SAP:/usr/sap/HA1/home:/bin/csh\n"))
	h.Cluster.Override("su", runtest.Says(0, "welcome\n\x00HOME=/usr/sap/HA1/home\x00PATH=/usr/sap/HA1/HDB10/exe:/usr/bin\x00LC_ALL=de_DE\x00"))
	h.Cluster.Override("setpriv", h.setpriv)
	h.Cluster.Override("systemctl", runtest.Says(0, ""))
	for node, values := range map[string][2]string{Here: {"WDF", There}, There: {"ROT", Here}} {
		h.Forever(node, "site", values[0])
		h.Forever(node, "vhost", node)
		h.Forever(node, "remoteHost", values[1])
		h.Forever(node, "srmode", "sync")
	}
	return h
}

// setpriv runs the tool behind the double dash: the user's, by its first argument or its script's name.
func (h *Host) setpriv(ctx context.Context, c run.Cmd) (run.Result, error) {
	at := slices.Index(c.Args, "--")
	require.Equal(h.T, []string{"--reuid=1001", "--regid=79", "--init-groups"}, c.Args[:at])
	key := c.Args[at+2]
	if c.Args[at+1] == "python" {
		key = filepath.Base(key)
	}
	h.mu.Lock()
	h.asked = append(h.asked, strings.Join(c.Args[at+1:], " "))
	tool := h.tools[key]
	h.mu.Unlock()
	switch {
	case tool == nil:
		return runtest.Complains(127, "setpriv: failed to execute "+c.Args[at+1]+": No such file or directory")(ctx, c)
	case ctx.Err() != nil:
		return runtest.Fails(run.ErrTimeout)(ctx, c)
	}
	return tool(ctx, c)
}

// Tool gives one of the user's tools a program, by its first argument, such as -sr_state, or by the script's
// name. A nil program is a tool that is not there.
func (h *Host) Tool(tool string, program runtest.Program) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tools[tool] = program
}

// SAP makes one of the user's tools answer so.
func (h *Host) SAP(tool string, code int, text string) { h.Tool(tool, runtest.Says(code, text)) }

// Asked are the calls of the user's tools since Forget, in their order.
func (h *Host) Asked() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked)
}

// Count is how many of the user's tools' calls have the word.
func (h *Host) Count(word string) int {
	n := 0
	for _, call := range h.Asked() {
		if strings.Contains(call+" ", word+" ") {
			n++
		}
	}
	return n
}

// Calls are the arguments of each call of a program since Forget. The user's tools are calls of setpriv.
func (h *Host) Calls(program string) []string {
	var all []string
	for _, call := range h.Cluster.Calls() {
		if filepath.Base(call.Path) == program {
			all = append(all, strings.Join(call.Args, " "))
		}
	}
	return all
}

// Programs are the commands since Forget as an operator would read them, below a root of "/", and how many
// programs they execute: setpriv becomes the tool behind its double dash, in one process. What runs side by
// side has no order, so the lines are sorted.
func (h *Host) Programs() (lines []string, programs int) {
	for _, call := range h.Cluster.Calls() {
		lines = append(lines, strings.ReplaceAll(call.String(), h.Root, ""))
		programs++
		if call.Path == "setpriv" {
			programs++
		}
	}
	slices.Sort(lines)
	return lines, programs
}

// Forget clears the record of calls.
func (h *Host) Forget() {
	h.Cluster.Forget()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = nil
}

// File makes a file of the host, which may be executed, with its directories.
func (h *Host) File(path, text string) {
	path = filepath.Join(h.Root, path)
	require.NoError(h.T, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(h.T, os.WriteFile(path, []byte(text), 0o755))
}

// NoFile removes a file of the host, or a directory with all in it.
func (h *Host) NoFile(path string) { require.NoError(h.T, os.RemoveAll(filepath.Join(h.Root, path))) }

// Has reports whether the host has a file.
func (h *Host) Has(path string) bool {
	_, err := os.Stat(filepath.Join(h.Root, path))
	return err == nil
}

// Set gives an attribute a value; an empty one removes it.
func (h *Host) Set(a crm.Attribute, value string) {
	cluster := crm.Cluster{Runner: h.Cluster}
	if value == "" {
		require.NoError(h.T, cluster.Delete(context.Background(), a))
		return
	}
	require.NoError(h.T, cluster.Set(context.Background(), a, value))
}

// Value is that of an attribute, or empty.
func (h *Host) Value(a crm.Attribute) string {
	cluster := crm.Cluster{Runner: h.Cluster}
	value, _ := cluster.Get(context.Background(), a)
	return value
}

// Forever sets a permanent attribute of a node, hana_ha1_<name>.
func (h *Host) Forever(node, name, value string) {
	h.Set(crm.PermanentOf(node, "hana_ha1_"+name), value)
}

// Reboot sets a transient attribute of a node, hana_ha1_<name>.
func (h *Host) Reboot(node, name, value string) {
	h.Set(crm.TransientOf(node, "hana_ha1_"+name), value)
}

// Took is how long fn takes on the clock of the test's bubble.
func Took(fn func()) time.Duration {
	began := time.Now()
	fn()
	return time.Since(began)
}
