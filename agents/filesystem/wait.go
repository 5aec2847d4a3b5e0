package filesystem

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

const (
	// deviceWait bounds the wait for a device that udev may be making (filesystem.md 6.4).
	deviceWait = 10 * time.Second
	// lookPause is the longest time without a look whether udev is idle.
	lookPause = 100 * time.Millisecond
)

// stub is a device that tests of the shell agents give; it is no block device, and mounting it fails.
const stub = "/dev/null"

// awaitDevice waits for the device or image to be there.
func (a *config) awaitDevice(ctx context.Context, c *ocf.Call, s *source) error {
	if s.there || a.device == stub {
		return nil
	}
	if s.kind != loop {
		a.rereadPartitions(ctx, c)
		a.waitForUdev(ctx, c, s)
		*s = a.resolve(c)
	}
	if s.there {
		return nil
	}
	if inode, err := mount.Inspect(a.device); err == nil && inode.Regular() {
		return ocf.ErrInstalled.With("device %s is a regular file; the option loop is missing", a.device)
	}
	return ocf.ErrInstalled.With("device %s does not exist on this node", a.device)
}

// waitForUdev waits until the device is there, udev has nothing to do, or too much time has passed.
func (a *config) waitForUdev(ctx context.Context, c *ocf.Call, s *source) {
	if _, err := mount.Inspect("/run/udev/control"); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, min(deviceWait, c.Timeout/3))
	defer cancel()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	folder := "/dev"
	if s.path != "" {
		folder = filepath.Dir(s.path)
	}
	_, _ = unix.InotifyAddWatch(fd, folder, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB)
	c.Log.Trace("wait for %s", a.device)
	for ctx.Err() == nil {
		if now := a.resolve(c); now.there {
			return
		}
		if _, err := mount.Inspect("/run/udev/queue"); err != nil {
			return
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(lookPause.Milliseconds()))
		drain(fd)
	}
}

// drain takes what inotify has to say.
func drain(fd int) {
	events := make([]byte, 4096)
	for {
		if n, err := unix.Read(fd, events); n <= 0 || err != nil {
			return
		}
	}
}

// rereadPartitions lets the kernel read the partition table of the disk whose partition is missing. No other disk is
// touched.
func (a *config) rereadPartitions(ctx context.Context, c *ocf.Call) {
	disk := diskOf(a.device)
	if disk == "" {
		return
	}
	if inode, err := mount.Inspect(disk); err != nil || !inode.Block() {
		return
	}
	c.Log.Info("%s is missing: read the partition table of %s again", a.device, disk)
	if err := a.apart(ctx, callReread, disk); err != nil {
		c.Log.Debug("read the partition table of %s: %v", disk, err)
	}
}

// diskOf is the disk that a partition is on by its name, such as /dev/sda for /dev/sda1 and /dev/nvme0n1 for
// /dev/nvme0n1p1; "" when it is no name of a partition.
func diskOf(device string) string {
	name, ok := strings.CutPrefix(device, "/dev/")
	if !ok || strings.Contains(name, "/") {
		return ""
	}
	disk := strings.TrimRight(name, "0123456789")
	if disk == "" || disk == name {
		return ""
	}
	if base, ok := strings.CutSuffix(disk, "p"); ok && base != "" && base[len(base)-1] >= '0' && base[len(base)-1] <= '9' {
		return "/dev/" + base
	}
	for _, prefix := range []string{"sd", "hd", "vd", "xvd"} {
		if strings.HasPrefix(disk, prefix) {
			return "/dev/" + disk
		}
	}
	return ""
}
