package ocf

import (
	"io"
	"strings"
	"time"

	"ocfbox/internal/run"
)

// An Env is the process as an agent sees it. Only a main function fills one from the real process;
// tests fill their own, and so run in parallel.
type Env struct {
	// Lookup reads an environment variable, as os.LookupEnv does.
	Lookup func(name string) (string, bool)
	// Stdout and Stderr are what the caller reads.
	Stdout, Stderr io.Writer
	// Terminal reports whether standard input is a terminal; nil is no.
	Terminal func() bool
	// Runner starts other programs.
	Runner run.Runner
	// Started is when the process began: the operation's time-out counts from there.
	Started time.Time
	// UID is the effective user.
	UID int
	// PID is the process id, for log tags.
	PID int
	// Journal and Syslog are the sockets of the logging daemons; empty is where the system has them.
	Journal, Syslog string

	// applet is the name in log tags, where it is not the agent's.
	applet string
}

// get is a variable's value, or empty.
func (e *Env) get(name string) string {
	value, _ := e.Lookup(name)
	return value
}

// or is a variable's value when it is set and not empty, else other.
func (e *Env) or(name, other string) string {
	if value := e.get(name); value != "" {
		return value
	}
	return other
}

// params reads instance attributes.
func (e *Env) params(name string) (string, bool) { return e.Lookup("OCF_RESKEY_" + name) }

// Over is the environment with some instance attributes given by a caller that has no OCF
// environment; what else the process carries of OCF, but for tracing, is not theirs and is hidden.
// applet is the name in log tags, instance the resource's.
func (e *Env) Over(applet, instance string, params map[string]string) *Env {
	copied := *e
	copied.applet = applet
	copied.Lookup = func(name string) (string, bool) {
		if name == "OCF_RESOURCE_INSTANCE" {
			return instance, true
		}
		if key, ok := strings.CutPrefix(name, "OCF_RESKEY_"); ok {
			value, set := params[key]
			return value, set
		}
		if strings.HasPrefix(name, "OCF_") && name != "OCF_ROOT" && !strings.HasPrefix(name, "OCF_TRACE_") {
			return "", false
		}
		return e.Lookup(name)
	}
	return &copied
}
