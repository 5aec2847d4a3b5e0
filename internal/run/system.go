package run

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// System runs real programs. The zero value is ready to use.
//
// Each program leads a process group of its own, so that all it started can be killed when its time
// is up, and is killed by the kernel when this process dies, because Pacemaker kills only our group.
// A program that runs longer than GuardAfter is watched by a guard process as well, which kills the
// group's remaining members should we be killed: the kernel's parent-death signal reaches a child,
// not its children.
type System struct {
	// Env is the base environment; nil is BaseEnv().
	Env []string
	// Path are the directories in which a bare name is looked up; nil is SystemPath.
	Path []string
	// GuardAfter is how long a program runs before a guard is set beside it; 0 is 200 ms. Quick
	// programs, which are nearly all, never pay for one.
	GuardAfter time.Duration
	// NoGuard turns the guard off, for callers whose binary does not answer to GuardName.
	NoGuard bool
	// Missing makes every look-up fail, as ocf-tester asks for with OCF_TESTER_FAIL_HAVE_BINARY.
	Missing bool
}

// SystemPath is where programs are looked for: the directories an agent may rely on
// (ocf-framework.md 1.2).
const SystemPath = "/usr/sbin:/usr/bin:/sbin:/bin"

// drain bounds the wait for output that a surviving grandchild holds open.
const drain = 250 * time.Millisecond

// BaseEnv is the environment every program gets: the C locale, and the search path.
func BaseEnv() []string {
	return []string{"LC_ALL=C", "LANG=C", "PATH=" + SystemPath}
}

// Run starts c and waits for its end. See [Runner].
func (s *System) Run(ctx context.Context, c Cmd) (Result, error) {
	path, err := s.lookUp(c.Path)
	if err != nil {
		return Result{}, &Error{Cmd: c, Err: err}
	}
	if ctx.Err() != nil {
		return Result{}, &Error{Cmd: c, Err: ErrTimeout}
	}
	// The parent-death signal is sent when the thread that forked ends, so this goroutine keeps its
	// thread until the program has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	stdout, stderr := newBounded(c.MaxOutput), newBounded(c.MaxOutput)
	cmd := exec.CommandContext(ctx, path, c.Args...)
	cmd.Args[0] = c.Path
	cmd.Env = s.environment(c.Env)
	cmd.Dir = c.Dir
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	if c.Stdin != nil {
		cmd.Stdin = strings.NewReader(string(c.Stdin))
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = drain

	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Result{}, &Error{Cmd: c, Err: startError(err)}
	}
	stopGuard := s.guard(cmd.Process.Pid)
	err = cmd.Wait()
	stopGuard()
	took := time.Since(began)

	if ended(ctx, cmd.ProcessState) {
		return Result{}, &Error{Cmd: c, Err: ErrTimeout, After: took}
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState == nil {
		return Result{}, &Error{Cmd: c, Err: err, After: took}
	}
	return Result{
		Code:      exitCode(cmd.ProcessState),
		Stdout:    stdout.Bytes(),
		Stderr:    stderr.Bytes(),
		Truncated: stdout.cut || stderr.cut,
		Took:      took,
	}, nil
}

// ended reports whether the program's end was our doing: the context had ended, and the program did
// not exit of its own will.
func ended(ctx context.Context, state *os.ProcessState) bool {
	if ctx.Err() == nil || state == nil {
		return ctx.Err() != nil
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	return !ok || status.Signaled()
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// killGroup kills the program and what it started in its group.
func killGroup(pid int) error {
	err := unix.Kill(-pid, unix.SIGKILL)
	if errors.Is(err, unix.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

func startError(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return ErrNotFound
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Has reports whether a program of that name is there to be run.
func (s *System) Has(name string) bool {
	_, err := s.lookUp(name)
	return err == nil
}

// lookUp finds an executable file without looking at the environment or the working directory.
func (s *System) lookUp(name string) (string, error) {
	if s.Missing {
		return "", ErrNotFound
	}
	if filepath.IsAbs(name) {
		return name, nil
	}
	dirs := s.Path
	if dirs == nil {
		dirs = strings.Split(SystemPath, ":")
	}
	if strings.ContainsRune(name, '/') || name == "" {
		return "", ErrNotFound
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return path, nil
		}
	}
	return "", ErrNotFound
}

// environment is the base with the command's entries over it; the last of a name wins.
func (s *System) environment(extra []string) []string {
	base := s.Env
	if base == nil {
		base = BaseEnv()
	}
	env := make([]string, 0, len(base)+len(extra))
	for _, entry := range slices.Concat(base, extra) {
		name, _, _ := strings.Cut(entry, "=")
		env = slices.DeleteFunc(env, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		env = append(env, entry)
	}
	return env
}
