package filemap

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
)

// The question FS_IOC_FIEMAP (Documentation/filesystems/fiemap.rst).
const (
	getFIEMap = 0xc020660b
	// Sizes of its head and of an extent, in bytes, and how many extents are asked for at a time.
	fiemapHead, fiemapSize = 32, 56
	fiemapCount            = 256

	fiemapLast    = 1 << 0
	fiemapUnknown = 1 << 1
	fiemapDelayed = 1 << 2
	fiemapInline  = 1 << 9
	fiemapUnused  = 1 << 11
)

// An extent is where a part of a file lies on the device. Unwritten ones were reserved, and read as zeros.
type extent struct {
	block.Range
	fileOffset int64
	unwritten  bool
}

// fiemap asks where an open file lies, without having it written out first: what has no place yet is passed over.
func fiemap(fd int, buffer []byte, each func(extent)) error {
	var from uint64
	for {
		clear(buffer[:fiemapHead])
		binary.NativeEndian.PutUint64(buffer, from)
		binary.NativeEndian.PutUint64(buffer[8:], ^uint64(0)-from)
		binary.NativeEndian.PutUint32(buffer[24:], uint32((len(buffer)-fiemapHead)/fiemapSize))
		if _, _, err := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), getFIEMap, uintptr(unsafe.Pointer(&buffer[0]))); err != 0 {
			return err
		}
		count := int(binary.NativeEndian.Uint32(buffer[20:]))
		for i := range count {
			b := buffer[fiemapHead+i*fiemapSize:]
			logical, length := binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint64(b[16:])
			flags := binary.NativeEndian.Uint32(b[40:])
			if flags&(fiemapUnknown|fiemapDelayed|fiemapInline) == 0 {
				each(extent{block.Range{Offset: int64(binary.NativeEndian.Uint64(b[8:])), Length: int64(length)}, int64(logical), flags&fiemapUnused != 0})
			}
			if flags&fiemapLast != 0 || logical+length <= from {
				return nil
			}
			from = logical + length
		}
		if count == 0 {
			return nil
		}
	}
}
