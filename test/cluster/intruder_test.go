package cluster_test

import (
	"encoding/json"
	"maps"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// intrude runs inside a node. Each attempt is chosen so that it would do no harm if it succeeded.
func intrude() int {
	switch os.Args[1] {
	case "restart":
		return failed(unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART))
	case "off":
		return failed(unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF))
	}
	attempts := hostile()
	if os.Args[1] == "mount" {
		// Such a node may.
		delete(attempts, mountsTmpfs)
		maps.Copy(attempts, hostileMounts())
	}
	answers := map[string]string{}
	for attempt, err := range attempts {
		answers[attempt] = "it worked"
		if err != nil {
			answers[attempt] = err.Error()
		}
	}
	return failed(json.NewEncoder(os.Stdout).Encode(answers))
}

const mountsTmpfs = "mount tmpfs"

// hostile is what no node may do.
func hostile() map[string]error {
	now := unix.NsecToTimeval(time.Now().UnixNano())
	return map[string]error{
		"set the clock":           unix.Settimeofday(&now),
		"set the host name":       unix.Sethostname([]byte("suse01")),
		mountsTmpfs:               unix.Mount("x", "/mnt", "tmpfs", 0, ""),
		"mount proc":              unix.Mount("x", "/mnt", "proc", 0, ""),
		"mount devtmpfs":          unix.Mount("x", "/mnt", "devtmpfs", 0, ""),
		"uncover /proc/sys":       unix.Unmount("/proc/sys", unix.MNT_DETACH),
		"make /proc/sys writable": unix.Mount("", "/proc/sys", "", unix.MS_REMOUNT|unix.MS_BIND, ""),
		"new mount namespace":     unix.Unshare(unix.CLONE_NEWNS),
		"make a disk device":      unix.Mknod("/tmp/disk", unix.S_IFBLK|0o600, int(unix.Mkdev(254, 0))),
		"make /dev/mem":           unix.Mknod("/tmp/mem", unix.S_IFCHR|0o600, int(unix.Mkdev(1, 1))),
		"load a module":           unix.InitModule(nil, ""),
		"unload a module":         unix.DeleteModule("ocflab-no-such-module", 0),
		"use a swap device":       call(unix.SYS_SWAPOFF, "/tmp/no-such-swap"),
		"kexec":                   bare(unix.SYS_KEXEC_LOAD),
		"kexec by file":           bare(unix.SYS_KEXEC_FILE_LOAD),
		"read the kernel's log":   kernelLog(),
		"process accounting":      bare(unix.SYS_ACCT),
		"raise its own limits":    unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}),
	}
}

func failed(err error) int {
	if err != nil {
		return 1
	}
	return 0
}

// bare makes a system call with arguments that are all zero.
func bare(number uintptr) error {
	if _, _, errno := unix.Syscall6(number, 0, 0, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func call(number uintptr, path string) error {
	pointer, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	return withPath(number, pointer)
}

func kernelLog() error {
	_, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, make([]byte, 16))
	return err
}
