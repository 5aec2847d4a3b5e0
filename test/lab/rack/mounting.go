package rack

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/test/lab/guard"
)

// serveMounts opens the socket through which programs of a machine get a supervisor.
func (r *rack) serveMounts(s *slot) error {
	if len(s.Disks) == 0 {
		return nil
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: r.supervisor(s), Net: "unix"})
	if err != nil {
		return fmt.Errorf("open the supervisor's socket of %s: %w", s.Name, err)
	}
	supervisor := &guard.Supervisor{Proc: r.file("proc"), Mounts: func(device uint64) unix.Errno { return r.mounts(s, device) }}
	go func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if calls, err := guard.Receive(conn); err == nil {
					supervisor.Serve(calls)
				}
			}()
		}
	}()
	return nil
}

func (r *rack) supervisor(s *slot) string { return r.file("power", s.Name+".mounts") }

// settle is how long a file system may take from the word that it may be mounted until it has its device.
const settle = 300 * time.Millisecond

// mounts decides whether a machine may mount a file system from a device now. It may not while another machine has the
// same disk: that is what a cluster must prevent, it is on record, and on the host two such file systems could do harm.
func (r *rack) mounts(s *slot, device uint64) unix.Errno {
	for _, d := range r.disksOf(s) {
		if device != unix.Mkdev(loopMajor, uint32(d.of(s.Name))) {
			continue
		}
		if d.panics() {
			return unix.EPERM
		}
		if user := d.userBeside(s.Name); user != "" {
			r.record(Event{Node: s.Name, What: DiskClash, Detail: fmt.Sprintf("would mount %s, which %s has", d.Name, user)})
			return unix.EBUSY
		}
		r.record(Event{Node: s.Name, What: DiskMount, Detail: d.Name})
	}
	return 0
}

// userBeside names another machine that has the disk. When none has, the disk is granted to this one.
func (d *sharedDisk) userBeside(machine string) string {
	d.mounting.Lock()
	defer d.mounting.Unlock()
	if wait := settle - time.Since(d.grantedAt); d.granted != "" && d.granted != machine && wait > 0 {
		time.Sleep(wait)
	}
	for other, l := range d.all() {
		if other != machine && l.claimed() {
			return other
		}
	}
	d.granted, d.grantedAt = machine, time.Now()
	return ""
}

// panics tells whether the ext file system on the disk wants the kernel, which is the host's, to panic at an error.
func (d *sharedDisk) panics() bool {
	const magicAt, errorsAt, panicking = 1024 + 0x38, 1024 + 0x3c, 3
	file, err := os.Open(d.image)
	if err != nil {
		return true
	}
	defer file.Close()
	text := make([]byte, errorsAt+2)
	if _, err := file.ReadAt(text, 0); err != nil {
		return true
	}
	return text[magicAt] == 0x53 && text[magicAt+1] == 0xef && text[errorsAt] == panicking
}

// awaitRelease returns when no file system of a machine, whose processes have all ended, has a shared disk any more. The
// kernel unmounts a moment after the last process, and writes what is left to be written.
func (r *rack) awaitRelease(s *slot) {
	const patience = 5 * time.Second
	began, told := time.Now(), false
	for _, d := range r.disksOf(s) {
		for d.of(s.Name).claimed() {
			if !told && time.Since(began) > patience {
				r.record(Event{Node: s.Name, What: DiskHeld, Detail: d.Name})
				told = true
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// diskStates are the shared disks of a machine and where it has them mounted.
func (r *rack) diskStates(s *slot) []DiskState {
	var states []DiskState
	var table mount.Table
	if s.alive() {
		text, err := os.ReadFile(filepath.Join(r.file("proc"), fmt.Sprint(s.now.process.Process.Pid), "mountinfo"))
		if err == nil {
			// A machine that is going off has no mounts to tell of.
			table, _ = mount.Parse(text)
		}
	}
	for _, d := range r.disksOf(s) {
		l := d.of(s.Name)
		state := DiskState{Name: d.Name, Device: l.path(), Mounts: []string{}}
		for _, e := range table.On(mount.MakeDevice(loopMajor, uint32(l))) {
			state.Mounts = append(state.Mounts, e.Point)
		}
		states = append(states, state)
	}
	return states
}
