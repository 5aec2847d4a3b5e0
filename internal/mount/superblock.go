package mount

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
)

// A Superblock is what is written on a device about what it holds.
type Superblock struct {
	// Type is the file system by the kernel's name, or "" when it is none that is known here.
	Type string
	// Member names what the device is a part of, when it holds no file system that could be mounted: "LUKS",
	// "LVM2", "MD" or "DRBD".
	Member string
	// UUID and Label are as blkid prints them, "" where the file system has none or they are not read here.
	UUID, Label string
}

// superSize is how much of the beginning of a device the known superblocks take.
const superSize = 72 << 10

// ReadSuperblock reads what a device holds. A device that is too short for a file system holds none.
func ReadSuperblock(device io.ReaderAt) (Superblock, error) {
	head := make([]byte, superSize)
	n, err := device.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Superblock{}, err
	}
	return recognise(head[:n]), nil
}

// recognise reads the superblocks at the beginning of a device. What makes it a part of something else comes first:
// the file system behind it must not be mounted.
func recognise(head []byte) Superblock {
	at := func(offset, length int) []byte {
		if offset+length > len(head) {
			return make([]byte, length)
		}
		return head[offset : offset+length]
	}
	is := func(offset int, magic string) bool { return string(at(offset, len(magic))) == magic }
	switch {
	case is(0, "LUKS\xba\xbe"):
		return Superblock{Member: "LUKS"}
	case isLVM(at):
		return Superblock{Member: "LVM2"}
	case is(4096, "\xfc\x4e\x2b\xa9"), is(0, "\xfc\x4e\x2b\xa9"):
		return Superblock{Member: "MD"}
	case is(1080, "\x53\xef"):
		return Superblock{Type: extType(at), UUID: uuidOf(at(1024+0x68, 16)), Label: labelOf(at(1024+0x78, 16))}
	case is(0, "XFSB"):
		return Superblock{Type: "xfs", UUID: uuidOf(at(32, 16)), Label: labelOf(at(108, 12))}
	case is(65536+64, "_BHRfS_M"):
		return Superblock{Type: "btrfs", UUID: uuidOf(at(65536+32, 16)), Label: labelOf(at(65536+299, 256))}
	case is(65536, "\x01\x16\x19\x70"):
		return Superblock{Type: "gfs2"}
	case is(1024, "\x10\x20\xf5\xf2"):
		return Superblock{Type: "f2fs"}
	case is(1024, "\xe2\xe1\xf5\xe0"):
		return Superblock{Type: "erofs"}
	case is(0, "hsqs"):
		return Superblock{Type: "squashfs"}
	case is(32769, "CD001"):
		return Superblock{Type: "iso9660"}
	}
	return Superblock{}
}

// isLVM looks for the label of a physical volume, which is in one of the first four sectors.
func isLVM(at func(offset, length int) []byte) bool {
	for sector := range 4 {
		label := at(sector*512, 32)
		if string(label[:8]) == "LABELONE" && string(label[24:32]) == "LVM2 001" {
			return true
		}
	}
	return false
}

// extType tells the three generations of ext apart by what they could not mount.
func extType(at func(offset, length int) []byte) string {
	compat := binary.LittleEndian.Uint32(at(1024+0x5c, 4))
	incompat := binary.LittleEndian.Uint32(at(1024+0x60, 4))
	roCompat := binary.LittleEndian.Uint32(at(1024+0x64, 4))
	const journal, known3, roKnown3 = 0x4, 0x16, 0x7
	switch {
	case incompat&^known3 != 0 || roCompat&^roKnown3 != 0:
		return "ext4"
	case compat&journal == 0:
		return "ext2"
	}
	return "ext3"
}

func uuidOf(raw []byte) string {
	text := hex.EncodeToString(raw)
	if strings.Trim(text, "0") == "" {
		return ""
	}
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

func labelOf(raw []byte) string {
	text, _, _ := bytes.Cut(raw, []byte{0})
	return string(text)
}
