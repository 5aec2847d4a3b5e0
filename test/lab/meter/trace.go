package meter

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A tracer follows a program and all that comes from it by ptrace(2), as strace does: nothing can be
// executed unseen.
type tracer struct {
	root int
	// met are the threads that have reported themselves.
	met map[int]bool
	// own is the processor time by process, programs the executions with their processes in of.
	own      map[int]time.Duration
	programs []Program
	of       []int
}

const traceOptions = unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEEXIT

// traced calls the program and lists what is executed below it.
func traced(args []string) (Reading, error) {
	// A tracer is a thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return Reading{}, err
	}
	defer cmd.Process.Release()
	t := tracer{root: cmd.Process.Pid, met: map[int]bool{cmd.Process.Pid: true}, own: map[int]time.Duration{}}
	// It stops once it has been executed.
	var status unix.WaitStatus
	if _, err := unix.Wait4(t.root, &status, 0, nil); err != nil {
		return Reading{}, err
	}
	if err := unix.PtraceSetOptions(t.root, traceOptions); err != nil {
		return Reading{}, err
	}
	if err := unix.PtraceCont(t.root, 0); err != nil {
		return Reading{}, err
	}
	code, err := t.follow()
	for i, pid := range t.of {
		t.programs[i].Own = t.own[pid]
	}
	return Reading{Code: code, Programs: t.programs}, err
}

// follow lets everything run until the program has ended, and returns its exit code.
func (t *tracer) follow() (code int, err error) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case status.Exited() && pid == t.root:
			return status.ExitStatus(), nil
		case status.Signaled() && pid == t.root:
			return 128 + int(status.Signal()), nil
		case status.Stopped():
			// One that has been killed meanwhile cannot go on.
			if err := unix.PtraceCont(pid, t.stopped(pid, status)); err != nil && !errors.Is(err, unix.ESRCH) {
				return 0, err
			}
		}
	}
}

// stopped notes why a thread has stopped, and returns the signal that it is to get.
func (t *tracer) stopped(pid int, status unix.WaitStatus) int {
	first := !t.met[pid]
	t.met[pid] = true
	switch status.TrapCause() {
	case unix.PTRACE_EVENT_EXEC:
		t.programs = append(t.programs, Program{Args: arguments(pid), Child: number(pid, "PPid") == t.root})
		t.of = append(t.of, pid)
	case unix.PTRACE_EVENT_EXIT:
		process := number(pid, "Tgid")
		if now, err := processTime(process); err == nil {
			t.own[process] = max(t.own[process], now)
		}
	}
	signal := status.StopSignal()
	if signal == unix.SIGTRAP || first && signal == unix.SIGSTOP {
		// These are the trace's own.
		return 0
	}
	return int(signal)
}

func arguments(pid int) []string {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}

// number is a number of a thread's status, or 0.
func number(pid int, name string) int {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			n, _ := strconv.Atoi(string(bytes.TrimSpace(value)))
			return n
		}
	}
	return 0
}
