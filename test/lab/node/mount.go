package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A mount is one line of what a node mounts, in order.
type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

// buildRoot mounts the node's file systems below s.Root. Device nodes are refused
// everywhere but in /dev, where only harmless ones exist.
func buildRoot(s Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	upper, work := filepath.Join(s.Disk, "upper"), filepath.Join(s.Disk, "work")
	for _, folder := range []string{s.Root, upper, work} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", strings.Join(s.Layers, ":"), upper, work)
	const plain = unix.MS_NOSUID | unix.MS_NODEV
	return mountAll(s.Root, []mount{
		{"ocflab", "", "overlay", unix.MS_NODEV, layers},
		{"proc", "proc", "proc", plain | unix.MS_NOEXEC, ""},
		{"sysfs", "sys", "sysfs", plain | unix.MS_NOEXEC | unix.MS_RDONLY, ""},
		{"dev", "dev", "tmpfs", unix.MS_NOSUID, "mode=755,size=1m"},
		{"run", "run", "tmpfs", plain, "mode=755"},
		{"tmp", "tmp", "tmpfs", plain, "mode=1777"},
	})
}

func mountAll(root string, mounts []mount) error {
	for _, m := range mounts {
		target := filepath.Join(root, m.target)
		if err := unix.Mount(m.source, target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mount %s on /%s: %w", m.source, m.target, err)
		}
	}
	return nil
}

// enterRoot makes root the root of this mount namespace and forgets the old one.
func enterRoot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot to %s: %w", root, err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the host's root: %w", err)
	}
	return os.Chdir("/")
}

// harmless are the devices that every node may have.
func harmless() []Device {
	return []Device{
		{Name: "null", Major: 1, Minor: 3}, {Name: "zero", Major: 1, Minor: 5}, {Name: "full", Major: 1, Minor: 7},
		{Name: "random", Major: 1, Minor: 8}, {Name: "urandom", Major: 1, Minor: 9}, {Name: "tty", Major: 5, Minor: 0},
	}
}

// fillDev makes the few devices and the links every program expects, and what else the node has.
func fillDev(dev string, more []Device) error {
	for _, d := range append(harmless(), more...) {
		path, kind := filepath.Join(dev, d.Name), uint32(unix.S_IFCHR)
		if d.Block {
			kind = unix.S_IFBLK
		}
		if err := unix.Mknod(path, kind|0o666, int(unix.Mkdev(d.Major, d.Minor))); err != nil {
			return fmt.Errorf("make device %s: %w", d.Name, err)
		}
		if err := os.Chmod(path, 0o666); err != nil {
			return err
		}
	}
	links := [][2]string{
		{"/proc/self/fd", "fd"}, {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"},
	}
	for _, l := range links {
		if err := os.Symlink(l[0], filepath.Join(dev, l[1])); err != nil {
			return err
		}
	}
	for _, folder := range []string{"pts", "shm"} {
		if err := os.Mkdir(filepath.Join(dev, folder), 0o755); err != nil {
			return err
		}
	}
	const plain = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	return mountAll(dev, []mount{
		{"devpts", "pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "newinstance,ptmxmode=666,mode=620"},
		{"shm", "shm", "tmpfs", plain, "mode=1777"},
	})
}
