package filesystem

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"ocfbox/internal/abandon"
	"ocfbox/internal/mount"
)

// The names of the calls of stop that may never return.
const (
	callUnmount      = "unmount"       // number of the mount, path, "force" or "gently"
	callMove         = "move"          // from, to
	callMkdir        = "mkdir"         // path
	callRmdir        = "rmdir"         // path
	callRemoveStatus = "remove-status" // path, mount point
	callFlush        = "flush"         // device
)

// stopCalls are the calls of stop.
func stopCalls() abandon.Calls {
	return abandon.Calls{
		callUnmount: plain(3, func(args []string) error { return unmountThis(args[0], args[1], args[2] == forced) }),
		callMove:    plain(2, func(args []string) error { return mount.Move(args[0], args[1]) }),
		callMkdir:   plain(1, func(args []string) error { return os.Mkdir(args[0], 0o755) }),
		callRmdir:   plain(1, func(args []string) error { return unix.Rmdir(args[0]) }),
		callRemoveStatus: plain(2, func(args []string) error {
			return removeStatus(args[0], args[1])
		}),
		callFlush: func(args []string) (string, error) {
			return withArgs(args, 1, func() (string, error) { return flush(args[0]) })
		},
	}
}

// How to unmount.
const (
	gently = "gently"
	forced = "force"
)

// unmountThis takes the mount at the path away if it is the one with that number, as far as the kernel tells. The
// error is EINVAL when it is another.
func unmountThis(id, path string, force bool) error {
	sight, err := mount.Look(path)
	if err != nil {
		return err
	}
	if sight.ID != 0 && strconv.Itoa(sight.ID) != id {
		return fmt.Errorf("unmount %q: mount %s is not what is there: %w", path, id, unix.EINVAL)
	}
	return mount.Unmount(path, force)
}

// heldElsewhere is the answer of flush for a device that is still in use.
const heldElsewhere = "held"

// flush writes a block device's buffers and forgets them, so that what another node writes is not hidden by them,
// and tells whether somebody still holds the device for himself, as a mounted file system does.
func flush(path string) (string, error) {
	answer := ""
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_EXCL|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EBUSY) {
		answer = heldElsewhere
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return answer, fmt.Errorf("open %q: %w", path, err)
	}
	defer unix.Close(fd)
	if err := unix.IoctlSetInt(fd, unix.BLKFLSBUF, 0); err != nil {
		return answer, fmt.Errorf("flush %q: %w", path, err)
	}
	return answer, nil
}
