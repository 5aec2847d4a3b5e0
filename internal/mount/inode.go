package mount

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// An Inode is what a path leads to.
type Inode struct {
	File
	// Mode is the type and the permissions, as st_mode has them.
	Mode uint32
	// Node is the number of the device whose node it is, 0 for everything else.
	Node Device
}

// A File identifies a file: its file system and its number there.
type File struct {
	Device Device
	Inode  uint64
}

// Inspect says what a path leads to, symbolic links followed. A network file system answers from what it knows
// already, without its server. Errors match with errors.Is.
func Inspect(path string) (Inode, error) {
	var st unix.Statx_t
	const flags = unix.AT_STATX_DONT_SYNC | unix.AT_NO_AUTOMOUNT
	if err := unix.Statx(unix.AT_FDCWD, path, flags, unix.STATX_TYPE|unix.STATX_MODE|unix.STATX_INO, &st); err != nil {
		return Inode{}, fmt.Errorf("look at %q: %w", path, err)
	}
	inode := Inode{File: File{MakeDevice(st.Dev_major, st.Dev_minor), st.Ino}, Mode: uint32(st.Mode)}
	if inode.Block() {
		inode.Node = MakeDevice(st.Rdev_major, st.Rdev_minor)
	}
	return inode, nil
}

// Block reports whether it is the node of a block device.
func (i Inode) Block() bool { return i.Mode&unix.S_IFMT == unix.S_IFBLK }

// Regular reports whether it is a regular file.
func (i Inode) Regular() bool { return i.Mode&unix.S_IFMT == unix.S_IFREG }

// Directory reports whether it is a directory.
func (i Inode) Directory() bool { return i.Mode&unix.S_IFMT == unix.S_IFDIR }

// Node is the path of the node that the kernel makes for a block device. For a number that no device has, it is a
// path that does not exist.
func Node(device Device) string {
	target, err := os.Readlink("/sys/dev/block/" + device.String())
	if err != nil {
		return "/dev/block/" + device.String()
	}
	return "/dev/" + filepath.Base(target)
}
