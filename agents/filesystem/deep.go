package filesystem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// blockSize is what the deeper checks read and write: the largest block of the file systems that are checked.
const blockSize = 4096

// defaultStatusPrefix is where the status file is unless configured (filesystem.md 2).
const defaultStatusPrefix = ".Filesystem_status/"

// checkDevice reads from the device, past all caches.
func (a *config) checkDevice(ctx context.Context, c *ocf.Call, o observation) error {
	device := o.source
	if device.path == "" || device.kind == tagged && !device.there {
		device = a.resolve(c)
	}
	path := device.path
	switch {
	case !device.kind.onDevice():
		c.Log.Warn("OCF_CHECK_LEVEL=10 has nothing to read: %s is no block device", a.device)
		return nil
	case device.kind == loop:
		path = fmt.Sprintf("/dev/loop%d", o.top().Device.Minor())
	case !device.there:
		// The mount is the resource's, but its device has no name any more.
		path = mount.Node(o.top().Device)
	}
	c.Log.Trace("read from %s", path)
	if err := a.apart(ctx, callRead, path); err != nil {
		return ocf.ErrGeneric.With("read from %s: %w", path, err)
	}
	return nil
}

// readDevice reads one block from the beginning of a device.
func readDevice(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECT|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return readBlock(fd, aligned())
}

// readBlock fills a block from the beginning of a file.
func readBlock(fd int, into []byte) error {
	for {
		n, err := unix.Pread(fd, into, 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err == nil && n < len(into):
			return fmt.Errorf("only %d bytes of %d", n, len(into))
		}
		return err
	}
}

// aligned is a block in memory at an address that direct input and output takes.
func aligned() []byte {
	raw := make([]byte, 2*blockSize)
	skip := (blockSize - int(uintptr(unsafe.Pointer(&raw[0]))%blockSize)) % blockSize
	return raw[skip : skip+blockSize : skip+blockSize]
}

// statusFile is the path of the resource's status file on this node (filesystem.md 2).
func (a *config) statusFile(c *ocf.Call, point string) string {
	prefix := a.statusPrefix
	if prefix == "" {
		prefix = defaultStatusPrefix
	}
	name := safeInstance(c.Instance)
	if n := c.Meta("clone"); n != "" {
		name += "_" + n
	}
	return trimSlashes(point) + "/" + prefix + name + "_" + nodeName()
}

// nodeName is the name the kernel has for this node.
func nodeName() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return "localhost"
	}
	return unix.ByteSliceToString(name.Nodename[:])
}

// checkFile writes the status file, and reads it back from the device.
func (a *config) checkFile(ctx context.Context, c *ocf.Call, o observation) error {
	path := a.statusFile(c, o.point)
	direct := strconv.FormatBool(o.source.kind.onDevice())
	c.Log.Trace("write and read %s", path)
	if err := a.apart(ctx, callWrite, path, c.Instance, direct); err != nil {
		return ocf.ErrGeneric.With("status file %s: %w", path, err)
	}
	return nil
}

// writeStatus writes a block that holds the text into the file, waits until it is on the disk and compares what is
// there.
func writeStatus(path, text string, direct bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	block := aligned()
	copy(block[:blockSize-1], text+"\n")
	if err := writeBlock(path, block, direct); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	flags := unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NOFOLLOW
	if direct {
		flags |= unix.O_DIRECT
	}
	fd, err := unix.Open(path, flags, 0)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.Open(path, flags&^unix.O_DIRECT, 0)
	}
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	defer unix.Close(fd)
	back := aligned()
	if err := readBlock(fd, back); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if !bytes.Equal(back, block) {
		return errors.New("what is read back is not what was written")
	}
	return nil
}

// writeBlock writes the file, without direct output where the file system has none. The block that the file has is
// written over rather than given back and asked for again: on a full disk somebody else could get it.
func writeBlock(path string, block []byte, direct bool) error {
	flags := unix.O_WRONLY | unix.O_CREAT | unix.O_SYNC | unix.O_CLOEXEC
	if direct {
		err := writeWith(path, block, flags|unix.O_DIRECT)
		if !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	return writeWith(path, block, flags)
}

func writeWith(path string, block []byte, flags int) (err error) {
	// Anything but a regular file is refused before it is opened for writing: a FIFO would wait for a reader.
	var st unix.Stat_t
	if unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
		return errors.New("it is no regular file")
	}
	fd, err := unix.Open(path, flags, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		// What was wrong first is the reason.
		if closed := unix.Close(fd); err == nil {
			err = closed
		}
	}()
	n, err := unix.Write(fd, block)
	switch {
	case err != nil:
		return err
	case n < len(block):
		return fmt.Errorf("only %d bytes of %d", n, len(block))
	}
	if st.Size > int64(len(block)) {
		if err := unix.Ftruncate(fd, int64(len(block))); err != nil {
			return err
		}
	}
	return unix.Fsync(fd)
}

// removeStatus removes the status file, and the folder that the check has made for it if nothing else is in it. It
// asks the mounted file system, so it is to be called where it can be given up.
func removeStatus(path, point string) error {
	err := os.Remove(path)
	folder := filepath.Dir(path)
	if folder != filepath.Clean(point) && mount.Within(folder, filepath.Clean(point)) {
		_ = os.Remove(folder) // only an empty one goes
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
