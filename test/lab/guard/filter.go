package guard

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Install adds the filter to the calling thread and to every program that this thread starts. The listener is where a
// Supervisor reads what these ask for; when it is closed, they are answered ENOSYS. The thread needs CAP_SYS_ADMIN.
func Install() (listener *os.File, err error) {
	program := compile(rules())
	list := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	install := func(flags uintptr) (uintptr, unix.Errno) {
		fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&list)))
		return fd, errno
	}
	// Killable: a signal with a handler does not make a call ask twice (Linux 5.19).
	fd, errno := install(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
	if errno == unix.EINVAL {
		fd, errno = install(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	}
	if errno != 0 {
		return nil, fmt.Errorf("install the filter of system calls: %w", errno)
	}
	return os.NewFile(fd, "listener"), nil
}

// A rule is the answer to a system call, always or when one of the matches fits.
type rule struct {
	call   uintptr
	answer uint32
	when   []match
}

// A match is about the lower half of an argument: that the bits of mask are those of value or, for anyBit, that one of
// mask's is set.
type match struct {
	argument    int
	mask, value uint32
	anyBit      bool
}

// ask leaves a call to the supervisor.
const ask = unix.SECCOMP_RET_USER_NOTIF

func refuse(errno unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(errno) }

// rules are what a node with CAP_SYS_ADMIN may not do, and what it must ask for. Mounting needs no rule where the
// locked mounts say it all: umount2, open_tree, fsmount, mount_setattr.
func rules() []rule {
	namespaces := uint32(unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID |
		unix.CLONE_NEWNET | unix.CLONE_NEWCGROUP)
	list := []rule{
		{unix.SYS_MOUNT, ask, nil},
		{unix.SYS_FSOPEN, ask, nil},
		{unix.SYS_MOVE_MOUNT, ask, nil},
		{unix.SYS_FSPICK, ask, nil},
		{unix.SYS_FSCONFIG, ask, oneOf(1, unix.FSCONFIG_SET_STRING, unix.FSCONFIG_CMD_CREATE, fsconfigCreateExcl)},
		{unix.SYS_UNSHARE, refuse(unix.EPERM), []match{{0, namespaces | unix.CLONE_NEWTIME, 0, true}}},
		{unix.SYS_CLONE, refuse(unix.EPERM), []match{{cloneFlags(), namespaces, 0, true}}},
		// Its flags are in memory. Programs fall back to clone.
		{unix.SYS_CLONE3, refuse(unix.ENOSYS), nil},
		// Memory pages of the machine can be declared broken: MADV_HWPOISON, MADV_SOFT_OFFLINE.
		{unix.SYS_MADVISE, refuse(unix.EPERM), oneOf(2, unix.MADV_HWPOISON, madvSoftOffline)},
	}
	list = append(list, ioctls()...)
	for _, call := range []uintptr{
		unix.SYS_SETNS, unix.SYS_PIVOT_ROOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
		unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD, unix.SYS_FANOTIFY_INIT, unix.SYS_KEYCTL,
		unix.SYS_SYSLOG,
	} {
		list = append(list, rule{call, refuse(unix.EPERM), nil})
	}
	return list
}

const (
	fsconfigCreateExcl = 8   // linux/mount.h, Linux 6.6
	madvSoftOffline    = 101 // asm-generic/mman-common.h
)

// ioctls are rules about requests, the second argument. A loop device could let go of its image and come to hold another
// laboratory's, a frozen file system would outlive its node, and terminals and the random device are the host's.
func ioctls() []rule {
	const tiocsti, tioccons, fifreeze = 0x5412, 0x541d, 0xc0045877
	return []rule{
		{unix.SYS_IOCTL, unix.SECCOMP_RET_ALLOW, oneOf(1, unix.LOOP_GET_STATUS, unix.LOOP_GET_STATUS64)},
		{unix.SYS_IOCTL, refuse(unix.EPERM), []match{
			{1, 0xffffff00, unix.LOOP_SET_FD, false},
			{1, 0x0000ff00, 'R' << 8, false},
		}},
		{unix.SYS_IOCTL, refuse(unix.EPERM), oneOf(1, fifreeze, tiocsti, tioccons)},
	}
}

// oneOf matches an argument with any of the values.
func oneOf(argument int, values ...uint32) []match {
	var list []match
	for _, v := range values {
		list = append(list, match{argument, ^uint32(0), v, false})
	}
	return list
}

// cloneFlags is which argument of clone holds the flags.
func cloneFlags() int {
	if runtime.GOARCH == "s390x" {
		return 1
	}
	return 0
}

// compile turns rules into a program. The first that fits counts; what no rule names is allowed.
func compile(list []rule) []unix.SockFilter {
	var program []unix.SockFilter
	if runtime.GOARCH == "amd64" {
		// The x32 calls have numbers of their own.
		program = append(program, load(0),
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: 0x40000000, Jf: 1}, answer(refuse(unix.ENOSYS)))
	}
	for _, r := range list {
		body := r.body()
		program = append(program, load(0),
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(r.call), Jf: uint8(len(body))})
		program = append(program, body...)
	}
	return append(program, answer(unix.SECCOMP_RET_ALLOW))
}

func (r rule) body() []unix.SockFilter {
	if r.when == nil {
		return []unix.SockFilter{answer(r.answer)}
	}
	var body []unix.SockFilter
	for _, m := range r.when {
		test := unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: m.value, Jf: 1}
		if m.anyBit {
			test = unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: m.mask, Jf: 1}
		}
		body = append(body, load(lowerHalf(m.argument)),
			unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: m.mask}, test, answer(r.answer))
	}
	return body
}

// lowerHalf is where struct seccomp_data has the lower half of an argument: behind the number, the architecture and
// the instruction pointer.
func lowerHalf(argument int) uint32 {
	at := uint32(16 + 8*argument)
	if runtime.GOARCH == "s390x" {
		at += 4
	}
	return at
}

func load(at uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
}

func answer(with uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: with}
}
