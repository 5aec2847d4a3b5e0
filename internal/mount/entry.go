package mount

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// A Device is a device number as st_dev and st_rdev have it.
type Device uint64

// MakeDevice is the device with these numbers.
func MakeDevice(major, minor uint32) Device { return Device(unix.Mkdev(major, minor)) }

// Major is the major number; 0 is that of file systems without a block device, whose minor is anonymous.
func (d Device) Major() uint32 { return unix.Major(uint64(d)) }

// Minor is the minor number.
func (d Device) Minor() uint32 { return unix.Minor(uint64(d)) }

// Anonymous reports whether the number stands for no block device: network and virtual file systems, and also
// btrfs and bcachefs, which lie on devices and have numbers of their own.
func (d Device) Anonymous() bool { return d.Major() == 0 }

// String is the device as the kernel prints it, such as "259:3".
func (d Device) String() string { return fmt.Sprintf("%d:%d", d.Major(), d.Minor()) }

// An Entry is one mount, a line of /proc/self/mountinfo with its escapes resolved.
type Entry struct {
	// ID is the mount's number, and Parent that of the mount it is attached to. An ID is free for another mount
	// once this one is gone.
	ID, Parent int
	// Device is the superblock's number.
	Device Device
	// Root is the path within the file system that is the mount's root: "/", or another for bind mounts and
	// subvolumes.
	Root string
	// Point is the path at which it is mounted, seen from this process's root. Where the kernel has appended
	// "//deleted", it is not cut off.
	Point string
	// Options are those of the mount ("rw,noatime"), Super those of the superblock.
	Options, Super string
	// Propagation are the optional fields, such as "shared:7" and "master:3"; none is a private mount.
	Propagation []string
	// Type is the file system's type, Source what was given as its device: any text at all.
	Type, Source string
}

// ReadOnly reports whether nothing can be written through the mount, because the mount or the whole file system
// is read-only.
func (e Entry) ReadOnly() bool { return HasOption(e.Options, "ro") || e.SuperReadOnly() }

// SuperReadOnly reports whether the file system itself is read-only, for whatever mount.
func (e Entry) SuperReadOnly() bool { return HasOption(e.Super, "ro") }

// Shared reports whether the mount passes mounts below it on to others, which forbids moving those.
func (e Entry) Shared() bool {
	for _, field := range e.Propagation {
		if strings.HasPrefix(field, "shared:") {
			return true
		}
	}
	return false
}

// Target is what identifies the mount to those who look for its users.
func (e Entry) Target() Target { return Target{e.ID, e.Device, e.Root, e.Point} }

// A Target is a mount that is to be taken away, as traces of its users name it: by number in fdinfo and statx, by
// device and path in maps.
type Target struct {
	ID     int
	Device Device
	Root   string
	Point  string
}

// HasOption reports whether a comma list has the word as one of its elements, alone or with a value.
func HasOption(list, word string) bool {
	for element := range strings.SplitSeq(list, ",") {
		name, _, _ := strings.Cut(element, "=")
		if name == word {
			return true
		}
	}
	return false
}
