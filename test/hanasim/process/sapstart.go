package process

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// processes lists hdbdaemon and its services, as GetProcessList does: by name, hdbdaemon first.
func (d *daemon) processes() []wire.ProcessState {
	d.mu.Lock()
	defer d.mu.Unlock()
	me := wire.ProcessState{Name: "hdbdaemon", Title: "HDB Daemon", Started: d.started, Pid: os.Getpid()}
	me.Color, me.Text = "GREEN", "Running"
	var list []wire.ProcessState
	for _, c := range d.children {
		p := wire.ProcessState{Name: c.service.Program, Title: c.service.Title, Started: c.started}
		p.Color, p.Text = color(c.state)
		if c.process != nil {
			p.Pid = c.process.Pid
		}
		if p.Color == "GRAY" && !d.stopping {
			p.Color, p.Text = "YELLOW", "Scheduled"
		}
		if p.Color != "GREEN" && me.Color == "GREEN" {
			me.Color, me.Text = "YELLOW", "Initializing"
		}
		list = append(list, p)
	}
	if d.stopping {
		me.Color, me.Text = "YELLOW", "Stopping"
	}
	slices.SortStableFunc(list, func(a, b wire.ProcessState) int { return strings.Compare(a.Name, b.Name) })
	return append([]wire.ProcessState{me}, list...)
}

func color(state string) (string, string) {
	switch state {
	case "active":
		return "GREEN", "Running"
	case "starting":
		return "YELLOW", "Initializing"
	case "stopping":
		return "YELLOW", "Stopping"
	}
	return "GRAY", "Stopped"
}

// SapStart is the process between sapstartsrv and hdbdaemon: it lives as long as the latter.
func SapStart() int {
	system, err := site.Own()
	if err != nil {
		return failed(err)
	}
	signal.Ignore(unix.SIGHUP, unix.SIGPIPE)
	cmd := exec.Command(system.DaemonPath(), "-d", "-nw", "-f", system.HostFolder()+"/daemon.ini", "pf="+system.Profile())
	cmd.Dir = system.HostFolder()
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return failed(fmt.Errorf("start hdbdaemon: %w", err))
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM, unix.SIGINT)
	go func() {
		for range stop {
			// A daemon that is gone ends us anyway.
			_ = cmd.Process.Signal(unix.SIGTERM)
		}
	}()
	// How the daemon ended is known by what it wrote.
	_ = cmd.Wait()
	return 0
}
