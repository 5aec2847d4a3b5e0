package block

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// CanMap reports whether the contents may be looked at in the page cache: a file's, when it is not read directly.
func (d *Device) CanMap() bool { return !d.block && !d.direct }

// Map shows a range of a file where it lies in the page cache, or is read into it when it is looked at, from the front
// to the back. A page that cannot be had is a fault when it is touched (debug.SetPanicOnFault). The offset is a
// multiple of the page size. Unmap gives it back.
//
// The kernel maps the pages around a fault in one go. That costs less than asking for all of them ahead
// (MAP_POPULATE), which looks each page up again.
func (d *Device) Map(r Range) ([]byte, error) {
	if !d.CanMap() || r.Offset%int64(os.Getpagesize()) != 0 || r.End() > d.size {
		return nil, fmt.Errorf("%s cannot be mapped at byte %d", d.path, r.Offset)
	}
	shown, err := unix.Mmap(d.fd, r.Offset, int(r.Length), unix.PROT_READ, unix.MAP_SHARED)
	if err == nil {
		_ = unix.Madvise(shown, unix.MADV_SEQUENTIAL)
	}
	return shown, err
}

// Unmap gives back what Map has shown.
func (d *Device) Unmap(shown []byte) { _ = unix.Munmap(shown) }
