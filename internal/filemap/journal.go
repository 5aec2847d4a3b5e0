package filemap

import (
	"encoding/binary"
	"strings"

	"ocfbox/internal/block"
)

// journal names what the kernel leaves without an owner and the file system's description on the device tells: where
// the journal lies never changes while it is mounted. A journal on a device of its own is not here.
func (w *walk) journal(kind string) {
	var parts block.Ranges
	switch {
	case len(w.nameless) == 0:
	case kind == "xfs":
		parts = xfsLog(w.space)
	case strings.HasPrefix(kind, "ext"):
		parts = extJournalOf(w.space)
	}
	for _, r := range parts {
		for _, part := range w.nameless.Within(r) {
			w.named.Add(part)
			w.found(w.space, part, Finding{Kind: Journal})
		}
	}
}

// extJournalOf is where the inode of the journal says that it lies.
func extJournalOf(s space) (parts block.Ranges) {
	f, err := openExt(s, s.size())
	if err != nil || f.journalInode == 0 {
		return nil
	}
	if i, ok := f.inode(f.journalInode); ok {
		f.runs(i, func(r run) { parts.Add(block.Range{Offset: r.physical * f.block, Length: r.count * f.block}) })
	}
	return parts
}

// fileSystemEnd is how much of a space its file system takes, in bytes.
func fileSystemEnd(s space, kind string) int64 {
	if strings.HasPrefix(kind, "ext") {
		if f, err := openExt(s, s.size()); err == nil {
			return f.blocks * f.block
		}
	}
	b := make([]byte, sector)
	if _, err := s.ReadAt(b, 0); kind == "xfs" && err == nil {
		if blocks := binary.BigEndian.Uint64(b[8:]); blocks < 1<<47 {
			return min(s.size(), int64(blocks)*int64(binary.BigEndian.Uint32(b[4:])&0x1ffff))
		}
	}
	return s.size()
}

// xfsLog is where the superblock of an xfs says that its log lies. A block's number is that of its allocation group,
// and behind it that within the group.
func xfsLog(s space) block.Ranges {
	b := make([]byte, sector)
	if _, err := s.ReadAt(b, 0); err != nil || string(b[:4]) != "XFSB" {
		return nil
	}
	size, start := int64(binary.BigEndian.Uint32(b[4:])), binary.BigEndian.Uint64(b[48:])
	perGroup, blocks, bits := int64(binary.BigEndian.Uint32(b[84:])), int64(binary.BigEndian.Uint32(b[96:])), b[124]
	if start == 0 || bits > 31 || size > maxExtBlock || start>>bits > 1<<32 {
		return nil
	}
	at := (int64(start>>bits)*perGroup + int64(start&(1<<bits-1))) * size
	return block.Ranges{{Offset: at, Length: blocks * size}}
}
