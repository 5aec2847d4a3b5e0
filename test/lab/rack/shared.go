package rack

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/test/lab/guard"
	"ocfbox/test/lab/node"
)

// A Disk is storage that machines share. In each of them it is the block device /dev/shared-NAME.
type Disk struct {
	Name    string
	SizeMiB int
	// Kind is the file system that it has at first: ext4 or xfs, or none when empty.
	Kind string
}

// Device is what a node calls it.
func (d Disk) Device() string { return "shared-" + d.Name }

// A DiskState is a shared disk as one machine has it.
type DiskState struct {
	Name string `json:"name"`
	// Device is the host's, a loop device of this machine's own.
	Device string `json:"device"`
	// Mounts are the places where the machine has its file system.
	Mounts []string `json:"mounts"`
}

// A sharedDisk is an image, and a loop device on it for each machine: each has a cache of its own, as machines have.
type sharedDisk struct {
	Disk
	image string
	loops map[string]loop

	// mounting is held while a mount is judged. granted is who was let through last.
	mounting  sync.Mutex
	granted   string
	grantedAt time.Time
}

// settle is how long a file system may take from the word that it may be mounted until it has its device.
const settle = 300 * time.Millisecond

// makeDisks makes the shared disks that a laboratory is to have.
func (r *rack) makeDisks(s Spec) error {
	if len(s.Disks) == 0 {
		return nil
	}
	// The numbers of processes that ask are those of the rack's PID namespace.
	if err := os.Mkdir(r.file("proc"), 0o555); err != nil {
		return err
	}
	if err := unix.Mount("proc", r.file("proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount the rack's proc: %w", err)
	}
	if err := os.Mkdir(r.file("shared"), 0o700); err != nil {
		return err
	}
	for _, d := range s.Disks {
		disk := &sharedDisk{Disk: d, image: r.file("shared", d.Name), loops: map[string]loop{}}
		r.disks = append(r.disks, disk)
		for _, m := range s.Nodes {
			if slices.Contains(m.Disks, d.Name) {
				disk.loops[m.Name] = noLoop
			}
		}
		if err := r.renew(disk); err != nil {
			return fmt.Errorf("make the shared disk %s: %w", d.Name, err)
		}
	}
	return nil
}

// renew gives a disk a new image. No machine is on.
func (r *rack) renew(d *sharedDisk) error {
	label := Place{r.id}.loopLabel()
	for machine, l := range d.loops {
		if l == noLoop {
			continue
		}
		if err := l.detach(label, time.Now().Add(releasePatience)); err != nil {
			return err
		}
		d.loops[machine] = noLoop
	}
	if err := d.format(); err != nil {
		return err
	}
	for machine := range d.loops {
		l, err := attach(d.image, label+machine, func(l loop) error { return Place{r.id}.noteLoop(l) })
		if err != nil {
			return err
		}
		d.loops[machine] = l
	}
	return nil
}

// format makes a new, sparse image with the disk's file system.
func (d *sharedDisk) format() error {
	if err := os.RemoveAll(d.image); err != nil {
		return err
	}
	file, err := os.OpenFile(d.image, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Truncate(int64(d.SizeMiB)<<20), file.Close()); err != nil || d.Kind == "" {
		return err
	}
	quiet := map[string][]string{"ext4": {"-q", "-F"}, "xfs": {"-q", "-f"}}[d.Kind]
	cmd := exec.Command("/sbin/mkfs."+d.Kind, append(quiet, d.image)...)
	cmd.Env = node.Environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run %s: %w: %s", cmd.Path, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// disksOf are the shared disks of a machine.
func (r *rack) disksOf(s *slot) []*sharedDisk {
	return slices.DeleteFunc(slices.Clone(r.disks), func(d *sharedDisk) bool { return !slices.Contains(s.Disks, d.Name) })
}

// devices are the device files that a machine gets for its disks, and the one that servers of file systems need.
func (r *rack) devices(s *slot) []node.Device {
	if len(s.Disks) == 0 {
		return nil
	}
	const misc, fuse = 10, 229
	list := []node.Device{{Name: "fuse", Major: misc, Minor: fuse}}
	for _, d := range r.disksOf(s) {
		list = append(list, node.Device{Name: d.Device(), Major: loopMajor, Minor: uint32(d.loops[s.Name]), Block: true})
	}
	return list
}

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

// mounts decides whether a machine may mount a file system from a device now. It may not while another machine has the
// same disk: that is what a cluster must prevent, it is on record, and on the host two such file systems could do harm.
func (r *rack) mounts(s *slot, device uint64) unix.Errno {
	for _, d := range r.disksOf(s) {
		if device != unix.Mkdev(loopMajor, uint32(d.loops[s.Name])) {
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
	for other, l := range d.loops {
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
		for d.loops[s.Name].claimed() {
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
		l := d.loops[s.Name]
		state := DiskState{Name: d.Name, Device: l.path(), Mounts: []string{}}
		for _, e := range table.On(mount.MakeDevice(loopMajor, uint32(l))) {
			state.Mounts = append(state.Mounts, e.Point)
		}
		states = append(states, state)
	}
	return states
}
