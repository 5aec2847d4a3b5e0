package node

import (
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A Unit is how systemd knows a service.
type Unit struct {
	Description string
	// Requires are the units that are started before it, and that are not stopped before it is.
	Requires []string `json:",omitempty"`
	// PartOf are the units whose stop stops it too.
	PartOf []string `json:",omitempty"`
	// OneShot: it is active when its program ended well. A failure holds back what requires it, and is no fault of the node.
	OneShot bool `json:",omitempty"`
	// RestartAfter is how long after a failure it is started again; 0 is never.
	RestartAfter time.Duration `json:",omitempty"`
	// Success are the exit codes besides 0 that are no failure.
	Success []int `json:",omitempty"`
	// Burst starts within Interval are as many as there may be; 0 is any number.
	Burst    int           `json:",omitempty"`
	Interval time.Duration `json:",omitempty"`
	// KillAfter is how long a stop may take before SIGKILL; 0 is for ever.
	KillAfter time.Duration `json:",omitempty"`
}

// What a unit's Active can be, as systemctl prints it.
const (
	Active       = "active"
	Inactive     = "inactive"
	Failed       = "failed"
	Activating   = "activating"
	Deactivating = "deactivating"
)

// UnitStatus is what process 1 tells of a unit.
type UnitStatus struct {
	// Name has no suffix: "pacemaker".
	Name, Description string
	// Active is one of the constants; Sub is finer: running, exited, dead, failed, start, stop, auto-restart.
	Active, Sub string
	// Result is success, exit-code, signal or start-limit-hit.
	Result  string
	PID     int
	Since   time.Time
	Enabled bool
}

// A process of a unit or of a plain service. The manager's lock guards it.
type unitState struct {
	Service
	active string
	// pending is set while it waits to be started again.
	pending bool
	// stopping is set when its end is wanted.
	stopping bool
	result   string
	pid      int
	ended    chan struct{}
	since    time.Time
	starts   []time.Time
}

func (u *unitState) become(active string) { u.active, u.since = active, time.Now() }

func (u *unitState) oneShot() bool { return u.Unit != nil && u.Unit.OneShot }

// clean tells whether systemd takes such an end for a success: systemd.service(5), Restart=.
func (u *unitState) clean(s unix.WaitStatus) bool {
	if s.Signaled() {
		return slices.Contains([]unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGPIPE}, s.Signal())
	}
	return s.ExitStatus() == 0 || u.Unit != nil && slices.Contains(u.Unit.Success, s.ExitStatus())
}

// finish notes the end of the process, and tells whether it is to be started again.
func (u *unitState) finish(s unix.WaitStatus) (again bool) {
	u.pid, u.result = 0, "success"
	if !u.clean(s) {
		u.result = map[bool]string{true: "signal", false: "exit-code"}[s.Signaled()]
	}
	failed := u.result != "success" && !u.stopping
	switch {
	case failed:
		u.become(Failed)
	case u.oneShot() && !u.stopping:
		u.become(Active)
	default:
		u.become(Inactive)
	}
	close(u.ended)
	u.pending = failed && u.Unit != nil && u.Unit.RestartAfter > 0
	return u.pending
}

// mayStart counts a start against the limit.
func (u *unitState) mayStart(now time.Time) bool {
	if u.Unit == nil || u.Unit.Burst == 0 {
		return true
	}
	u.starts = slices.DeleteFunc(u.starts, func(t time.Time) bool { return now.Sub(t) > u.Unit.Interval })
	if len(u.starts) >= u.Unit.Burst {
		u.result = "start-limit-hit"
		u.become(Failed)
		return false
	}
	u.starts = append(u.starts, now)
	return true
}

func (u *unitState) status() UnitStatus {
	s := UnitStatus{
		Name: u.Name, Description: u.Unit.Description, Active: u.active, Result: u.result, PID: u.pid, Since: u.since, Enabled: enabled(u.Name),
	}
	s.Sub = map[string]string{Active: "running", Inactive: "dead", Failed: "failed", Activating: "start", Deactivating: "stop"}[u.active]
	if u.active == Active && u.pid == 0 {
		s.Sub = "exited"
	}
	if u.pending {
		s.Active, s.Sub = Activating, "auto-restart"
	}
	return s
}

// WantsFolder has a link for each unit that starts at boot.
const WantsFolder = "/etc/systemd/system/multi-user.target.wants"

// WantsLink is what enables a unit, as a file of the node's disk.
func WantsLink(name string) File {
	return File{Path: WantsFolder + "/" + name + ".service", Link: "/lib/systemd/system/" + name + ".service"}
}

func enabled(name string) bool {
	_, err := os.Lstat(WantsLink(name).Path)
	return err == nil
}

// enable makes or removes the link. One that is there, or gone, is fine.
func enable(name string, yes bool) error {
	link := WantsLink(name)
	if !yes {
		if err := os.Remove(link.Path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(WantsFolder, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(link.Link, link.Path); !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}
