package rack

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/node"
)

// A slot is the place of one machine. The rack's power lock guards it.
type slot struct {
	Machine
	// now is the life the machine is living; nil while it is off.
	now *life
	// sworn is set while the fencing device maintains that the machine is off.
	sworn bool
}

// A life is the time from switching a machine on to its end.
type life struct {
	process *exec.Cmd
	notices *os.File
	// why the machine went off, when somebody meant it to.
	why string
	// booted is closed when process 1 says how the boot went; bootErr holds it.
	booted  chan struct{}
	bootErr error
	// ended is closed when every process is gone and the cables are out.
	ended chan struct{}
}

// on switches a machine on and returns at once.
func (r *rack) on(s *slot) error {
	r.power.Lock()
	defer r.power.Unlock()
	return r.onLocked(s)
}

func (r *rack) onLocked(s *slot) error {
	s.sworn = false
	if s.alive() {
		return nil
	}
	l, err := r.launch(s)
	if err != nil {
		return fmt.Errorf("switch on %s: %w", s.Name, err)
	}
	s.now = l
	r.record(Event{Node: s.Name, What: PowerOn})
	go r.attend(s, l)
	return nil
}

// launch starts process 1 of a machine in new namespaces, plugs in its cables and
// hands it its description.
func (r *rack) launch(s *slot) (*life, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{node.BootName, s.Name}, Dir: "/",
		Env: []string{}, Stderr: os.Stderr, ExtraFiles: []*os.File{theirs},
		SysProcAttr: &syscall.SysProcAttr{
			Setsid: true,
			Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS |
				unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP,
		},
	}
	if err := cmd.Start(); err != nil {
		ours.Close()
		return nil, err
	}
	err = r.cabling.Plug(s.Name, cmd.Process.Pid, s.Links)
	if err == nil {
		err = json.NewEncoder(ours).Encode(r.describe(s))
	}
	if err != nil {
		err = errors.Join(err, cmd.Process.Kill(), ours.Close())
		// The exit code of a process we killed says nothing.
		_ = cmd.Wait()
		return nil, errors.Join(err, r.cabling.Unplug(s.Name))
	}
	return &life{process: cmd, notices: ours, booted: make(chan struct{}), ended: make(chan struct{})}, nil
}

func (r *rack) describe(s *slot) node.Spec {
	spec := node.Spec{
		Name: s.Name, Mark: Place{r.id}.Mark(), Root: r.file("roots", s.Name), Disk: r.file("disks", s.Name),
		Layers: []string{r.file("image"), "/"}, Interfaces: s.Addrs, Files: s.Files, Services: s.Services,
	}
	if !s.Observer {
		spec.Power = r.file("power", s.Name)
	}
	return spec
}

func (r *rack) file(parts ...string) string {
	return filepath.Join(append([]string{r.folder}, parts...)...)
}

// socketPair returns two ends of a connection. Ours is one that Close interrupts.
func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "rack"), os.NewFile(uintptr(fds[1]), "node"), nil
}

// attend follows a machine's life to its end.
func (r *rack) attend(s *slot, l *life) {
	notices := json.NewDecoder(l.notices)
	for {
		var n node.Notice
		if err := notices.Decode(&n); err != nil {
			break
		}
		r.heed(s, l, n)
	}
	end := l.process.Wait()
	l.notices.Close()
	unplugged := r.cabling.Unplug(s.Name)
	r.lives.Lock()
	why := l.why
	r.lives.Unlock()
	if why == "" {
		why = "process 1 ended: " + ending(end)
	}
	if unplugged != nil {
		why += "; " + unplugged.Error()
	}
	r.record(Event{Node: s.Name, What: PowerOff, Detail: why})
	r.settle(l, errors.New("went off while booting"))
	close(l.ended)
}

// heed reacts to what process 1 says.
func (r *rack) heed(s *slot, l *life, n node.Notice) {
	switch n.What {
	case node.Running:
		r.record(Event{Node: s.Name, What: Booted})
		r.settle(l, nil)
	case node.Broken:
		r.record(Event{Node: s.Name, What: BootFailed, Detail: n.Detail})
		r.settle(l, errors.New(n.Detail))
	case node.Exited:
		r.record(Event{Node: s.Name, What: ServiceDied, Detail: n.Detail})
	case node.SysRq:
		go r.off(s, "sysrq "+n.Detail)
	}
}

// settle tells those who wait how the boot went; the first word counts.
func (r *rack) settle(l *life, err error) {
	r.lives.Lock()
	defer r.lives.Unlock()
	select {
	case <-l.booted:
	default:
		l.bootErr = err
		close(l.booted)
	}
}

// ending words the exit of process 1. The kernel lets reboot(2) look like a hangup or an interrupt.
func ending(err error) string {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Sprint(err)
	}
	switch exit.Sys().(syscall.WaitStatus).Signal() {
	case unix.SIGHUP:
		return "reboot(2), restart"
	case unix.SIGINT:
		return "reboot(2), halt"
	}
	return exit.Error()
}

// off is a power loss: the kernel kills all processes of the machine at once. It returns when
// they are gone and the machine is no longer on any network.
func (r *rack) off(s *slot, why string) {
	r.power.Lock()
	defer r.power.Unlock()
	r.offLocked(s, why)
}

func (r *rack) offLocked(s *slot, why string) {
	l := s.now
	if l == nil {
		return
	}
	r.lives.Lock()
	if l.why == "" {
		l.why = why
	}
	r.lives.Unlock()
	// A process 1 that ended already is as good.
	_ = l.process.Process.Kill()
	<-l.ended
	s.now = nil
}

// isOn tells whether the machine is living now, not whether it was meant to.
func (r *rack) isOn(s *slot) bool {
	r.power.Lock()
	defer r.power.Unlock()
	return s.alive()
}

func (s *slot) alive() bool {
	if s.now == nil {
		return false
	}
	select {
	case <-s.now.ended:
		return false
	default:
		return true
	}
}

// awaitBoot waits until process 1 says that the machine runs.
func (r *rack) awaitBoot(s *slot) error {
	r.power.Lock()
	l := s.now
	r.power.Unlock()
	if l == nil {
		return fmt.Errorf("boot %s: it is off", s.Name)
	}
	select {
	case <-l.booted:
	case <-time.After(time.Minute):
		return fmt.Errorf("boot %s: no word from process 1 for a minute", s.Name)
	}
	if l.bootErr != nil {
		return fmt.Errorf("boot %s: %w", s.Name, l.bootErr)
	}
	return nil
}
