package guard

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// HolderName is what the program is called while it holds a mount namespace for Lock.
const HolderName = "ocflab-lock"

// Hold is that program: it waits until its input ends.
func Hold() int {
	// There is nothing to read, and no one to tell.
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// Lock moves the calling thread into a copy of its mount namespace whose mounts are locked. The copy belongs to a user
// namespace of its own, and the kernel protects from the owner of such a copy what the maker of the mounts meant to
// hide or to forbid: mount_namespaces(7), "Restrictions on mount namespaces". The thread stays in its user namespace,
// and so can mount what others cannot. The caller locks the thread and never gives it back.
func Lock() error {
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{HolderName}, Dir: "/", Env: []string{},
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL},
	}
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("make a mount namespace with locked mounts: %w", err)
	}
	defer func() {
		input.Close()
		// Its exit code says nothing.
		_ = cmd.Wait()
	}()
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/mnt", cmd.Process.Pid))
	if err != nil {
		return err
	}
	defer namespace.Close()
	// The thread shares its root and working directory with the others until then.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("enter the mount namespace with locked mounts: %w", err)
	}
	return nil
}
