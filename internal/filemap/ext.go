package filemap

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"ocfbox/internal/block"
)

// errExt is returned for an ext file system that cannot be understood.
var errExt = errors.New("a file system that cannot be understood")

// Features of ext2, ext3 and ext4 that change where something lies (Documentation/filesystems/ext4).
const (
	extFileType  = 0x2
	extRecover   = 0x4
	extJournal   = 0x8
	extMetaBG    = 0x10
	ext64Bit     = 0x80
	extSparse    = 0x1
	extSparse2   = 0x200
	extChecksums = 0x10
	extBigAlloc  = 0x200
	extMetaSums  = 0x400
)

// An extFS is an ext file system that is not mounted, as its superblock describes it.
type extFS struct {
	disk io.ReaderAt
	// block is the size of a block in bytes, and blocks how many there are.
	block, blocks, first       int64
	perGroup, inodesPerGroup   int64
	inodes, inodeSize          int64
	cluster                    int64
	descriptor, firstMetaGroup int64
	compat, incompat, roCompat uint32
	// reservedGDT are the blocks behind the descriptors that are kept for more of them.
	reservedGDT, journalInode int64
	backups                   [2]int64
	groups                    []extGroup
}

// An extGroup is a block group's descriptor.
type extGroup struct {
	blockBitmap, inodeBitmap, inodeTable int64
	// used is how many inodes of the table were ever used. bitmapUnused says that the bitmap was never written.
	used         int64
	bitmapUnused bool
}

// Bounds of what a superblock may claim.
const (
	maxExtGroups = 1 << 22
	maxExtBlock  = 64 << 10
)

// openExt reads superblock and descriptors.
func openExt(disk io.ReaderAt, size int64) (*extFS, error) {
	b := make([]byte, 1024)
	if _, err := disk.ReadAt(b, 1024); err != nil {
		return nil, err
	}
	u32 := func(at int) int64 { return int64(binary.LittleEndian.Uint32(b[at:])) }
	u16 := func(at int) int64 { return int64(binary.LittleEndian.Uint16(b[at:])) }
	f := &extFS{
		disk: disk, blocks: u32(4), first: u32(0x14), perGroup: u32(0x20), inodesPerGroup: u32(0x28), inodes: u32(0),
		compat: uint32(u32(0x5c)), incompat: uint32(u32(0x60)), roCompat: uint32(u32(0x64)),
		reservedGDT: u16(0xce), journalInode: u32(0xe0), firstMetaGroup: u32(0x104), descriptor: 32, inodeSize: 128,
		backups: [2]int64{u32(0x24c), u32(0x250)}, cluster: 1,
	}
	if u32(0x18) > 6 || u32(0x1c) > 28 {
		return nil, errExt
	}
	f.block = 1024 << u32(0x18)
	if u32(0x4c) > 0 {
		f.inodeSize = u16(0x58)
	}
	if f.incompat&ext64Bit != 0 {
		f.blocks |= u32(0x150) << 32
		f.descriptor = u16(0xfe)
	}
	if f.roCompat&extBigAlloc != 0 {
		f.cluster = 1 << max(0, u32(0x1c)-u32(0x18))
	}
	if err := f.sane(size); err != nil {
		return nil, err
	}
	return f, f.readGroups()
}

// sane refuses what no file system is: the numbers come from a disk that may be damaged.
func (f *extFS) sane(size int64) error {
	switch {
	case f.block > maxExtBlock, f.inodeSize < 128, f.inodeSize > f.block, f.inodeSize&(f.inodeSize-1) != 0,
		f.perGroup <= 0, f.perGroup > 8*f.block*f.cluster, f.inodesPerGroup <= 0, f.inodesPerGroup > 8*f.block,
		f.descriptor < 32, f.descriptor > f.block, f.descriptor&(f.descriptor-1) != 0, f.first < 0, f.first > 1, f.blocks <= f.first,
		f.blocks > size/f.block, f.incompat&extJournal != 0:
		return errExt
	}
	groups := (f.blocks - f.first + f.perGroup - 1) / f.perGroup
	if groups > maxExtGroups || f.inodes != groups*f.inodesPerGroup || f.inodes > f.blocks*(f.block/f.inodeSize) {
		return errExt
	}
	return nil
}

// readGroups reads the descriptors.
func (f *extFS) readGroups() error {
	count := (f.blocks - f.first + f.perGroup - 1) / f.perGroup
	perBlock := f.block / f.descriptor
	b := make([]byte, f.block)
	for n := range count {
		if n%perBlock == 0 {
			if _, err := f.disk.ReadAt(b, f.descriptorBlock(n/perBlock)*f.block); err != nil {
				return err
			}
		}
		d := b[n%perBlock*f.descriptor:]
		lo := func(at int) int64 { return int64(binary.LittleEndian.Uint32(d[at:])) }
		g := extGroup{blockBitmap: lo(0), inodeBitmap: lo(4), inodeTable: lo(8), used: f.inodesPerGroup}
		unused := int64(binary.LittleEndian.Uint16(d[0x1c:]))
		if f.descriptor >= 64 {
			g.blockBitmap |= lo(0x20) << 32
			g.inodeBitmap |= lo(0x24) << 32
			g.inodeTable |= lo(0x28) << 32
			unused |= int64(binary.LittleEndian.Uint16(d[0x32:])) << 16
		}
		if f.roCompat&(extChecksums|extMetaSums) != 0 {
			flags := binary.LittleEndian.Uint16(d[0x12:])
			g.bitmapUnused = flags&2 != 0
			if g.used = max(0, f.inodesPerGroup-unused); flags&1 != 0 {
				g.used = 0
			}
		}
		f.groups = append(f.groups, g)
	}
	return nil
}

// descriptorBlock is where a block of descriptors lies: all behind the first superblock, or with meta_bg each in the
// first of the groups that it describes.
func (f *extFS) descriptorBlock(n int64) int64 {
	if f.incompat&extMetaBG == 0 || n < f.firstMetaGroup {
		return f.super(0) + 1 + n
	}
	return f.metaDescriptor(n * (f.block / f.descriptor))
}

// metaDescriptor is where a group has its block of descriptors with meta_bg: at its beginning, or behind its superblock.
func (f *extFS) metaDescriptor(group int64) int64 {
	if f.hasSuper(group) {
		return f.super(group) + 1
	}
	return f.first + group*f.perGroup
}

// super is where the superblock of a group lies. The first one is always behind a kibibyte, with clusters too, where
// the first group begins at block 0 whatever a block's size.
func (f *extFS) super(group int64) int64 {
	if group == 0 && f.block == 1024 {
		return 1
	}
	return f.first + group*f.perGroup
}

// hasSuper reports whether a group begins with a copy of the superblock.
func (f *extFS) hasSuper(group int64) bool {
	switch {
	case group == 0:
		return true
	case f.compat&extSparse2 != 0:
		return group == f.backups[0] || group == f.backups[1]
	case f.roCompat&extSparse == 0 || group == 1:
		return true
	}
	for _, base := range []int64{3, 5, 7} {
		n := base
		for n < group {
			n *= base
		}
		if n == group {
			return true
		}
	}
	return false
}

// ext maps the wanted parts of a file system that is not mounted.
func (m *mapper) ext(ctx context.Context, s space, wanted block.Ranges) error {
	f, err := openExt(s, s.size())
	if err != nil {
		m.all(s, wanted, Finding{Kind: Unknown, Name: fmt.Sprintf("ext: %v", err)})
		return nil
	}
	if f.incompat&extRecover != 0 {
		m.doubt("the journal of a file system was not replayed: it is mounted elsewhere, or was not unmounted")
	}
	q := &extQuery{mapper: m, space: s, fs: f, files: make(map[int64][]extHit)}
	for _, w := range wanted {
		for _, inside := range (block.Ranges{{Length: f.blocks * f.block}}).Within(w) {
			q.wanted.Add(inside)
		}
		m.all(s, block.Ranges{block.Between(f.blocks*f.block, s.size())}.Within(w), behindEnd())
	}
	return q.run(ctx)
}
