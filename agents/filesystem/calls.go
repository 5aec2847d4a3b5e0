package filesystem

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"ocfbox/internal/abandon"
	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// The names of calls that may never return, because a device or a server behind them is dead.
const (
	callMount  = "mount"  // type, source, point, options, state folder and name of the lock
	callMkdirs = "mkdirs" // path
	callRead   = "read"   // device
	callWrite  = "write"  // path, text, "true" for direct output
	callReread = "reread" // disk
)

// Calls are what the process that makes such calls can do.
func Calls() abandon.Calls {
	calls := abandon.Calls{
		callMount: func(args []string) (string, error) {
			return withArgs(args, 6, func() (string, error) { return mountCall(args) })
		},
		callMkdirs: plain(1, func(args []string) error { return os.MkdirAll(args[0], 0o777) }),
		callRead:   plain(1, func(args []string) error { return readDevice(args[0]) }),
		callWrite:  plain(3, func(args []string) error { return writeStatus(args[0], args[1], args[2] == "true") }),
		callReread: plain(1, func(args []string) error { return deviceIoctl(args[0], unix.BLKRRPART) }),
	}
	maps.Copy(calls, stopCalls())
	return calls
}

// Callee is the process that makes such calls. The result is its exit code.
func Callee() int { return abandon.Serve(Calls(), os.Stdin, os.Stdout) }

// plain is a call without a result.
func plain(n int, call func(args []string) error) func([]string) (string, error) {
	return func(args []string) (string, error) {
		return withArgs(args, n, func() (string, error) { return "", call(args) })
	}
}

func withArgs(args []string, n int, call func() (string, error)) (string, error) {
	if len(args) != n {
		return "", fmt.Errorf("%d arguments in place of %d", len(args), n)
	}
	return call()
}

// deviceIoctl makes a request without arguments of a block device.
func deviceIoctl(path string, request uint) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.IoctlSetInt(fd, request, 0)
}

// apart makes a call where it can be given up when ctx ends.
func (a *config) apart(ctx context.Context, call string, args ...string) error {
	_, err := a.calls.Do(ctx, call, args...)
	return err
}

// mountLock is the name of the lock that a mount call holds for as long as it is in the kernel.
func mountLock(c *ocf.Call) string { return "Filesystem-" + c.Instance }

// awaitMount waits until no mount call of the resource is in the kernel, and keeps new ones away until unlock is
// called. A start that was killed may have left one, which could still succeed after everybody has seen that nothing
// is mounted.
func (a *config) awaitMount(ctx context.Context, c *ocf.Call) (unlock func(), err error) {
	unlock, err = c.State.Lock(ctx, mountLock(c))
	switch {
	case err == nil:
		return unlock, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, ocf.ErrGeneric.With("an earlier start of %s is still mounting it, and does not come back", c.Instance)
	}
	c.Log.Warn("a mount that is still under way cannot be told: %v", err)
	return func() {}, nil
}

// The results of a mount call.
const (
	mountedAsAsked  = ""
	mountedReadOnly = "read-only" // the device cannot be written
)

// errUnknownContent says that the file system on a device is none that is known here.
var errUnknownContent = errors.New("no file system is recognised on it")

// mountCall mounts.
func mountCall(args []string) (string, error) {
	fstype, source, point, list := args[0], args[1], args[2], args[3]
	// Whoever called us gives up on us when the time is up.
	if unlock, err := (&ocf.State{Dir: args[4]}).Lock(context.Background(), args[5]); err == nil {
		defer unlock()
	}
	return mountWith(mount.Request{Type: fstype, Source: source, Point: point, Options: mount.ParseOptions(list)})
}

// mountWith mounts as requested, and read-only where the device can only be read.
func mountWith(r mount.Request) (string, error) {
	// A block device is mounted as it is, as an image that is attached already.
	if inode, err := mount.Inspect(r.Source); r.Options.Loop && (err != nil || !inode.Block()) {
		image := mount.Image{Path: r.Source, Offset: r.Options.Offset, Limit: r.Options.Limit, ReadOnly: r.Options.ReadOnly()}
		device, err := mount.Attach(image, r.Options.LoopDevice)
		if err != nil {
			return "", err
		}
		defer device.Close()
		r.Source = device.Path
	}
	if r.Type == "" && !r.Options.Bind {
		fstype, err := recognise(r.Source)
		if err != nil {
			return "", err
		}
		r.Type = fstype
	}
	err := mount.Mount(r)
	readOnly := errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES)
	if !readOnly || r.Options.ReadOnly() || r.Options.Bind || slices.Contains(r.Options.Super, "rw") {
		return mountedAsAsked, err
	}
	r.Options.Set |= unix.MOUNT_ATTR_RDONLY
	r.Options.Super = append(r.Options.Super, "ro")
	if mount.Mount(r) != nil {
		return "", err
	}
	return mountedReadOnly, nil
}

// recognise is the type of the file system on a device.
func recognise(device string) (string, error) {
	file, err := os.Open(device)
	if err != nil {
		return "", err
	}
	defer file.Close()
	super, err := mount.ReadSuperblock(file)
	switch {
	case err != nil:
		return "", err
	case super.Member != "":
		return "", fmt.Errorf("%s is a part of %s and not to be mounted itself", device, super.Member)
	case super.Type == "":
		return "", errUnknownContent
	}
	return super.Type, nil
}
