package block

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrCached is returned for a block device that is to be read through the page cache.
var ErrCached = errors.New("cached reads of a block device may be stale")

// OpenOptions say how a device is opened.
type OpenOptions struct {
	// Direct reads files past the page cache too. Block devices are always read so.
	Direct bool
	// Cached reads through the page cache; a block device refuses it unless StaleIsFine.
	Cached, StaleIsFine bool
}

// A Device is a block device or a regular file that is read, never written. Its methods are for several goroutines.
type Device struct {
	path   string
	fd     int
	size   int64
	block  bool
	direct bool
	number uint64
	// align is what address, offset and length of a direct read must be multiples of.
	align int

	odd     sync.Mutex
	scratch []byte
}

// Open opens a device or file for reading, without keeping anybody else from it. Close gives it back.
func Open(path string, o OpenOptions) (*Device, error) {
	fd, err := openRetry(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	d := &Device{path: path, fd: fd, align: 1}
	if err := d.examine(o); err != nil {
		d.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func openRetry(path string, flags int) (int, error) {
	for {
		fd, err := unix.Open(path, flags, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// examine finds out what was opened, and turns direct reading on.
func (d *Device) examine(o OpenOptions) error {
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		return err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFBLK:
		d.block, d.number = true, st.Rdev
	case unix.S_IFREG:
	default:
		return errors.New("neither a block device nor a file")
	}
	if d.block && o.Cached && !o.StaleIsFine {
		return ErrCached
	}
	size, err := unix.Seek(d.fd, 0, io.SeekEnd)
	if err != nil {
		return err
	}
	d.size = size
	if o.Cached || !d.block && !o.Direct {
		return nil
	}
	return d.setDirect()
}

// setDirect makes reads go past the page cache, and finds the alignment that they need.
func (d *Device) setDirect() error {
	if _, err := unix.FcntlInt(uintptr(d.fd), unix.F_SETFL, unix.O_DIRECT); err != nil {
		return fmt.Errorf("direct reading: %w", err)
	}
	d.direct, d.align = true, os.Getpagesize()
	if d.block {
		if sector, err := unix.IoctlGetInt(d.fd, unix.BLKSSZGET); err == nil && sector > 0 {
			d.align = sector
		}
	}
	scratch, err := NewBuffer(scratchSize)
	d.scratch = scratch
	return err
}

// scratchSize holds what is read for a request that is not aligned.
const scratchSize = 64 << 10

// Close gives the device back.
func (d *Device) Close() error {
	if d.scratch != nil {
		FreeBuffer(d.scratch)
		d.scratch = nil
	}
	return unix.Close(d.fd)
}

// Path is the name under which the device was opened.
func (d *Device) Path() string { return d.path }

// Size is the size when it was opened, in bytes.
func (d *Device) Size() int64 { return d.size }

// IsDirect reports whether reads go past the page cache.
func (d *Device) IsDirect() bool { return d.direct }

// Major is the number of a block device's driver, 0 for a file.
func (d *Device) Major() uint32 { return unix.Major(d.number) }

// Number is a block device's number, 0 for a file.
func (d *Device) Number() uint64 { return d.number }

// ReadAt fills p from a byte of the device. What is missing at the end is io.ErrUnexpectedEOF.
func (d *Device) ReadAt(p []byte, offset int64) (int, error) {
	if !d.direct || d.aligned(p, offset) {
		return d.read(p, offset)
	}
	return d.readOdd(p, offset)
}

func (d *Device) aligned(p []byte, offset int64) bool {
	if len(p) == 0 {
		return true
	}
	align := int64(d.align)
	// The memory of a direct read must be aligned as well; a page always is.
	return offset%align == 0 && int64(len(p))%align == 0 && uintptr(unsafe.Pointer(&p[0]))%uintptr(d.align) == 0
}

// read is one request of a caller: several to the kernel when it answers with less.
func (d *Device) read(p []byte, offset int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Pread(d.fd, p[done:], offset+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, &os.PathError{Op: "read", Path: d.path, Err: err}
		case n == 0:
			return done, io.ErrUnexpectedEOF
		default:
			done += n
		}
	}
	return done, nil
}

// readOdd reads the aligned part around a request, and hands over what was asked for.
func (d *Device) readOdd(p []byte, offset int64) (int, error) {
	d.odd.Lock()
	defer d.odd.Unlock()
	done := 0
	for done < len(p) {
		at := offset + int64(done)
		from := at / int64(d.align) * int64(d.align)
		before := int(at - from)
		need := (before + len(p) - done + d.align - 1) / d.align * d.align
		n, err := d.read(d.scratch[:min(need, len(d.scratch))], from)
		if n <= before {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return done, err
		}
		done += copy(p[done:], d.scratch[before:n])
		if err != nil && done < len(p) {
			return done, err
		}
	}
	return done, nil
}

// NextData is the next part at or behind from, and before end, that may hold something else than zeros. Without one
// it is empty and begins at end. Block devices do not tell: all of them may.
func (d *Device) NextData(from, end int64) (Range, error) {
	if d.block || from >= end {
		return Between(from, max(from, end)), nil
	}
	start, err := unix.Seek(d.fd, from, unix.SEEK_DATA)
	switch {
	case err == unix.ENXIO:
		return d.behindData(from, end)
	case err == unix.EINVAL:
		// A file system without holes.
		return Between(from, end), nil
	case err != nil:
		return Range{}, &os.PathError{Op: "seek", Path: d.path, Err: err}
	}
	if start >= end {
		return Range{Offset: end}, nil
	}
	hole, err := unix.Seek(d.fd, start, unix.SEEK_HOLE)
	if err != nil {
		return Between(start, end), nil
	}
	return Between(start, min(hole, end)), nil
}

// behindData is what a file without data behind from has there: a hole or, where the file has become shorter than it
// was, a part that is to be read, so that the reader learns of it. It is no hole, which would count as zeros.
func (d *Device) behindData(from, end int64) (Range, error) {
	size, err := unix.Seek(d.fd, 0, io.SeekEnd)
	if err != nil {
		return Range{}, &os.PathError{Op: "seek", Path: d.path, Err: err}
	}
	if size < end {
		return Between(max(from, size), end), nil
	}
	return Range{Offset: end}, nil
}

// Identity tells a device from another one that took its place: a checkpoint of the first is not for the second.
type Identity struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	// ID is the world wide name or serial number of a block device, if it has one; a file's device and inode.
	ID string `json:"id,omitempty"`
}

// Identity is what is known of the device.
func (d *Device) Identity() Identity {
	id := Identity{Path: d.path, Size: d.size}
	if !d.block {
		var st unix.Stat_t
		if unix.Fstat(d.fd, &st) == nil {
			id.ID = fmt.Sprintf("file:%d:%d", st.Dev, st.Ino)
		}
		return id
	}
	dir := fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(d.number), unix.Minor(d.number))
	for _, name := range []string{"wwid", "device/wwid", "serial", "device/serial", "dm/uuid", "loop/backing_file"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil && strings.TrimSpace(string(text)) != "" {
			id.ID = name + ":" + strings.TrimSpace(string(text))
			break
		}
	}
	return id
}
