package ocf

import (
	"context"
	"time"
)

// An Agent declares a resource agent. The order of its fields is the order a reader meets things:
// identity, words, operations, parameters and actions.
type Agent struct {
	// Name is the resource type, such as IPaddr2.
	Name string
	// Version is the agent's version in its meta-data.
	Version string
	// Short is one line, Long is prose for the manual and for `crm ra info`.
	Short, Long string
	// Ops are the advertised operations in the order of the meta-data.
	Ops []Op
	// New binds the parameters to a new instance and returns its actions. It runs for meta-data too,
	// so it binds and does nothing else.
	New func(*Params) Actions
	// OneWord refuses a call of more than one word with the usage text and ErrArgs, as Filesystem does;
	// others ignore the words after the action.
	OneWord bool
	// Heartbeat says how heartbeat's resource scripts call this agent; nil is never.
	Heartbeat *Heartbeat
}

// An Op is an operation as the meta-data advertises it.
type Op struct {
	// Name is the action's name.
	Name string
	// Timeout is the advised time-out.
	Timeout time.Duration
	// Interval is the advised interval of a recurring operation, or 0.
	Interval time.Duration
	// Depth is the check level as the meta-data states it, or empty.
	Depth string
	// Role is the role a monitor is for, or empty.
	Role string
}

// An ActionFunc carries out one action. The context ends before Pacemaker's time-out does, early
// enough to report. The error decides the exit code: see [CodeOf].
type ActionFunc func(context.Context, *Call) error

// Actions are what an agent can do. An action that is nil answers ErrUnimplemented.
type Actions struct {
	Start, Stop, Monitor, Status, Validate ActionFunc
	Promote, Demote, Notify                ActionFunc
	MigrateTo, MigrateFrom, Reload         ActionFunc
}

// byName is the action for a word of the command line; known tells whether it is an OCF action at all.
func (a Actions) byName(name string) (act ActionFunc, known bool) {
	switch name {
	case "start":
		return a.Start, true
	case "stop":
		return a.Stop, true
	case "monitor":
		return a.Monitor, true
	case "status":
		return a.Status, true
	case "validate-all":
		return a.Validate, true
	case "promote":
		return a.Promote, true
	case "demote":
		return a.Demote, true
	case "notify":
		return a.Notify, true
	case "migrate_to":
		return a.MigrateTo, true
	case "migrate_from":
		return a.MigrateFrom, true
	case "reload":
		return a.Reload, true
	}
	return nil, false
}

// isActionWord reports whether a single argument asks for OCF mode even without a cluster's
// environment (ocf-framework.md 13.3).
func isActionWord(word string) bool {
	switch word {
	case "meta-data", "usage", "help", "reload-agent":
		return true
	}
	_, known := Actions{}.byName(word)
	return known
}
