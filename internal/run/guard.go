package run

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// GuardName is the name under which this binary is started again as a guard. A main function that
// uses System hands over to [Guard] when it is called so.
const GuardName = "ocfbox-guard"

const defaultGuardAfter = 200 * time.Millisecond

// guard sets a guard beside the process group pid once it has run for a while. The function it
// returns ends that: to be called when the program has ended.
func (s *System) guard(pid int) (stop func()) {
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
			watch(pid, done)
		}
	}()
	return func() { close(done); <-finished }
}

// watch runs the guard process until done is closed. A guard that cannot be started is no reason to
// end the program it would have watched.
func watch(pid int, done <-chan struct{}) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return
	}
	defer writer.Close()
	cmd := exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{GuardName, strconv.Itoa(pid)},
		Env:         []string{},
		Dir:         "/",
		Stdin:       reader,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
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
// the process group that args names. The result is the exit code.
func Guard(args []string) int {
	if len(args) != 1 {
		return 2
	}
	pid, err := strconv.Atoi(args[0])
	if err != nil || pid <= 1 {
		return 2
	}
	word := make([]byte, 1)
	if n, _ := os.Stdin.Read(word); n > 0 {
		return 0
	}
	_ = unix.Kill(-pid, unix.SIGKILL)
	return 0
}
