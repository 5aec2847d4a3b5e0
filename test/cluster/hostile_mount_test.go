package cluster_test

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hostileMounts is what a node that may mount must not do with that. As in hostile, nothing would do harm at once.
func hostileMounts() map[string]error {
	attempts := map[string]error{
		"bind over /proc":             unix.Mount("/tmp", "/proc", "", unix.MS_BIND, ""),
		"bind over a device":          unix.Mount("/tmp", "/dev/shm", "", unix.MS_BIND, ""),
		"bind over /proc, relatively": fromRoot(func() error { return unix.Mount("tmp", "usr/../proc", "", unix.MS_BIND, "") }),
		"attach a tree to /sys":       attachTo("/sys"),
		"uncover all of /proc":        unix.Unmount("/proc", unix.MNT_DETACH),
		"uncover /proc/irq":           unix.Unmount("/proc/irq", unix.MNT_DETACH),
		"copy the root uncovered":     unix.Mount("/", "/mnt", "", unix.MS_BIND, ""),
		"copy /proc uncovered":        openTree("/proc", unix.OPEN_TREE_CLONE),
		"move /proc/sys away":         unix.Mount("/proc/sys", "/mnt", "", unix.MS_MOVE, ""),
		"make /sys writable":          unix.Mount("", "/sys", "", unix.MS_REMOUNT, ""),
		"set /proc/sys writable":      writable(unix.AT_FDCWD, "/proc/sys"),
		"copy /proc/sys writable":     writableCopy("/proc/sys"),
		"change the root":             unix.PivotRoot("/mnt", "/mnt"),
		"join a mount namespace":      join("/proc/self/ns/mnt", unix.CLONE_NEWNS),
		"new user namespace":          unix.Unshare(unix.CLONE_NEWUSER),
		"new network namespace":       unix.Unshare(unix.CLONE_NEWNET),
		"new namespaces by clone3":    bare(unix.SYS_CLONE3),
		"stop the kernel at an error": unix.Mount("/dev/shared-data", "/mnt", "ext4", 0, "errors=panic"),
		"let go of the disk's image":  request("/dev/shared-data", unix.LOOP_CLR_FD),
		"give the disk another image": request("/dev/shared-data", 0x4c06),
		"freeze a file system":        request("/tmp", 0xc0045877),
		"type into a terminal":        request("/dev/null", unix.TIOCSTI),
		"add to the random pool":      request("/dev/random", unix.RNDADDTOENTCNT),
		"declare memory broken":       unix.Madvise(nil, unix.MADV_HWPOISON),
		"load a BPF program":          bare(unix.SYS_BPF),
		"watch the kernel's events":   bare(unix.SYS_PERF_EVENT_OPEN),
		"watch all file systems":      bare(unix.SYS_FANOTIFY_INIT),
		"change quotas":               bare(unix.SYS_QUOTACTL),
		"use the kernel's keys":       bare(unix.SYS_KEYCTL),
		"swap":                        call(unix.SYS_SWAPON, "/tmp/no-such-swap"),
	}
	for _, kind := range []string{"proc", "sysfs", "cgroup", "cgroup2", "devtmpfs", "devpts", "debugfs", "tracefs", "securityfs", "bpf", "binfmt_misc", "no-such"} {
		attempts["mount "+kind] = unix.Mount("x", "/mnt", kind, 0, "")
		attempts["open "+kind] = open(kind)
	}
	return attempts
}

func fromRoot(do func() error) error {
	if err := os.Chdir("/"); err != nil {
		return nil
	}
	return do()
}

func open(kind string) error {
	fd, err := unix.Fsopen(kind, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

func openTree(path string, flags uint) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, flags)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

func attachTo(path string) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, "/tmp", unix.OPEN_TREE_CLONE)
	if err != nil {
		// The attempt is another.
		return nil
	}
	defer unix.Close(fd)
	return unix.MoveMount(fd, "", unix.AT_FDCWD, path, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

func writable(folder int, path string) error {
	flags := uint(0)
	if path == "" {
		flags = unix.AT_EMPTY_PATH
	}
	return unix.MountSetattr(folder, path, flags, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
}

func writableCopy(path string) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.AT_RECURSIVE)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return writable(fd, "")
}

func join(namespace string, kind int) error {
	fd, err := unix.Open(namespace, unix.O_RDONLY, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	return unix.Setns(fd, kind)
}

// request makes an ioctl without an argument.
func request(path string, number uintptr) error {
	fd, err := unix.Open(path, unix.O_RDONLY, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), number, uintptr(unsafe.Pointer(nil))); errno != 0 {
		return errno
	}
	return nil
}
