package run

import (
	"math"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// DetachSelf starts this binary again under another name, as a background worker that outlives the
// caller: in a session of its own, in the root directory, in the network namespace of the calling
// goroutine's thread, with nothing else inherited. Its three streams are the null device, because
// whoever reads ours to the end must not wait for the worker. It returns the worker's process id; the
// worker is not waited for.
func DetachSelf(name string, args ...string) (pid int, err error) {
	cmd := exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        append([]string{name}, args...),
		Env:         BaseEnv(),
		Dir:         "/",
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	keepDescriptors()
	if err := cmd.Start(); err != nil {
		return 0, &Error{Cmd: Cmd{Path: name, Args: args}, Err: startError(err, cmd.Dir)}
	}
	pid = cmd.Process.Pid
	return pid, cmd.Process.Release()
}

// keepDescriptors marks what we inherited, such as a trace's descriptor, as ours alone: what a program
// leaves behind must not hold a caller's pipe. Go marks the descriptors that it opens itself.
func keepDescriptors() {
	if unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	// Before Linux 5.11 they are marked one by one.
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}
