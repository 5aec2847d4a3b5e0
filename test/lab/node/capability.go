package node

import (
	"fmt"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/guard"
)

// granted lists the capabilities that programs inside a node may have. What is absent
// is how a node would reach the kernel it shares with the host: mounts and the host
// name (SYS_ADMIN), modules (SYS_MODULE), ports and memory (SYS_RAWIO), the clock
// (SYS_TIME), device nodes (MKNOD), the kernel's log (SYSLOG), BPF.
//
// SYS_ADMIN comes back for a node that mounts: see package guard.
//
// SYS_BOOT stays: inside a PID namespace reboot(2) ends that namespace only, and
// Pacemaker's panic must end its node. kexec, the other thing it would allow, is
// refused by a system call filter.
func granted(mounts bool) []int {
	list := []int{
		unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL,
		unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_SETPCAP, unix.CAP_SETFCAP,
		unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_BROADCAST, unix.CAP_NET_ADMIN, unix.CAP_NET_RAW,
		unix.CAP_IPC_LOCK, unix.CAP_IPC_OWNER, unix.CAP_SYS_CHROOT, unix.CAP_SYS_PTRACE,
		unix.CAP_SYS_NICE, unix.CAP_SYS_BOOT, unix.CAP_AUDIT_WRITE, unix.CAP_LEASE,
	}
	if mounts {
		list = append(list, unix.CAP_SYS_ADMIN)
	}
	return list
}

// Protect takes from the calling thread, and from every program it will start,
// what a node must not have. The caller locks the thread and never gives it back.
func Protect() error {
	_, err := os.Stat(SupervisorSocket)
	mounts := err == nil
	keep := granted(mounts)
	for c := 0; c <= unix.CAP_LAST_CAP; c++ {
		if slices.Contains(keep, c) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := refuseKexec(); err != nil {
		return fmt.Errorf("install the system call filter: %w", err)
	}
	if !mounts {
		return nil
	}
	listener, err := guard.Install()
	if err != nil {
		return err
	}
	defer listener.Close()
	return guard.Send(SupervisorSocket, listener)
}

// refuseKexec makes kexec_load and kexec_file_load answer EPERM, and every call of
// another architecture's table ENOSYS, since the numbers mean something else there.
func refuseKexec() error {
	arch, ok := map[string]uint32{
		"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64,
		"ppc64le": unix.AUDIT_ARCH_PPC64LE, "s390x": unix.AUDIT_ARCH_S390X,
	}[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("architecture %s is unknown", runtime.GOARCH)
	}
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		answer = unix.BPF_RET | unix.BPF_K
	)
	// The offsets are those of struct seccomp_data: the number, then the architecture.
	program := []unix.SockFilter{
		{Code: load, K: 4},
		{Code: equal, K: arch, Jt: 1},
		{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{Code: load, K: 0},
		{Code: equal, K: unix.SYS_KEXEC_LOAD, Jt: 2},
		{Code: equal, K: unix.SYS_KEXEC_FILE_LOAD, Jt: 1},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
		{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
	}
	return installFilter(program)
}
