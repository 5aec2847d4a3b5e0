package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/fault"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// A startService is sapstartsrv: it starts and stops the instance, for those who ask through its socket.
type startService struct {
	system site.System

	mu sync.Mutex
	// last is what the processes were when the daemon last answered.
	last []wire.ProcessState
}

// SapStartSrv is the process sapstartsrv. As root it first becomes the instance's user; with -D it
// goes to the background and returns when its socket answers.
func SapStartSrv(args []string) int {
	system, err := ofProfile(args)
	if err != nil {
		return failed(err)
	}
	if slices.Contains(args, "-D") && os.Getppid() != 1 && os.Getenv(background) == "" {
		if code, ends := fault.HANA().Play("sapstartsrv", "", os.Stdout); ends {
			return code
		}
		return exitCode(StartStartSrv(system, args[0]))
	}
	os.Unsetenv(background)
	signal.Ignore(unix.SIGHUP, unix.SIGPIPE)
	s := &startService{system: system}
	// A socket that is left over from a killed one is replaced, and so is that of one that lives.
	_ = os.Remove(system.StartSocket())
	socket, err := net.Listen("unix", system.StartSocket())
	if err != nil {
		return failed(fmt.Errorf("open the socket: %w", err))
	}
	if err := os.Chmod(system.StartSocket(), 0o777); err != nil {
		return failed(err)
	}
	go reap()
	accept(socket, s.answer)
	return 1
}

// background marks the process that stays.
const background = "HANASIM_BACKGROUND"

func exitCode(err error) int {
	if err != nil {
		return failed(err)
	}
	return 0
}

// ofProfile finds the system that a pf= argument names.
func ofProfile(args []string) (site.System, error) {
	for _, a := range args {
		if profile, ok := strings.CutPrefix(a, "pf="); ok {
			return site.Find(func(s site.System) bool { return filepath.Base(s.Profile()) == filepath.Base(profile) })
		}
	}
	return site.Own()
}

// StartStartSrv runs sapstartsrv in the background, under the name that is given, and returns when it answers.
func StartStartSrv(s site.System, name string) error {
	cmd, err := asUser(s, s.Executable("sapstartsrv"))
	if err != nil {
		return err
	}
	cmd.Args = []string{name, "pf=" + s.SharedProfile(), "-D", "-u", s.User()}
	cmd.Env = append(cmd.Env, background+"=1")
	// The new one must not be taken for the old one.
	if err := os.Remove(s.StartSocket()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start sapstartsrv: %w", err)
	}
	end := time.Now().Add(20 * time.Second)
	for {
		conn, err := wire.Dial(s.StartSocket(), time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("sapstartsrv does not answer: %w", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// asUser prepares a program in the background with the login environment of the instance's user.
func asUser(s site.System, path string) (*exec.Cmd, error) {
	uid, gid, err := s.Account()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path)
	cmd.Dir = "/"
	cmd.Env = s.Environment()
	if mark := os.Getenv("OCFLAB_ID"); mark != "" {
		cmd.Env = append(cmd.Env, "OCFLAB_ID="+mark)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return cmd, nil
}

// reap collects processes that this one started and does not wait for.
func reap() {
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	for range died {
		for {
			pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
			if pid <= 0 || err != nil {
				break
			}
		}
	}
}

// answer serves a call of sapcontrol.
func (s *startService) answer(conn *wire.Conn) {
	var q wire.Question
	if conn.Receive(&q) != nil {
		return
	}
	var a wire.Answer
	switch q.Ask {
	case "GetProcessList":
		a.Processes = s.processes()
	case "Start", "StartSystem":
		a.Error = message(s.start())
	case "Stop", "StopSystem", "Shutdown":
		s.stop()
	case "StopService":
		_ = conn.Send(a)
		_ = os.Remove(s.system.StartSocket())
		os.Exit(0)
	}
	_ = conn.Send(a)
}

func message(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// processes asks hdbdaemon. One that is stopped by a signal still has the processes it had.
func (s *startService) processes() []wire.ProcessState {
	s.mu.Lock()
	defer s.mu.Unlock()
	conn, err := wire.Dial(s.system.Socket("daemon"), time.Second)
	if err != nil {
		s.last = nil
	} else {
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		var a wire.Answer
		if err := conn.Ask(wire.Question{}, &a); err == nil {
			s.last = a.Processes
		} else if !conn.TimedOut() {
			s.last = nil
		}
	}
	if s.last == nil {
		return []wire.ProcessState{{Name: "hdbdaemon", Title: "HDB Daemon", Color: "GRAY", Text: "Stopped"}}
	}
	return s.last
}

// start starts the instance. One that runs is left alone.
func (s *startService) start() error {
	if s.processes()[0].Color != "GRAY" {
		return nil
	}
	cmd := exec.Command(s.system.Executable("sapstart"))
	cmd.Args = []string{"sapstart", "pf=" + s.system.SharedProfile()}
	cmd.Dir = s.system.HostFolder()
	log, err := os.OpenFile(filepath.Join(s.system.HostFolder(), "trace", "sapstart.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start sapstart: %w", err)
	}
	// It is there when its daemon answers: a second Start must find it.
	end := time.Now().Add(10 * time.Second)
	for time.Now().Before(end) && s.processes()[0].Color == "GRAY" {
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

// stop tells hdbdaemon to end the instance.
func (s *startService) stop() {
	list := s.processes()
	if pid := list[0].Pid; pid > 0 {
		// One that ended meanwhile is as good.
		_ = unix.Kill(pid, unix.SIGTERM)
	}
}
