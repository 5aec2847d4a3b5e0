package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// SysRqFIFO stands, in a node, where /proc/sysrq-trigger was, if the kernel has that. Process 1 reads it.
const SysRqFIFO = "/run/ocflab/sysrq"

// coverProc makes what /proc offers of the whole kernel unreachable below root:
// sysctls are read-only but for net, which is the node's own, and a write to
// sysrq-trigger reaches process 1 of the node.
func coverProc(root string) error {
	at := func(path string) string { return filepath.Join(root, path) }
	for _, path := range []string{"proc/sys", "proc/irq", "proc/bus", "proc/fs"} {
		if err := bindReadOnly(at(path)); err != nil {
			return err
		}
	}
	if err := bindWritable(at("proc/sys/net")); err != nil {
		return err
	}
	if err := unix.Mkfifo(at(SysRqFIFO), 0o600); err != nil {
		return fmt.Errorf("make the sysrq FIFO: %w", err)
	}
	// A kernel without the magic key has no such file, and nothing to cover.
	if err := bind(at(SysRqFIFO), at("proc/sysrq-trigger")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, path := range []string{"proc/kcore", "proc/kmsg", "proc/keys", "proc/kpagecount", "proc/kpageflags", "proc/mtrr"} {
		if err := bind(at("dev/null"), at(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func bind(source, target string) error {
	if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind %s on %s: %w", source, target, err)
	}
	return nil
}

func bindReadOnly(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := bind(path, path); err != nil {
		return err
	}
	const flags = unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("", path, "", flags, ""); err != nil {
		return fmt.Errorf("make %s read-only: %w", path, err)
	}
	return nil
}

func bindWritable(path string) error {
	if err := bind(path, path); err != nil {
		return err
	}
	const flags = unix.MS_BIND | unix.MS_REMOUNT | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("", path, "", flags, ""); err != nil {
		return fmt.Errorf("make %s writable: %w", path, err)
	}
	return nil
}
