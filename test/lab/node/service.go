package node

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A manager runs the services of a node and collects every process that ends in it. It does
// not use os/exec for waiting: process 1 inherits children it never started.
type manager struct {
	notices *os.File
	// jobs is held while something is started or stopped: one after the other.
	jobs sync.Mutex
	// mu guards the states, and pids against being collected.
	mu    sync.Mutex
	units []*unitState
}

func newManager(notices *os.File, services []Service) *manager {
	m := &manager{notices: notices}
	for _, s := range services {
		m.units = append(m.units, &unitState{Service: s, active: Inactive, result: "success", since: time.Now()})
	}
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	go func() {
		for range died {
			m.collect()
		}
	}()
	return m
}

// launch runs a service and waits until it answers, or, for a OneShot, ends.
func (m *manager) launch(u *unitState) error {
	if err := m.fork(u); err != nil {
		return fmt.Errorf("start %s: %w", u.Name, err)
	}
	if u.oneShot() {
		return m.awaitEnd(u)
	}
	if err := m.awaitAnswer(u); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if u.pid != 0 {
		u.become(Active)
	}
	return nil
}

func (m *manager) fork(u *unitState) error {
	log, err := openLog(logPath(u.Service))
	if err != nil {
		return err
	}
	defer log.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	pid, err := syscall.ForkExec(u.Args[0], u.Args, &syscall.ProcAttr{
		// os.Environ has the laboratory's mark, by which its processes can be told from others.
		Dir: "/", Env: append(os.Environ(), u.Env...),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		u.become(Failed)
		return err
	}
	u.pid, u.ended, u.pending, u.stopping, u.result = pid, make(chan struct{}), false, false, "success"
	u.become(Activating)
	return unix.Setpriority(unix.PRIO_PROCESS, pid, u.Nice)
}

func logPath(s Service) string { return "/var/log/ocflab-" + s.Name + ".log" }

func openLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
}

// errHeld says that a OneShot refused, and so what requires it does not start.
var errHeld = errors.New("is held back")

func (m *manager) awaitEnd(u *unitState) error {
	select {
	case <-u.ended:
	case <-time.After(u.Patience):
		return fmt.Errorf("%s did not end within %s", u.Name, u.Patience)
	}
	if m.activeState(u) == Active {
		return nil
	}
	return fmt.Errorf("%s %w; it said %q", u.Name, errHeld, said(u))
}

// said is the last line a service wrote.
func said(u *unitState) string {
	text, _ := os.ReadFile(logPath(u.Service))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// awaitAnswer returns when the service's abstract socket accepts a connection.
func (m *manager) awaitAnswer(u *unitState) error {
	if u.Ready == "" {
		return nil
	}
	// libqb names its sockets with all the bytes there are, zeros behind the name.
	address := "@" + u.Ready + strings.Repeat("\x00", len(unix.RawSockaddrUnix{}.Path)-1-len(u.Ready))
	end := time.Now().Add(u.Patience)
	for {
		conn, err := net.Dial("unix", address)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s did not answer within %s: %w", u.Name, u.Patience, err)
		}
		select {
		case <-u.ended:
			return fmt.Errorf("%s ended before it answered; it said %q", u.Name, said(u))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (m *manager) activeState(u *unitState) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return u.active
}

func (m *manager) collect() {
	for {
		var status unix.WaitStatus
		m.mu.Lock()
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		u, died, again := m.ended(pid, status)
		m.mu.Unlock()
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if died {
			notify(m.notices, Exited, fmt.Sprintf("%s: exit code %d, signal %d", u.Name, status.ExitStatus(), max(0, int(status.Signal()))))
		}
		if again {
			go m.startAgain(u)
		}
	}
}

// ended notes the end of a process, if it is one of ours. died tells that nobody asked for it.
func (m *manager) ended(pid int, status unix.WaitStatus) (u *unitState, died, again bool) {
	for _, u := range m.units {
		if pid > 0 && u.pid == pid {
			again = u.finish(status)
			return u, !u.stopping && !u.oneShot(), again
		}
	}
	return nil, false, false
}
