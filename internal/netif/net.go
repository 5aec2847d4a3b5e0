package netif

import "errors"

// A Net is a handle on one network namespace: that of the thread which asks
// the first question. The zero value is ready to use. A Net is for one
// goroutine at a time.
type Net struct {
	// Trace, unless nil, is called once for each request to the kernel, with
	// what was asked and what came back.
	Trace func(format string, args ...any)
}

// Close closes what the questions have opened. The Net may be used again.
func (n *Net) Close() error { return nil }

// ErrNoNamespace means that no network namespace has the name.
var ErrNoNamespace = errors.New("no such network namespace")

// ErrBadNamespace means that the name cannot be one of a network namespace:
// it is empty, "." or "..", or contains a slash.
var ErrBadNamespace = errors.New("bad name of a network namespace")

// In runs fn inside the network namespace that /run/netns calls ns, on a
// thread of its own; the empty name means the caller's namespace and runs fn
// directly. A Net used inside must be made and closed inside; goroutines that
// fn starts are outside. The thread's /proc/sys/net and /proc/thread-self/net
// are the namespace's, /sys/class/net is not (ipaddr2.md 9).
//
// It returns fn's error as it is, or one matching ErrNoNamespace or
// ErrBadNamespace, or the system's when the namespace cannot be entered.
func In(ns string, fn func() error) error { return errors.ErrUnsupported }
