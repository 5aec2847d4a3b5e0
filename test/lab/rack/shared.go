package rack

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

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

	mu    sync.Mutex
	loops map[string]loop
	// mounting is held while a mount is judged. granted is who was let through last.
	mounting  sync.Mutex
	granted   string
	grantedAt time.Time
}

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
		for _, m := range s.Nodes {
			if slices.Contains(m.Disks, d.Name) {
				disk.loops[m.Name] = noLoop
			}
		}
		r.disks = append(r.disks, disk)
		if err := r.renew(disk); err != nil {
			return fmt.Errorf("make the shared disk %s: %w", d.Name, err)
		}
	}
	return nil
}

// renew gives a disk a new image. No machine is on.
func (r *rack) renew(d *sharedDisk) error {
	label := Place{r.id}.loopLabel()
	for machine, l := range d.all() {
		if l == noLoop {
			continue
		}
		if err := l.detach(label, time.Now().Add(releasePatience)); err != nil {
			return err
		}
		d.set(machine, noLoop)
	}
	if err := d.format(); err != nil {
		return err
	}
	for machine := range d.all() {
		l, err := attach(d.image, label+machine, func(l loop) error { return Place{r.id}.noteLoop(l) })
		if err != nil {
			return err
		}
		d.set(machine, l)
	}
	return nil
}

// all are the loop devices by machine.
func (d *sharedDisk) all() map[string]loop {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.loops)
}

func (d *sharedDisk) set(machine string, l loop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loops[machine] = l
}

// of is the loop device of a machine.
func (d *sharedDisk) of(machine string) loop { return d.all()[machine] }

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
		list = append(list, node.Device{Name: d.Device(), Major: loopMajor, Minor: uint32(d.of(s.Name)), Block: true})
	}
	return list
}
