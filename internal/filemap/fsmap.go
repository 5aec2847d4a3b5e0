package filemap

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/mount"
)

// The question FS_IOC_GETFSMAP (ioctl_getfsmap(2)), Linux 4.12.
const (
	getFSMap = 0xc0c0583b
	// Sizes of its head, with two keys at its end, and of an entry, in bytes.
	fsmapHead, fsmapSize = 192, 64
	fsmapKeys            = 64
	// fsmapCount is how many entries are asked for at a time.
	fsmapCount = 1024

	fsmapAttributes = 1 << 1
	fsmapExtents    = 1 << 2
	fsmapSpecial    = 1 << 4
	fsmapLast       = 1 << 5
	// fsmapUnknownOwner is set here, by no kernel: somebody has it, and who is not told.
	fsmapUnknownOwner = 1 << 31
)

// An fsmapEntry is what a part of the device is used for.
type fsmapEntry struct {
	block.Range
	Flags uint32
	// Owner is an inode, or a number for what is no file's.
	Owner, FileOffset uint64
}

// owner makes a number for what is no file's, as the kernel's headers do.
func owner(kind, code uint64) uint64 { return kind<<32 | code }

// special is what an entry says that is no file's.
func (e fsmapEntry) special() (Finding, bool) {
	if e.Flags&fsmapSpecial == 0 || e.Flags&fsmapUnknownOwner != 0 {
		return Finding{}, false
	}
	meta := func(name string) (Finding, bool) { return Finding{Kind: Metadata, Name: name}, true }
	// The numbers of xfs begin with X, and ext4 uses some of them; its own begin with f.
	switch e.Owner {
	case owner(0, 1):
		return Finding{Kind: Free}, true
	case owner('X', 1):
		return meta("superblock")
	case owner('X', 2):
		return Finding{Kind: Journal}, true
	case owner('X', 3):
		return meta("allocation group")
	case owner('X', 4):
		return meta("inode index")
	case owner('X', 5):
		return meta("inodes")
	case owner('X', 6):
		return meta("reference counts")
	case owner('X', 7):
		return Finding{Kind: Free, Name: "reserved for copy on write"}, true
	case owner('X', 8):
		return meta("bad blocks")
	case owner('f', 1), owner('f', 2):
		return meta("group descriptors")
	case owner('f', 3):
		return meta("block bitmap")
	case owner('f', 4):
		return meta("inode bitmap")
	}
	return meta("")
}

// unknownOwner is the number of space in use whose owner the file system does not know.
func unknownOwner() uint64 { return owner(0, 2) }

// fsmap asks a mounted file system what a part of its device is used for.
func fsmap(root int, device mount.Device, r block.Range, each func(fsmapEntry)) error {
	buffer := make([]byte, fsmapHead+fsmapCount*fsmapSize)
	number := uint32(device.Minor()&0xff | device.Major()<<8 | device.Minor()&^0xff<<12)
	low, high := buffer[fsmapKeys:fsmapKeys+fsmapSize], buffer[fsmapKeys+fsmapSize:fsmapHead]
	putKey(low, number, 0, uint64(r.Offset), 0)
	putKey(high, number, ^uint32(0), uint64(r.End()-1), ^uint64(0))
	binary.NativeEndian.PutUint32(buffer[8:], fsmapCount)
	for {
		if _, _, err := unix.Syscall(unix.SYS_IOCTL, uintptr(root), getFSMap, uintptr(unsafe.Pointer(&buffer[0]))); err != 0 {
			return fmt.Errorf("FS_IOC_GETFSMAP: %w", err)
		}
		count := int(binary.NativeEndian.Uint32(buffer[12:]))
		if count == 0 || count > fsmapCount {
			return nil
		}
		var last uint32
		for i := range count {
			e := parseFSMap(buffer[fsmapHead+i*fsmapSize:])
			last = e.Flags
			if e.Owner == unknownOwner() && e.Flags&fsmapSpecial != 0 {
				e.Flags |= fsmapUnknownOwner
			}
			each(e)
		}
		if last&fsmapLast != 0 {
			return nil
		}
		copy(low, buffer[fsmapHead+(count-1)*fsmapSize:fsmapHead+count*fsmapSize])
	}
}

func putKey(key []byte, device, flags uint32, physical, rest uint64) {
	clear(key)
	binary.NativeEndian.PutUint32(key, device)
	binary.NativeEndian.PutUint32(key[4:], flags)
	binary.NativeEndian.PutUint64(key[8:], physical)
	binary.NativeEndian.PutUint64(key[16:], rest)
	binary.NativeEndian.PutUint64(key[24:], rest)
}

func parseFSMap(b []byte) fsmapEntry {
	return fsmapEntry{
		Flags: binary.NativeEndian.Uint32(b[4:]), Owner: binary.NativeEndian.Uint64(b[16:]),
		FileOffset: binary.NativeEndian.Uint64(b[24:]),
		Range:      block.Range{Offset: int64(binary.NativeEndian.Uint64(b[8:])), Length: int64(binary.NativeEndian.Uint64(b[32:]))},
	}
}
