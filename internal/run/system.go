package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
// not its children. A program that changes its user, as su does, loses that signal and is the
// guard's alone. A daemon that leaves the group is nobody's: it lives on, as it meant to.
//
// A program gets standard input, output and error, and no other descriptor of this process.
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

var _ Runner = (*System)(nil)

// SystemPath is where programs are looked for: the directories an agent may rely on
// (ocf-framework.md 1.2).
const SystemPath = "/usr/sbin:/usr/bin:/sbin:/bin"

const (
	// drain bounds the wait for output that a surviving grandchild holds open. What the program itself
	// wrote is in the pipe by then.
	drain = 100 * time.Millisecond
	// unkillable is how long after its time was up a program may take to die. One that is stuck in the
	// kernel takes for ever.
	unkillable = 5 * drain
)

// BaseEnv is the environment every program gets: the C locale, and the search path.
func BaseEnv() []string {
	return []string{"LC_ALL=C", "LANG=C", "PATH=" + SystemPath}
}

// Run starts c and waits for its end. See [Runner]. The program runs in the network namespace of the
// calling goroutine's thread. Run returns within a fraction of a second of the context's end even when
// the program cannot be killed.
func (s *System) Run(ctx context.Context, c Cmd) (Result, error) {
	path, err := s.lookUp(c.Path)
	if err != nil {
		return Result{}, &Error{Cmd: c, Err: err}
	}
	if ctx.Err() != nil {
		return Result{}, &Error{Cmd: c, Err: ErrTimeout}
	}
	// The parent-death signal is sent when the thread that forked ends, so this goroutine keeps its
	// thread until the program has ended. The fork is made here and nowhere else: a caller may have
	// brought its thread into a network namespace.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return s.run(ctx, path, c)
}

func (s *System) run(ctx context.Context, path string, c Cmd) (Result, error) {
	stdout, stderr := newBounded(c.MaxOutput), newBounded(c.MaxOutput)
	cmd := s.command(ctx, path, c)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if c.Output != nil {
		cmd.Stdout = c.Output
	}
	keepDescriptors()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Result{}, &Error{Cmd: c, Err: startError(err, cmd.Dir)}
	}
	stopGuard := s.guard(cmd.Process.Pid)
	stuck, err := wait(ctx, cmd)
	took := time.Since(began)
	stopGuard()
	if stuck {
		return Result{}, &Error{Cmd: c, Err: ErrTimeout, After: took}
	}
	switch state := cmd.ProcessState; {
	case state == nil:
		return Result{}, &Error{Cmd: c, Err: err, After: took}
	case ctx.Err() != nil && signalOf(state) != 0:
		return Result{}, &Error{Cmd: c, Err: ErrTimeout, After: took}
	default:
		return Result{
			Code:      exitCode(state),
			Stdout:    stdout.data,
			Stderr:    stderr.data,
			Truncated: stdout.cut || stderr.cut,
			Took:      took,
		}, nil
	}
}

// wait waits for the program's end. It gives up on one that has been killed and is stuck in the
// kernel all the same; then cmd is not to be touched any more.
func wait(ctx context.Context, cmd *exec.Cmd) (stuck bool, err error) {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
		return false, err
	case <-ctx.Done():
	}
	late := time.NewTimer(unkillable)
	defer late.Stop()
	select {
	case err = <-ended:
		return false, err
	case <-late.C:
		return true, nil
	}
}

// command is c ready to start, with what ends it.
func (s *System) command(ctx context.Context, path string, c Cmd) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path)
	cmd.Args = append([]string{c.Path}, c.Args...)
	base := s.Env
	if base == nil {
		base = BaseEnv()
	}
	// An environment that is nil would be ours. Of entries with the same name exec takes the last.
	cmd.Env = append([]string{}, slices.Concat(base, c.Env)...)
	cmd.Dir = c.Dir
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	switch {
	case c.Input != nil:
		cmd.Stdin = c.Input
	case len(c.Stdin) > 0:
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	cmd.WaitDelay = drain
	return cmd
}

// killGroup kills the program and what it started in its group. A program that has been waited for
// left its number to others.
func killGroup(leader *os.Process) error {
	if err := leader.Signal(syscall.Signal(0)); errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := unix.Kill(-leader.Pid, unix.SIGKILL)
	if errors.Is(err, unix.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// signalOf is the signal that ended a program, or 0.
func signalOf(state *os.ProcessState) syscall.Signal {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal()
	}
	return 0
}

func exitCode(state *os.ProcessState) int {
	if signal := signalOf(state); signal != 0 {
		return 128 + int(signal)
	}
	return state.ExitCode()
}

// startError is why a program could not be started. The kernel answers "no such file" for a missing
// working directory too.
func startError(err error, dir string) error {
	if _, dirErr := os.Stat(dir); dirErr != nil {
		return fmt.Errorf("working directory: %w", dirErr)
	}
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
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
	path, err := s.lookUp(name)
	return err == nil && executable(path)
}

// lookUp finds a program without looking at the environment or the working directory. An absolute
// path is taken as it is: the kernel's answer says more than "not found".
func (s *System) lookUp(name string) (string, error) {
	switch {
	case s.Missing:
		return "", ErrNotFound
	case filepath.IsAbs(name):
		return name, nil
	case name == "" || strings.ContainsRune(name, '/'):
		return "", ErrNotFound
	}
	dirs := s.Path
	if dirs == nil {
		dirs = strings.Split(SystemPath, ":")
	}
	for _, dir := range dirs {
		if path := filepath.Join(dir, name); executable(path) {
			return path, nil
		}
	}
	return "", ErrNotFound
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
