package rack

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/node"
)

// A slot is the place of one machine. The rack's power lock guards it.
type slot struct {
	Machine
	// now is the life the machine is living; nil while it is off.
	now *life
	// sworn is set while the fencing device maintains that the machine is off.
	sworn bool
	// message is what its mail box on the shared storage of sbd holds.
	message fence.Slot
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
	// ended is closed when every process is gone, the cables are out, and no file system of the machine has a shared disk.
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
	unplugged, off := r.cabling.Unplug(s.Name), time.Now()
	r.lives.Lock()
	why := l.why
	r.lives.Unlock()
	if why == "" {
		why = "process 1 ended: " + ending(end)
	}
	if unplugged != nil {
		why += "; " + unplugged.Error()
	}
	r.awaitRelease(s)
	r.record(Event{Time: off, Node: s.Name, What: PowerOff, Detail: why})
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
	case node.Restarted:
		r.record(Event{Node: s.Name, What: ServiceRestarted, Detail: n.Detail})
	case node.Held:
		r.record(Event{Node: s.Name, What: ClusterHeld, Detail: n.Detail})
	case node.SysRq:
		go func() {
			// Whoever needs the machine to be off asks for it, and is told.
			_ = r.off(s, "sysrq "+n.Detail)
		}()
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

// releasePatience is how long a machine that was switched off may write to its shared disks, and be called on.
const releasePatience = 15 * time.Second

// off is a power loss: the kernel kills all processes of the machine at once. It returns when
// they are gone, the machine is no longer on any network, and the last of its file systems on a shared disk is
// unmounted; an error says that this was not to be seen.
func (r *rack) off(s *slot, why string) error {
	r.power.Lock()
	defer r.power.Unlock()
	return r.offLocked(s, why)
}

func (r *rack) offLocked(s *slot, why string) error {
	l := s.now
	if l == nil {
		return nil
	}
	r.lives.Lock()
	if l.why == "" {
		l.why = why
	}
	r.lives.Unlock()
	// A process 1 that ended already is as good.
	_ = l.process.Process.Kill()
	select {
	case <-l.ended:
	case <-time.After(releasePatience):
		return fmt.Errorf("switch off %s: it was killed, and %s later its processes or its shared disks are still in use", s.Name, releasePatience)
	}
	s.now = nil
	return nil
}

// look tells whether the machine is living now, not whether it was meant to, and what it has of shared disks.
func (r *rack) look(s *slot) (on bool, disks []DiskState) {
	r.power.Lock()
	defer r.power.Unlock()
	return s.alive(), r.diskStates(s)
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
