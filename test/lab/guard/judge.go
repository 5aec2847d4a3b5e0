package guard

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A Call is what a process asks the kernel for. What a call does not have is empty.
type Call struct {
	Number uintptr
	// Type is that of a file system, Target the absolute path, in the node, at which something is to be attached or changed.
	Type, Target string
	// Flags are those of mount(2), Options its last argument, or of fsconfig(2) one option: name=value.
	Flags   uintptr
	Options string
}

// noType are the flags with which mount(2) makes no file system and does not look at the type.
const noType = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_MOVE | unix.MS_SHARED | unix.MS_PRIVATE | unix.MS_SLAVE | unix.MS_UNBINDABLE

// Creates tells whether a call of mount(2) makes a file system.
func (c Call) Creates() bool { return c.Number == unix.SYS_MOUNT && c.Flags&noType == 0 }

// Judge says whether a call may go on: 0, or the error that it fails with.
func Judge(c Call) unix.Errno {
	switch {
	case protected(c.Target):
		return unix.EPERM
	case panics(c.Options):
		return unix.EPERM
	case (c.Creates() || c.Number == unix.SYS_FSOPEN) && !served(c.Type):
		return unix.EPERM
	}
	return 0
}

// protected tells whether a path is in a folder that belongs to the laboratory or the kernel. The locked mounts protect
// the host whatever covers them; this keeps the node usable.
func protected(target string) bool {
	if target == "" {
		return false
	}
	target = path.Clean(target)
	return slices.ContainsFunc([]string{"/proc", "/sys", "/dev", "/run/ocflab"}, func(folder string) bool {
		return target == folder || strings.HasPrefix(target, folder+"/")
	})
}

// panics tells whether an error of the file system would stop the kernel, which is the host's: the options errors= of
// ext4 and fatal_errors= of btrfs.
func panics(options string) bool { return strings.Contains(options, "errors=panic") }

// served tells whether a file server has file systems of this type, rather than the kernel its interfaces.
func served(kind string) bool {
	base, _, _ := strings.Cut(kind, ".")
	return onDisk(kind) || slices.Contains([]string{"tmpfs", "overlay", "fuse"}, base)
}

// onDisk tells whether a file system of this type takes a block device for itself.
func onDisk(kind string) bool {
	base, _, _ := strings.Cut(kind, ".")
	return base == "fuseblk" || slices.Contains([]string{"ext2", "ext3", "ext4", "xfs", "btrfs"}, kind)
}
