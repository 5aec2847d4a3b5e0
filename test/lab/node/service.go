package node

import (
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

// A reaper starts services and collects every process that ends in the node. It does
// not use os/exec for waiting: process 1 inherits children it never started.
type reaper struct {
	mu       sync.Mutex
	services map[int]string
}

func newReaper(notices *os.File) *reaper {
	r := &reaper{services: map[int]string{}}
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	go func() {
		for range died {
			r.collect(notices)
		}
	}()
	return r
}

// start runs s and waits until it answers.
func (r *reaper) start(s Service) error {
	log, err := openLog(logPath(s))
	if err != nil {
		return err
	}
	defer log.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	r.mu.Lock()
	pid, err := syscall.ForkExec(s.Args[0], s.Args, &syscall.ProcAttr{
		// os.Environ has the laboratory's mark, by which its processes can be told from others.
		Dir: "/", Env: append(os.Environ(), s.Env...),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err == nil {
		r.services[pid] = s.Name
	}
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, pid, s.Nice); err != nil {
		return fmt.Errorf("set priority of %s: %w", s.Name, err)
	}
	return r.await(s, pid)
}

func logPath(s Service) string { return "/var/log/ocflab-" + s.Name + ".log" }

func openLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
}

// await returns when the service's abstract socket accepts a connection.
func (r *reaper) await(s Service, pid int) error {
	if s.Ready == "" {
		return nil
	}
	// libqb names its sockets with all the bytes there are, zeros behind the name.
	address := "@" + s.Ready + strings.Repeat("\x00", len(unix.RawSockaddrUnix{}.Path)-1-len(s.Ready))
	end := time.Now().Add(s.Patience)
	for {
		conn, err := net.Dial("unix", address)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s did not answer within %s: %w", s.Name, s.Patience, err)
		}
		if !r.lives(pid) {
			said, _ := os.ReadFile(logPath(s))
			return fmt.Errorf("%s ended before it answered; it said %q", s.Name, said)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *reaper) lives(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, yes := r.services[pid]
	return yes
}

func (r *reaper) collect(notices *os.File) {
	for {
		var status unix.WaitStatus
		r.mu.Lock()
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		name, ours := r.services[pid]
		delete(r.services, pid)
		r.mu.Unlock()
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if ours {
			notify(notices, Exited, fmt.Sprintf("%s: exit code %d, signal %d", name, status.ExitStatus(), max(0, int(status.Signal()))))
		}
	}
}
