// Package ocftest calls an agent in a test as Pacemaker would, without a process.
package ocftest

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// A Resource is a configured resource of an agent. The zero values are a recurring monitor's
// surroundings: root, Pacemaker's variables, an interval of ten seconds, a time-out of twenty.
type Resource struct {
	Agent *ocf.Agent
	// Params are the instance attributes.
	Params map[string]string
	// Env are further variables; they win over what is made here. A variable that is "-" is unset.
	Env map[string]string
	// UID is the user; 0 is root.
	UID int
	// Runner starts programs; nil is a node that has none.
	Runner run.Runner
	// State is the directory for run-time state; empty is a new one of the test.
	State string
}

// A Result is what the caller of an agent sees.
type Result struct {
	Code           ocf.Code
	Stdout, Stderr string
	// Reason is the exit reason as Pacemaker reads it: after the last prefix, to the end of the line.
	Reason string
}

const prefix = "ocf-exit-reason:"

// Call runs one action.
func (r *Resource) Call(t testing.TB, action string) Result {
	t.Helper()
	return r.CallWith(t, action, nil)
}

// Probe runs a one-shot monitor.
func (r *Resource) Probe(t testing.TB) Result {
	t.Helper()
	return r.CallWith(t, "monitor", map[string]string{"OCF_RESKEY_CRM_meta_interval": "0"})
}

// CallWith runs one action with further variables for this call.
func (r *Resource) CallWith(t testing.TB, action string, extra map[string]string) Result {
	t.Helper()
	return r.run(t, extra, func(env *ocf.Env) int { return ocf.Main(env, r.Agent, []string{action}) })
}

// Words calls the agent with any number of words.
func (r *Resource) Words(t testing.TB, words ...string) Result {
	t.Helper()
	return r.run(t, nil, func(env *ocf.Env) int { return ocf.Main(env, r.Agent, words) })
}

// Dispatch calls the agent by the path of a program and words, as main does. Pacemaker's variables are
// not there unless Env or extra bring them, and neither are Params: a script of heartbeat's gets words.
func (r *Resource) Dispatch(t testing.TB, extra map[string]string, program string, words ...string) Result {
	t.Helper()
	r.prepare(t)
	bare := *r
	bare.Params = nil
	none := make(map[string]string)
	for name := range r.variables(nil) {
		if strings.HasPrefix(name, "OCF_") {
			none[name] = "-"
		}
	}
	maps.Copy(none, r.Env)
	maps.Copy(none, extra)
	return bare.run(t, none, func(env *ocf.Env) int { return ocf.Dispatch(env, r.Agent, program, words) })
}

func (r *Resource) run(t testing.TB, extra map[string]string, call func(*ocf.Env) int) Result {
	r.prepare(t)
	vars := r.variables(extra)
	var stdout, stderr bytes.Buffer
	env := &ocf.Env{
		Lookup:  func(name string) (string, bool) { value, set := vars[name]; return value, set },
		Stdout:  &stdout,
		Stderr:  &stderr,
		Runner:  r.Runner,
		Started: time.Now(),
		UID:     r.UID,
		PID:     os.Getpid(),
		// A test writes nothing to the host's logs.
		Journal: filepath.Join(r.State, "journal"),
		Syslog:  filepath.Join(r.State, "syslog"),
	}
	if env.Runner == nil {
		env.Runner = nothing{}
	}
	code := call(env)
	return Result{Code: ocf.Code(code), Stdout: stdout.String(), Stderr: stderr.String(), Reason: reason(stderr.String())}
}

func (r *Resource) prepare(t testing.TB) {
	if r.State == "" {
		r.State = t.TempDir()
	}
}

func (r *Resource) variables(extra map[string]string) map[string]string {
	vars := map[string]string{
		"OCF_ROOT":                     "/usr/lib/ocf",
		"OCF_RA_VERSION_MAJOR":         "1",
		"OCF_RA_VERSION_MINOR":         "1",
		"OCF_RESOURCE_INSTANCE":        "t",
		"OCF_RESOURCE_TYPE":            r.Agent.Name,
		"OCF_RESKEY_CRM_meta_timeout":  "20000",
		"OCF_RESKEY_CRM_meta_interval": "10000",
		"OCF_RESKEY_crm_feature_set":   "3.16.2",
		"OCF_RESKEY_CRM_meta_on_node":  "suse01",
		"HA_RSCTMP":                    r.State,
	}
	for name, value := range r.Params {
		vars["OCF_RESKEY_"+name] = value
	}
	for _, more := range []map[string]string{r.Env, extra} {
		maps.Copy(vars, more)
		// Only a variable is unset by "-": as a parameter's value it is one.
		maps.DeleteFunc(vars, func(name, value string) bool { return value == "-" && more[name] == value })
	}
	return vars
}

// reason is what Pacemaker shows: the last line that has the prefix.
func reason(stderr string) string {
	at := strings.LastIndex(stderr, prefix)
	if at < 0 {
		return ""
	}
	line, _, _ := strings.Cut(stderr[at+len(prefix):], "\n")
	return line
}

// nothing is a node on which no program can be run.
type nothing struct{}

func (nothing) Run(_ context.Context, c run.Cmd) (run.Result, error) {
	return run.Result{}, &run.Error{Cmd: c, Err: run.ErrNotFound}
}
