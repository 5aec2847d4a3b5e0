package run

import (
	"os/exec"
	"syscall"
)

// DetachSelf starts this binary again under another name, as a background worker that outlives the
// caller: in a session of its own, in the root directory, with nothing inherited. Its three streams
// are the null device, because whoever reads ours to the end must not wait for the worker. It returns
// the worker's process id; the worker is not waited for.
func DetachSelf(name string, args ...string) (pid int, err error) {
	cmd := exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        append([]string{name}, args...),
		Env:         BaseEnv(),
		Dir:         "/",
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		return 0, &Error{Cmd: Cmd{Path: name, Args: args}, Err: startError(err)}
	}
	pid = cmd.Process.Pid
	return pid, cmd.Process.Release()
}
