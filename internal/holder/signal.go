package holder

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// A Handle refers to one process, even after its number has been given to another. It is to be closed.
type Handle struct {
	pid int
	// fd is the pidfd, or -1 on kernels before 5.3; there, begun is what tells a process from its successor.
	fd    int
	begun string
	proc  View
}

// Hold refers to the process that has the number now. The error is unix.ESRCH when there is none.
func Hold(proc View, pid int) (*Handle, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err == nil {
		return &Handle{pid: pid, fd: fd}, nil
	}
	if !errors.Is(err, unix.ENOSYS) {
		return nil, fmt.Errorf("hold process %d: %w", pid, err)
	}
	begun, ok := begunAt(proc, pid)
	if !ok {
		return nil, fmt.Errorf("hold process %d: %w", pid, unix.ESRCH)
	}
	return &Handle{pid: pid, fd: -1, begun: begun, proc: proc}, nil
}

// Close lets go of the process.
func (h *Handle) Close() {
	if h.fd >= 0 {
		_ = unix.Close(h.fd)
	}
}

// Signal sends a signal. That the process has ended is no error.
func (h *Handle) Signal(signal unix.Signal) error {
	var err error
	switch begun, ok := "", false; {
	case h.fd >= 0:
		err = unix.PidfdSendSignal(h.fd, signal, nil, 0)
	default:
		if begun, ok = begunAt(h.proc, h.pid); ok && begun == h.begun {
			err = unix.Kill(h.pid, signal)
		}
	}
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signal process %d: %w", h.pid, err)
	}
	return nil
}

// AwaitEnd waits until all processes have ended, and reports whether they have. It gives up when the time is over
// or ctx ends.
func AwaitEnd(ctx context.Context, handles []*Handle, atMost time.Duration) bool {
	until := time.Now().Add(atMost)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	for _, h := range handles {
		for !h.ended(min(time.Until(until), slice)) {
			if ctx.Err() != nil || !time.Now().Before(until) {
				return false
			}
		}
	}
	return true
}

// slice is how long a wait for a process takes no notice of a context.
const slice = 50 * time.Millisecond

// ended waits a while for the process's end.
func (h *Handle) ended(wait time.Duration) bool {
	if h.fd < 0 {
		begun, ok := begunAt(h.proc, h.pid)
		if ok && begun == h.begun {
			time.Sleep(max(0, min(wait, slice/5)))
			return false
		}
		return true
	}
	fds := []unix.PollFd{{Fd: int32(h.fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, int(max(0, wait+time.Millisecond-1)/time.Millisecond))
	return err == nil && n > 0
}

// begunAt is the time at which a process began, in the kernel's ticks, unless it has ended.
func begunAt(proc View, pid int) (string, bool) {
	text, err := proc.Read(strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", false
	}
	st, ok := parseStatus(text)
	return st.begun, ok && st.state != 'Z' && st.state != 'X'
}
