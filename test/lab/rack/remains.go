package rack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// killHolders kills every process that has the lock file open: the rack, and an `up`
// that is still at work. It returns when they have ended, and with a rack all its nodes.
func killHolders(path string, end time.Time) error {
	pids, err := holders(path)
	if err != nil {
		return err
	}
	var dying []int
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue
		}
		defer unix.Close(fd)
		// Asked again now that the number cannot come to mean another process.
		if again, err := holders(path); err != nil || !slices.Contains(again, pid) {
			continue
		}
		if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err == nil {
			dying = append(dying, fd)
		}
	}
	for _, fd := range dying {
		if err := awaitEnd(fd, end); err != nil {
			return err
		}
	}
	return nil
}

// awaitEnd waits for the end of a process. The kernel reports that of a rack only
// after every process inside it has ended.
func awaitEnd(pidfd int, end time.Time) error {
	for {
		left := int(time.Until(end).Milliseconds())
		if left <= 0 {
			return errors.New("a process of the laboratory does not end although it was killed")
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, left)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if n == 1 {
			return nil
		}
	}
}

// holders lists the processes that have path open, but not this one.
func holders(path string) ([]int, error) {
	want, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// A process that ends while we look is no holder: errors mean nothing here.
	descriptors, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, d := range descriptors {
		target, err := os.Readlink(d)
		if err != nil || target != path {
			continue
		}
		have, err := os.Stat(d)
		if err != nil || !os.SameFile(want, have) {
			continue
		}
		var pid int
		if _, err := fmt.Sscanf(d, "/proc/%d/", &pid); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// awaitRemains waits until no process of the laboratory is left. A rack that ended by itself lets go of
// the lock a moment before the kernel has killed all that is in it.
func awaitRemains(p Place, end time.Time) error {
	for {
		left, err := remains(p)
		if err != nil || len(left) == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("processes %v of the laboratory do not end", left)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// remains lists the processes that carry the laboratory's mark in another PID namespace than ours:
// a shell of ours may have the same variable.
func remains(p Place) ([]string, error) {
	ours, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return nil, err
	}
	// A process that ends while we look does not remain: errors mean nothing here.
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var left []string
	for _, f := range folders {
		namespace, err := os.Readlink(filepath.Join(f, "ns", "pid"))
		if err != nil || namespace == ours {
			continue
		}
		environment, err := os.ReadFile(filepath.Join(f, "environ"))
		if err == nil && slices.Contains(strings.Split(string(environment), "\x00"), p.Mark()) {
			left = append(left, filepath.Base(f))
		}
	}
	return left, nil
}
