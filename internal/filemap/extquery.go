package filemap

import (
	"context"

	"ocfbox/internal/block"
)

// An extQuery is a question about parts of an ext file system that is not mounted.
type extQuery struct {
	*mapper
	space  space
	fs     *extFS
	wanted block.Ranges
	// answered is what of wanted has been found.
	answered block.Ranges
	// files are what belongs to inodes.
	files   map[int64][]extHit
	damaged int
}

// An extHit is a part that an inode owns.
type extHit struct {
	block.Range
	Finding
}

// Inodes with a number of their own.
const (
	extRoot       = 2
	extGrowInode  = 7
	extJournalOld = 8
	// extFirstInode is the first one that is a file's.
	extFirstInode = 11
)

// run answers: first what has its place, then what inodes own, then what is free.
func (q *extQuery) run(ctx context.Context) error {
	q.places()
	if err := q.inodes(ctx); err != nil {
		return err
	}
	if err := q.names(ctx); err != nil {
		return err
	}
	for inode, hits := range q.files {
		for _, hit := range hits {
			hit.Inode = uint64(inode)
			q.found(q.space, hit.Range, hit.Finding)
		}
	}
	q.free()
	if q.damaged > 0 {
		q.doubt("%d inodes cannot be read or are damaged", q.damaged)
	}
	return nil
}

// left are the wanted parts within a range that have no answer yet.
func (q *extQuery) left(r block.Range) block.Ranges {
	var all block.Ranges
	for _, w := range q.wanted.Within(r) {
		all = append(all, q.answered.Gaps(w)...)
	}
	return all
}

// is answers for blocks.
func (q *extQuery) is(from, count int64, f Finding) {
	if !q.fs.has(from) {
		return
	}
	for _, r := range q.left(block.Range{Offset: from * q.fs.block, Length: count * q.fs.block}) {
		q.found(q.space, r, f)
		q.answered.Add(r)
	}
}

// places answers for what lies in each group.
func (q *extQuery) places() {
	f := q.fs
	perBlock := f.block / f.descriptor
	descriptors := (int64(len(f.groups)) + perBlock - 1) / perBlock
	behind := descriptors
	if f.incompat&extMetaBG != 0 {
		behind = min(behind, f.firstMetaGroup)
		for n := f.firstMetaGroup; n < descriptors; n++ {
			// A block of descriptors has two copies, in the second and in the last of its groups.
			for _, copied := range []int64{0, 1, perBlock - 1} {
				q.is(f.metaDescriptor(n*perBlock+copied), 1, Finding{Kind: Metadata, Name: "group descriptors"})
			}
		}
	}
	q.is(0, f.super(0), Finding{Kind: Metadata, Name: "boot block"})
	table := (f.inodesPerGroup*f.inodeSize + f.block - 1) / f.block
	for n, g := range f.groups {
		if f.hasSuper(int64(n)) {
			at := f.super(int64(n))
			q.is(at, 1, Finding{Kind: Metadata, Name: "superblock"})
			q.is(at+1, behind+f.reservedGDT, Finding{Kind: Metadata, Name: "group descriptors"})
		}
		q.is(g.blockBitmap, 1, Finding{Kind: Metadata, Name: "block bitmap"})
		q.is(g.inodeBitmap, 1, Finding{Kind: Metadata, Name: "inode bitmap"})
		q.is(g.inodeTable, table, Finding{Kind: Metadata, Name: "inodes"})
	}
}

// inodes looks through all inodes for those that own something wanted.
func (q *extQuery) inodes(ctx context.Context) error {
	f := q.fs
	step := max(1, (1<<20)/f.inodeSize)
	b := make([]byte, step*f.inodeSize)
	for n, g := range f.groups {
		for at := int64(0); at < g.used; at += step {
			if err := ctx.Err(); err != nil {
				return err
			}
			some := b[:min(step, g.used-at)*f.inodeSize]
			if !f.has(g.inodeTable) {
				q.damaged += int(g.used)
				break
			}
			if _, err := f.disk.ReadAt(some, g.inodeTable*f.block+at*f.inodeSize); err != nil {
				q.damaged += len(some) / int(f.inodeSize)
				continue
			}
			for k := range int64(len(some)) / f.inodeSize {
				if i, ok := parseInode(some[k*f.inodeSize:]); ok {
					q.owner(int64(n)*f.inodesPerGroup+at+k+1, i)
				}
			}
		}
	}
	return nil
}

// owner notes what an inode owns.
func (q *extQuery) owner(number int64, i extInode) {
	sound := q.fs.runs(i, func(r run) {
		on := block.Range{Offset: r.physical * q.fs.block, Length: r.count * q.fs.block}
		for _, part := range q.left(on) {
			q.owns(number, part, q.use(number, i, r, part.Offset-on.Offset))
		}
	})
	if !sound {
		q.damaged++
	}
	if i.attributes > 0 && i.attributes < q.fs.blocks {
		for _, part := range q.left(block.Range{Offset: i.attributes * q.fs.block, Length: q.fs.block}) {
			q.owns(number, part, Finding{Kind: Metadata, Name: "attributes"})
		}
	}
}

func (q *extQuery) owns(number int64, part block.Range, f Finding) {
	q.files[number] = append(q.files[number], extHit{part, f})
	q.answered.Add(part)
}

// use is what an inode uses a run for, from a byte of the run on.
func (q *extQuery) use(number int64, i extInode, r run, from int64) Finding {
	switch {
	case number == q.fs.journalInode, number == extJournalOld:
		return Finding{Kind: Journal}
	case number == extGrowInode:
		return Finding{Kind: Metadata, Name: "group descriptors"}
	case number < extFirstInode && number != extRoot:
		return Finding{Kind: Metadata, Name: "reserved inode"}
	case r.ofMap:
		return Finding{Kind: Metadata, Name: "extents"}
	case i.mode&modeType == modeFolder:
		return Finding{Kind: Metadata, Name: "directory"}
	case i.mode&modeType == modeLink:
		return Finding{Kind: Metadata, Name: "symbolic link"}
	}
	f := Finding{Kind: File, FileOffset: r.logical*q.fs.block + from}
	if r.unwritten {
		f.Name = "reserved, not written"
	}
	return f
}

// free answers for the rest by the bitmaps.
func (q *extQuery) free() {
	f := q.fs
	bits := make([]byte, f.block)
	for n, g := range f.groups {
		start := f.first + int64(n)*f.perGroup
		count := min(f.perGroup, f.blocks-start)
		left := q.left(block.Range{Offset: start * f.block, Length: count * f.block})
		if len(left) == 0 {
			continue
		}
		if g.bitmapUnused {
			clear(bits)
		} else if _, err := f.disk.ReadAt(bits, g.blockBitmap*f.block); err != nil || !f.has(g.blockBitmap) {
			q.all(q.space, left, Finding{Kind: Unknown, Name: "the block bitmap cannot be read"})
			continue
		}
		for _, r := range left {
			for from := r.Offset; from < r.End(); {
				number := from / f.block
				end := min(r.End(), (number+1)*f.block)
				bit := (number - start) / f.cluster
				use := Finding{Kind: Free}
				switch {
				case bits[bit/8]>>(bit%8)&1 == 0:
				case f.cluster > 1:
					use.Name = "rest of a cluster"
				default:
					use = Finding{Kind: Unknown, Name: "in use by no file that was found"}
				}
				q.found(q.space, block.Between(from, end), use)
				from = end
			}
		}
	}
}
