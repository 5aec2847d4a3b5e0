package crm

import (
	"errors"
	"fmt"
	"strings"

	"ocfbox/internal/run"
)

// That a tool is not installed is run.ErrNotFound, and that it gave no answer run.ErrTimeout.
var (
	// ErrNoAttribute says that the attribute or property is not set: a sure answer.
	ErrNoAttribute = errors.New("no such attribute")
	// ErrNoNode says that the cluster has no node of that name.
	ErrNoNode = errors.New("no such node")
	// ErrNoMatch says that the CIB holds nothing of what was asked for.
	ErrNoMatch = errors.New("nothing in the CIB matches")
	// ErrNotConnected says that Pacemaker is not running on this node, so nothing can be known.
	ErrNotConnected = errors.New("cluster is not running on this node")
	// ErrDenied says that this user may not ask or change that.
	ErrDenied = errors.New("not permitted by the cluster")
	// ErrAmbiguous says that several property or attribute sets hold the name. Name the set.
	ErrAmbiguous = errors.New("several sets hold that name")
	// ErrUsage says that the tool does not know an option: it is older or newer than expected.
	ErrUsage = errors.New("tool refused its arguments")
	// ErrGarbled says that a tool answered with something that is not what it is known to print.
	ErrGarbled = errors.New("answer not understood")
	// ErrBadName and ErrBadValue are returned before any tool is started, for what Pacemaker cannot
	// keep faithfully. See [Attribute.Check] and [CheckValue].
	ErrBadName  = errors.New("not a usable attribute name")
	ErrBadValue = errors.New("not a value Pacemaker keeps faithfully")
)

// Exit codes of the tools. Pacemaker 2 has codes of its own; 1.1 exited with the system's error number.
const (
	exitDenied    = 4   // "Insufficient privileges"
	exitOldNone   = 6   // 1.1: ENXIO
	exitOldDenied = 13  // 1.1: EACCES
	exitOldTime   = 62  // 1.1: ETIME
	exitUsage     = 64  // "Incorrect usage"
	exitForbidden = 77  // "Insufficient privileges", on the tool's own account
	exitNotConn   = 102 // "Not connected"
	exitNone      = 105 // "No such object"; crm_attribute also uses it for an unknown node
	exitOldConn   = 107 // 1.1: ENOTCONN; in Pacemaker 2 "Operation not safe", which our calls never meet
	exitMultiple  = 109 // "Multiple items match request"
	exitTimeout   = 124 // "Timeout occurred": the tool gave up waiting for a daemon
)

// An Error is the refusal of a tool. It wraps the sentinel that its exit code stands for, or none.
type Error struct {
	// Tool is the program's name.
	Tool string
	// Code is its exit code.
	Code int
	// Message is the first line it wrote to standard error, without its own name in front.
	Message string
	// Err is what the code means, or nil when this package does not know it.
	Err error
}

func newError(tool string, result run.Result) *Error {
	message := strings.TrimPrefix(result.FirstError(), tool+": ")
	return &Error{Tool: tool, Code: result.Code, Message: message, Err: meaning(tool, result.Code, message)}
}

// Error says the tool, its exit code and its words.
func (e *Error) Error() string {
	text := fmt.Sprintf("run %s: exit %d", e.Tool, e.Code)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Message != "" {
		text += fmt.Sprintf(" (%q)", e.Message)
	}
	return text
}

// Unwrap is what the exit code means.
func (e *Error) Unwrap() error { return e.Err }

func meaning(tool string, code int, message string) error {
	switch code {
	case exitNone, exitOldNone:
		return nothing(tool, message)
	case exitNotConn, exitOldConn:
		return ErrNotConnected
	case exitDenied, exitForbidden, exitOldDenied:
		return ErrDenied
	case exitUsage:
		return ErrUsage
	case exitMultiple:
		return ErrAmbiguous
	case exitTimeout, exitOldTime:
		return run.ErrTimeout
	}
	return nil
}

// nothing tells the two things apart for which crm_attribute exits with 105.
func nothing(tool, message string) error {
	switch {
	case strings.HasPrefix(message, "Could not map name="):
		return ErrNoNode
	case tool == toolAttribute, tool == toolMaster:
		return ErrNoAttribute
	}
	return ErrNoMatch
}
