package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Environment is what a program inside a node starts with.
func Environment() []string {
	return []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root", "LOGNAME=root",
		"LANG=C.UTF-8", "SHELL=/bin/bash",
		// The host's DRBD, if it has one, is none of the node's.
		"OCFBOX_PROC_DRBD=/run/drbdsim/proc", "OCFBOX_KMSG=/run/drbdsim/kmsg",
	}
}

// Run runs cmd inside the node whose process 1 is process, with no more rights than
// the node's own programs have. The error is that of exec.Cmd.Run: an exit code that is not
// zero is an *exec.ExitError. The program is looked up in the node.
func Run(process *os.File, cmd *exec.Cmd) error {
	if err := OnThread(func() error { return startInside(process, cmd) }); err != nil {
		return err
	}
	return cmd.Wait()
}

// Command builds a command for Run. At the end of ctx the program is killed.
func Command(ctx context.Context, args ...string) *exec.Cmd {
	// The path is resolved inside the node, by startInside.
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args, cmd.Path, cmd.Err = args, args[0], nil
	cmd.Env = Environment()
	cmd.Dir = "/"
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

func startInside(process *os.File, cmd *exec.Cmd) error {
	if err := Enter(process); err != nil {
		return err
	}
	if err := Protect(); err != nil {
		return err
	}
	path, err := findProgram(cmd.Path)
	if err != nil {
		return err
	}
	cmd.Path = path
	return cmd.Start()
}

// findProgram searches the node's PATH, not ours.
func findProgram(name string) (string, error) {
	for _, folder := range []string{"", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"} {
		if folder == "" && name[0] != '/' {
			continue
		}
		var stat unix.Stat_t
		err := unix.Stat(folder+name, &stat)
		if err == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG && stat.Mode&0o111 != 0 {
			return folder + name, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// Enter moves the calling thread into all namespaces of the node whose process 1 is
// process, a pidfd. The caller locks the thread and never gives it back.
func Enter(process *os.File) error {
	// The thread shares its root and working directory with the others until then.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare the root directory: %w", err)
	}
	const all = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS |
		unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP
	if err := unix.Setns(int(process.Fd()), all); err != nil {
		return fmt.Errorf("enter the node: %w", err)
	}
	return nil
}

// ExitCode says how a program run by Run ended, as a shell does: its own code, or 128
// and the signal's number. ok is false when it did not run at all.
func ExitCode(err error) (code int, ok bool) {
	if err == nil {
		return 0, true
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, false
	}
	status := exit.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), true
	}
	return status.ExitStatus(), true
}
