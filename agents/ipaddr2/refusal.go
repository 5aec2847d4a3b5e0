package ipaddr2

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
)

// A misplaced error says that it cannot be told where the address belongs.
type misplaced struct {
	cause cause
	err   error
}

// A cause is why a place could not be selected (ipaddr2.md 4.3).
type cause int

const (
	badSyntax cause = iota
	noInterface
	noRoute
	longLabel
)

// Error is the reason for the operator.
func (m *misplaced) Error() string { return m.err.Error() }

// Unwrap is what the reason was made of.
func (m *misplaced) Unwrap() error { return m.err }

// startCode is the code with which start refuses; compat names the shell agents' generation.
func (m *misplaced) startCode(compat string) ocf.Code {
	switch {
	case m.cause == longLabel:
		return ocf.ErrConfigured
	case compat == "4.18":
		return ocf.ErrInstalled
	case m.cause == badSyntax:
		return ocf.ErrConfigured
	case m.cause == noInterface && compat == "4.12":
		return ocf.ErrConfigured
	case m.cause == noInterface:
		return ocf.ErrInstalled
	}
	return ocf.ErrGeneric
}

// startFailure is the refusal of start.
func (m *misplaced) startFailure(c *ocf.Call) error { return m.startCode(c.Compat).With("%w", m.err) }

// validateCode is the code with which validate-all refuses.
func (m *misplaced) validateCode() ocf.Code {
	if m.cause == noRoute {
		return ocf.ErrGeneric
	}
	return ocf.ErrConfigured
}

// asMisplaced is err as a misplaced error, or nil.
func asMisplaced(err error) *misplaced {
	var m *misplaced
	if errors.As(err, &m) {
		return m
	}
	return nil
}

// busy says that another operation on the address has not let go of it in time.
func (a *config) busy() error {
	return ocf.ErrGeneric.With("another operation on %s is still running, and the time of this one is up", a.ip)
}

// unusableState says that start cannot keep what stop must know.
func unusableState(c *ocf.Call, err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno // the folder has been named
	}
	return fmt.Errorf("state folder %s cannot be written, so nothing was changed: %w", c.State.Dir, err)
}

// causeOf is what the kernel said, without the request that the caller names in its own words.
func causeOf(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return cause
	}
	return err
}

// refusedByKernel gives the code for lacking privilege to a root that the kernel does not obey, as in a
// container without the capability.
func refusedByKernel(err error) error {
	if errors.Is(err, unix.EPERM) && ocf.CodeOf(err) == ocf.ErrGeneric {
		return ocf.ErrPerm.With("root may not change the network here (no CAP_NET_ADMIN): %w", err)
	}
	return err
}
