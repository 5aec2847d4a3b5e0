package filemap

import "encoding/binary"

// An extInode is what is needed of an inode.
type extInode struct {
	mode   uint16
	flags  uint32
	size   int64
	blocks [60]byte
	// attributes is the block with those that do not fit, 0 without one.
	attributes int64
}

// Flags of an inode.
const (
	extInodeExtents = 0x80000
	extInodeInline  = 0x10000000

	modeType   = 0xf000
	modeFolder = 0x4000
	modeFile   = 0x8000
	modeLink   = 0xa000
)

// parseInode reads an inode; false says that it is not in use.
func parseInode(b []byte) (extInode, bool) {
	u32 := func(at int) int64 { return int64(binary.LittleEndian.Uint32(b[at:])) }
	links := binary.LittleEndian.Uint16(b[0x1a:])
	i := extInode{
		mode: binary.LittleEndian.Uint16(b), flags: uint32(u32(0x20)), size: u32(4) | u32(0x6c)<<32,
		attributes: u32(0x68) | int64(binary.LittleEndian.Uint16(b[0x76:]))<<32,
	}
	copy(i.blocks[:], b[0x28:])
	// The bad blocks' inode and the one for growing have no type and no links. A removed file has its time of removal.
	return i, (i.mode != 0 || i.blocks != [60]byte{}) && (links > 0 || u32(0x14) == 0)
}

// hasBlocks reports whether the inode's 60 bytes say where its contents lie: those of devices, short links and inline
// files hold something else.
func (i extInode) hasBlocks() bool {
	switch i.mode & modeType {
	case 0, modeFile, modeFolder:
		return i.flags&extInodeInline == 0
	case modeLink:
		return i.size >= 60 && i.flags&extInodeInline == 0
	}
	return false
}

// A run is a number of blocks that belong to a file one after the other. Those of its map hold no contents.
type run struct {
	logical, physical, count int64
	unwritten, ofMap         bool
}

// deepestExtents is how many levels a tree of extents has at most.
const deepestExtents = 5

// runs tells where an inode's contents lie. What cannot be read or is damaged is left out, and reported as false.
func (f *extFS) runs(i extInode, each func(run)) bool {
	switch {
	case !i.hasBlocks():
		return true
	case i.flags&extInodeExtents != 0:
		return f.extents(i.blocks[:], deepestExtents, each)
	}
	sound := f.pointers(i.blocks[:48], 0, 0, each)
	per := f.block / 4
	logical, covers := int64(12), int64(1)
	for level := range 3 {
		covers *= per
		sound = f.pointers(i.blocks[48+4*level:52+4*level], logical, level+1, each) && sound
		logical += covers
	}
	return sound
}

// extents reads a node of a tree of extents.
func (f *extFS) extents(b []byte, depth int, each func(run)) bool {
	u16 := func(at int) int64 { return int64(binary.LittleEndian.Uint16(b[at:])) }
	if u16(0) != 0xf30a || int(u16(2))*12+12 > len(b) || depth < 0 {
		return false
	}
	inner, sound := u16(6) > 0, true
	for n := range int(u16(2)) {
		at := 12 + 12*n
		logical := int64(binary.LittleEndian.Uint32(b[at:]))
		if !inner {
			count := u16(at + 4)
			r := run{logical, int64(binary.LittleEndian.Uint32(b[at+8:])) | u16(at+6)<<32, count, false, false}
			if count > 32768 {
				r.count, r.unwritten = count-32768, true
			}
			sound = f.give(r, each) && sound
			continue
		}
		node := int64(binary.LittleEndian.Uint32(b[at+4:])) | u16(at+8)<<32
		below := f.readBlock(node)
		if below == nil {
			sound = false
			continue
		}
		sound = f.give(run{physical: node, count: 1, ofMap: true}, each) && sound
		sound = f.extents(below, depth-1, each) && sound
	}
	return sound
}

// pointers reads a list of blocks, or of blocks of lists: depth says how many lists lie between.
func (f *extFS) pointers(b []byte, logical int64, depth int, each func(run)) bool {
	covers := int64(1)
	for range depth {
		covers *= f.block / 4
	}
	sound := true
	var pending run
	for at := 0; at+4 <= len(b); at, logical = at+4, logical+covers {
		to := int64(binary.LittleEndian.Uint32(b[at:]))
		switch {
		case to == 0:
		case depth > 0:
			below := f.readBlock(to)
			if below == nil {
				sound = false
				continue
			}
			sound = f.give(run{physical: to, count: 1, ofMap: true}, each) && sound
			sound = f.pointers(below, logical, depth-1, each) && sound
		case pending.count > 0 && to == pending.physical+pending.count && logical == pending.logical+pending.count:
			pending.count++
		default:
			sound = f.give(pending, each) && sound
			pending = run{logical: logical, physical: to, count: 1}
		}
	}
	return f.give(pending, each) && sound
}

// give hands a run over, if it lies in the file system.
func (f *extFS) give(r run, each func(run)) bool {
	if r.count == 0 {
		return true
	}
	if r.physical < 0 || r.physical+r.count > f.blocks {
		return false
	}
	each(r)
	return true
}

// has reports whether there is such a block: numbers come from a disk that may be damaged.
func (f *extFS) has(n int64) bool { return n >= 0 && n < f.blocks }

// readBlock reads a block, nil when there is none.
func (f *extFS) readBlock(n int64) []byte {
	if n == 0 || !f.has(n) {
		return nil
	}
	b := make([]byte, f.block)
	if _, err := f.disk.ReadAt(b, n*f.block); err != nil {
		return nil
	}
	return b
}

// inode reads one.
func (f *extFS) inode(n int64) (extInode, bool) {
	if n < 1 || n > f.inodes || (n-1)/f.inodesPerGroup >= int64(len(f.groups)) {
		return extInode{}, false
	}
	table := f.groups[(n-1)/f.inodesPerGroup].inodeTable
	if !f.has(table) {
		return extInode{}, false
	}
	b := make([]byte, f.inodeSize)
	at := table*f.block + (n-1)%f.inodesPerGroup*f.inodeSize
	if _, err := f.disk.ReadAt(b, at); err != nil {
		return extInode{}, false
	}
	return parseInode(b)
}
