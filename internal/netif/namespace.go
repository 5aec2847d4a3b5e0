package netif

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrNoNamespace means that no network namespace has the name.
var ErrNoNamespace = errors.New("no such network namespace")

// ErrBadNamespace means that the name cannot be one of a network namespace:
// it is "." or "..", or contains a slash or a zero byte.
var ErrBadNamespace = errors.New("bad name of a network namespace")

// In runs fn inside the network namespace that /run/netns calls ns, with the
// goroutine locked to its thread; the empty name means the caller's
// namespace and runs fn directly. A Net used inside must be made and closed
// inside; goroutines that fn starts are outside. The thread's /proc/sys/net
// and /proc/thread-self/net are the namespace's, /sys/class/net is not
// (ipaddr2.md 9).
//
// It returns fn's error as it is, or one matching ErrNoNamespace or
// ErrBadNamespace, or the system's when the namespace cannot be entered. When
// the thread cannot return it stays locked, and ends with the goroutine.
func In(ns string, fn func() error) (err error) {
	if ns == "" {
		return fn()
	}
	if ns == "." || ns == ".." || strings.ContainsAny(ns, "/\x00") {
		return fmt.Errorf("%w: %q", ErrBadNamespace, ns)
	}
	there, err := openNamespace(ns)
	if err != nil {
		return err
	}
	defer unix.Close(there)

	runtime.LockOSThread()
	here, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("open own network namespace: %w", err)
	}
	defer unix.Close(here)
	if err := unix.Setns(there, unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return enterError(ns, err)
	}
	defer func() {
		if back := unix.Setns(here, unix.CLONE_NEWNET); back != nil {
			err = errors.Join(err, fmt.Errorf("leave network namespace %q: %w", ns, back))
			return
		}
		runtime.UnlockOSThread()
	}()
	return fn()
}

func openNamespace(ns string) (int, error) {
	fd, err := unix.Open(filepath.Join("/run/netns", ns), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return -1, fmt.Errorf("%w: %q", ErrNoNamespace, ns)
	}
	if err != nil {
		return -1, fmt.Errorf("open network namespace %q: %w", ns, err)
	}
	return fd, nil
}

// enterError tells a file that nothing is mounted on, as a crash in the middle
// of `ip netns add` leaves it, from other obstacles.
func enterError(ns string, err error) error {
	if errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("%w: %q is an empty file", ErrNoNamespace, ns)
	}
	return fmt.Errorf("enter network namespace %q: %w", ns, err)
}
