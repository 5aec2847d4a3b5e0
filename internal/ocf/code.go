package ocf

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Code is an OCF return code (ocf-framework.md 3). It is an error, so that an action can return
// NotRunning as it is; Success is never returned as an error, nil is.
type Code int

// The codes Pacemaker understands.
const (
	Success          Code = 0
	ErrGeneric       Code = 1 // a passing or unspecified failure: restart, or elsewhere after migration-threshold
	ErrArgs          Code = 2 // wrong on this node: the node is banned
	ErrUnimplemented Code = 3
	ErrPerm          Code = 4
	ErrInstalled     Code = 5 // something is missing on this node: the node is banned
	ErrConfigured    Code = 6 // wrong on every node: stopped everywhere until cleaned up
	NotRunning       Code = 7 // monitor only: cleanly stopped
	RunningPromoted  Code = 8
	FailedPromoted   Code = 9
	Degraded         Code = 190
	DegradedPromoted Code = 191
)

var codeNames = [...]string{
	"ok", "unspecified error", "invalid argument", "not implemented", "insufficient privileges",
	"not installed", "not configured", "not running", "promoted", "promoted (failed)",
}

// Error is the name crm_mon shows for the code.
func (c Code) Error() string {
	switch {
	case c >= 0 && int(c) < len(codeNames):
		return codeNames[c]
	case c == Degraded:
		return "degraded"
	case c == DegradedPromoted:
		return "promoted (degraded)"
	}
	return fmt.Sprintf("code %d", int(c))
}

// With is a failure with this code and the line the operator reads. An error among the arguments that
// is formatted with %w stays available to errors.Is.
func (c Code) With(format string, args ...any) error {
	return &Failure{Code: c, err: fmt.Errorf(format, args...)}
}

// A Failure is an outcome with its reason.
type Failure struct {
	Code Code
	err  error
}

// Error is the reason.
func (f *Failure) Error() string { return f.err.Error() }

// Unwrap is what the reason was made of.
func (f *Failure) Unwrap() error { return f.err }

// CodeOf is the code an action's error stands for: nil is Success, and an error without a code is
// ErrGeneric, the one failure from which Pacemaker may recover on the same node.
func CodeOf(err error) Code {
	var failure *Failure
	var code Code
	switch {
	case err == nil:
		return Success
	case errors.As(err, &failure):
		return failure.Code
	case errors.As(err, &code):
		return code
	}
	return ErrGeneric
}

// maxReason bounds the reason in bytes: Pacemaker keeps it in the CIB (ocf-framework.md 9).
const maxReason = 199

// Reason is the line for the operator that goes with err: one line, short enough for the CIB, and
// empty for success and for a bare code, which explains itself.
func Reason(err error) string {
	if _, bare := err.(Code); bare || CodeOf(err) == Success {
		return ""
	}
	return oneLine(err.Error(), maxReason)
}

// oneLine folds white space, masks what cannot be printed or written to XML, and cuts at a whole
// character.
func oneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return '?'
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit-3], "") + "..."
}
