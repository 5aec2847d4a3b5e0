package syncview

import (
	"fmt"

	"ocfbox/internal/drbd"
)

// The exit codes: they are the same for everything that judges a state. Plugins for monitoring systems know no 4.
const (
	exitOK       = 0
	exitDegraded = 2
	exitUnknown  = 3
	// exitUnusable is a split brain, or data that must not be used.
	exitUnusable = 4
	// ExitUsage is a wrong command line: none of the codes that say something of the data.
	ExitUsage = 64
)

// A Failure is an error with the exit code it stands for. Err is nil when everything has been said.
type Failure struct {
	Err  error
	Hint string
	Code int
}

// Error is what went wrong.
func (f *Failure) Error() string {
	if f.Err == nil {
		return fmt.Sprintf("exit code %d", f.Code)
	}
	return f.Err.Error()
}

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

func usage(hint, format string, args ...any) error {
	return &Failure{Err: fmt.Errorf(format, args...), Hint: hint, Code: ExitUsage}
}

// status is a resource's exit code: that of its verdict, but data that must not be used count whichever copy is worst.
func status(r Resource) int {
	for _, c := range r.Copies {
		if !c.Excluded && c.ExitCode() == exitUnusable {
			return exitUnusable
		}
	}
	return r.ExitCode()
}

// worst is the exit code of all resources together, by the same rule.
func worst(report drbd.Report, all []Resource) int {
	for _, r := range all {
		if r.Status == exitUnusable {
			return exitUnusable
		}
	}
	return report.ExitCode()
}

// plugin is an exit code in the convention of monitoring plugins, where 4 has no meaning.
func plugin(code int) int {
	switch code {
	case exitUnusable:
		return exitDegraded
	case ExitUsage:
		return exitUnknown
	}
	return code
}
