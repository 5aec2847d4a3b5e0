package repair

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
)

// Users are who has a device or file: mounts, swap space, the kernel's own (DRBD, LVM, MD), loop devices. They are
// found by what the kernel tells; that nobody has it is proved by opening it exclusively, and not by an empty list.
func Users(path string) []string {
	inode, err := mount.Inspect(path)
	if err != nil {
		return nil
	}
	if !inode.Block() {
		return loopsOn(inode.File)
	}
	var users []string
	if table, err := mount.Read(); err == nil {
		for _, e := range table.On(inode.Node) {
			users = append(users, "mounted at "+e.Point)
		}
	}
	users = append(users, swaps(inode.Node)...)
	return append(users, holders(inode.Node)...)
}

// swaps names the device as swap space.
func swaps(device mount.Device) []string {
	text, err := os.ReadFile("/proc/swaps")
	if err != nil {
		return nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if inode, err := mount.Inspect(mount.Unescape(fields[0])); err == nil && inode.Block() && inode.Node == device {
			return []string{"swap space"}
		}
	}
	return nil
}

// holders are the devices that the kernel has built on this one, or on a partition of it.
func holders(device mount.Device) []string {
	var found []string
	folder := "/sys/dev/block/" + device.String()
	for _, pattern := range []string{folder + "/holders/*", folder + "/*/holders/*"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			found = append(found, fmt.Sprintf("%s is built on it", filepath.Base(name)))
		}
	}
	return found
}

// loopsOn are the loop devices that hold a file.
func loopsOn(file mount.File) []string {
	var found []string
	folders, _ := filepath.Glob("/sys/block/loop*/loop")
	for _, folder := range folders {
		var minor uint32
		name := filepath.Base(filepath.Dir(folder))
		if _, err := fmt.Sscanf(name, "loop%d", &minor); err != nil {
			continue
		}
		const loopMajor = 7
		if held, err := mount.BackingFile(mount.MakeDevice(loopMajor, minor)); err == nil && held == file {
			found = append(found, "loop device "+name+" holds it")
		}
	}
	return found
}

// claim opens a device so that nobody else can have it as long as it is open, or proves of a file that nobody else has
// it open in a way that matters: at all for writing, and for writing only otherwise. busy says who seems to have it;
// an error is anything else. Where the file system cannot tell, as NFS, a file counts as free.
func claim(path string, writing bool) (fd int, busy []string, err error) {
	inode, err := mount.Inspect(path)
	if err != nil {
		return -1, nil, err
	}
	flags := unix.O_RDONLY | unix.O_CLOEXEC
	if writing {
		flags = unix.O_WRONLY | unix.O_CLOEXEC
	}
	if inode.Block() {
		flags |= unix.O_EXCL
		if writing {
			flags |= unix.O_DIRECT
		}
	}
	fd, err = unix.Open(path, flags, 0)
	if errors.Is(err, unix.EBUSY) {
		return -1, known(Users(path)), nil
	}
	if err != nil {
		return -1, nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	if inode.Block() {
		return fd, nil, nil
	}
	lease := unix.F_RDLCK
	if writing {
		lease = unix.F_WRLCK
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, lease)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EBUSY) {
		unix.Close(fd)
		return -1, known(Users(path)), nil
	}
	_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	return fd, nil, nil
}

// known is a list that is not empty.
func known(users []string) []string {
	if len(users) == 0 {
		return []string{"somebody has it open"}
	}
	return users
}

// isReadOnly reports whether a block device takes no writes from anybody, as a snapshot.
func isReadOnly(path string) bool {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	n, err := unix.IoctlGetInt(fd, unix.BLKROGET)
	return err == nil && n != 0
}
