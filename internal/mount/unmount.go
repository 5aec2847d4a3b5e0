package mount

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Unmount takes the topmost mount at the path away. A symbolic link at the end of the path is not followed. force
// ends the pending requests of a network file system (MNT_FORCE); nothing is ever unmounted lazily. The call waits
// for the data of a local file system to be written. Errors of the kernel match with errors.Is: EBUSY while it is
// in use, EINVAL when nothing is mounted there.
func Unmount(path string, force bool) error {
	flags := unix.UMOUNT_NOFOLLOW
	if force {
		flags |= unix.MNT_FORCE
	}
	if err := unix.Unmount(path, flags); err != nil {
		return fmt.Errorf("unmount %q: %w", path, err)
	}
	return nil
}

// Move attaches the mount at one path to another, which exists. The kernel refuses with EINVAL where the mount
// that holds the path is shared.
func Move(from, to string) error {
	if err := unix.Mount(from, to, "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the mount at %q to %q: %w", from, to, err)
	}
	return nil
}
