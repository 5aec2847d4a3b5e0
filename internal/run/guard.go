package run

import (
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// GuardName is the name under which this binary is started again as a guard. A main function that
// uses System hands over to [Guard] when it is called so.
const GuardName = "ocfbox-guard"

// guardFlag stands before the group's number. It is written as a flag so that a binary that knows no
// guard, such as a test's, refuses its arguments and ends instead of doing its usual work.
const guardFlag = "-group"

const defaultGuardAfter = 200 * time.Millisecond

// guard sets a guard beside the process group once it has run for a while. The function it returns
// ends that: to be called when the program has ended.
func (s *System) guard(group int) (stop func()) {
	if s.NoGuard {
		return func() {}
	}
	after := s.GuardAfter
	if after == 0 {
		after = defaultGuardAfter
	}
	done, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
			watch(group, done)
		}
	}()
	return func() { close(done); <-finished }
}

// watch runs the guard process until done is closed. A guard that cannot be started is no reason to
// end the program it would have watched.
//
// The guard joins the group it watches: the group's number stays its own while the guard lives, so a
// kill can never meet a stranger who got the number next.
func watch(group int, done <-chan struct{}) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return
	}
	defer writer.Close()
	cmd := exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{GuardName, guardFlag, strconv.Itoa(group)},
		Env:         []string{},
		Dir:         "/",
		Stdin:       reader,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pgid: group},
	}
	err = cmd.Start()
	reader.Close()
	if err != nil {
		return
	}
	<-done
	// One byte says that all is well; the end of the pipe without it says that we were killed.
	_, _ = writer.Write([]byte{'.'})
	_ = cmd.Wait()
}

// Guard is the guard process: it waits on standard input, and when that ends without a word it kills
// its process group, itself included. args are the words after its name; the result is the exit code.
func Guard(args []string) int {
	if len(args) != 2 || args[0] != guardFlag || args[1] != strconv.Itoa(unix.Getpgrp()) {
		return 2
	}
	// The program may signal its group, as shell scripts do with `kill 0`.
	signal.Ignore()
	word := make([]byte, 1)
	if n, _ := os.Stdin.Read(word); n > 0 {
		return 0
	}
	_ = unix.Kill(0, unix.SIGKILL)
	return 1
}
