package fuse

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Device is how a server reaches the kernel.
const Device = "/dev/fuse"

// BlockType is the type of a file system that a program serves from a block device.
const BlockType = "fuseblk"

// Open makes a connection to the kernel, to be mounted.
func Open() (fd int, err error) {
	return unix.Open(Device, unix.O_RDWR|unix.O_CLOEXEC, 0)
}

// Mount mounts the connection fd on a directory. The type is fuse.NAME, or BlockType, whose source is a block device.
func Mount(fd int, source, point, fstype string, flags uintptr) error {
	data := []string{fmt.Sprintf("fd=%d", fd), "rootmode=40000", "user_id=0", "group_id=0", "allow_other"}
	if fstype == BlockType {
		data = append(data, "blksize=4096")
	}
	if err := unix.Mount(source, point, fstype, flags, strings.Join(data, ",")); err != nil {
		return fmt.Errorf("mount %s on %s as %s: %w", source, point, fstype, err)
	}
	return nil
}

// Abort takes away what is still mounted: the requests end with an error.
func Abort(point string) {
	_ = unix.Unmount(point, unix.MNT_FORCE|unix.UMOUNT_NOFOLLOW)
	_ = unix.Unmount(point, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
}
