package verify

import (
	"context"
	"fmt"
	"io"
	"sync"

	"ocfbox/internal/block"
)

// Sizes of a step, in bytes.
const (
	// Extent is the most that one step compares.
	Extent = 1 << 20
	// Leaf is the block that is reported: DRBD tracks differences in blocks of this size.
	Leaf = 4 << 10
	// cachedRead is one read of a file: what it leaves in the processor's cache is compared there.
	cachedRead = 128 << 10
)

// A Reader is a device or file, as package block opens them.
type Reader interface {
	io.ReaderAt
	Size() int64
	IsDirect() bool
	NextData(from, end int64) (block.Range, error)
}

// Local is a pair whose two sides are read here. Contents are compared, not digests.
type Local struct {
	a, b Reader
	// sizeA and sizeB end the data of a side: what lies behind counts as zero.
	sizeA, sizeB int64
	hash         string
	seed         [16]byte
	// step is what one read brings. mapped says that nothing is read: both are files in the page cache.
	step   int
	mapped bool

	mu sync.Mutex
	// idle are desks that wait for work: as many as there were goroutines at a time.
	idle []*desk
}

// NewLocal is a pair of readers, whose data end at the given sizes, with the digest for repeated looks.
func NewLocal(a, b Reader, sizeA, sizeB int64, hash string, seed [16]byte) (*Local, error) {
	if _, err := block.NewDigester(hash, seed); err != nil {
		return nil, err
	}
	if sizeA > a.Size() || sizeB > b.Size() {
		return nil, fmt.Errorf("%d and %d bytes are to be compared of devices with %d and %d", sizeA, sizeB, a.Size(), b.Size())
	}
	step := cachedRead
	if a.IsDirect() || b.IsDirect() {
		step = Extent
	}
	return &Local{a: a, b: b, sizeA: sizeA, sizeB: sizeB, hash: hash, seed: seed, step: step, mapped: canMap(a) && canMap(b)}, nil
}

// desk is what one goroutine works with.
type desk struct {
	a, b   []byte
	digest *block.Digester
}

// take is a desk to work at, put gives it back. The memory is not the garbage collector's, so it is kept.
func (l *Local) take() (*desk, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.idle) - 1; last >= 0 {
		d := l.idle[last]
		l.idle = l.idle[:last]
		return d, nil
	}
	digest, err := block.NewDigester(l.hash, l.seed)
	if err != nil {
		return nil, err
	}
	a, err := block.NewBuffer(Extent)
	if err != nil {
		return nil, err
	}
	b, err := block.NewBuffer(Extent)
	if err != nil {
		block.FreeBuffer(a)
		return nil, err
	}
	return &desk{a, b, digest}, nil
}

func (l *Local) put(d *desk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = append(l.idle, d)
}

// Close frees the memory for reading, when nothing is compared any more. The devices stay open.
func (l *Local) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.idle {
		block.FreeBuffer(d.a)
		block.FreeBuffer(d.b)
	}
	l.idle = nil
}

// Next passes over what is a hole on both sides. Parts begin at multiples of the extent, or at the data behind a hole.
func (l *Local) Next(from, end int64) (Part, error) {
	dataA, err := nextData(l.a, l.sizeA, from, end)
	if err != nil {
		return Part{}, err
	}
	dataB, err := nextData(l.b, l.sizeB, from, end)
	if err != nil {
		return Part{}, err
	}
	start := min(dataA.Offset, dataB.Offset)
	if start >= end {
		return Part{Range: block.Range{Offset: end}}, nil
	}
	part := Part{Range: block.Between(start, min(end, start/Extent*Extent+Extent))}
	for _, side := range []struct {
		data block.Range
		hole *bool
	}{{dataA, &part.HoleA}, {dataB, &part.HoleB}} {
		switch {
		case side.data.Offset > start:
			*side.hole = true
			part.Length = min(part.Length, side.data.Offset-start)
		default:
			part.Length = min(part.Length, side.data.End()-start)
		}
	}
	return part, nil
}

// nextData is a side's next data in whole leaves, or an empty range at end.
func nextData(side Reader, size, from, end int64) (block.Range, error) {
	if from >= size {
		return block.Range{Offset: end}, nil
	}
	limit := min(size, end)
	data, err := side.NextData(from, limit)
	if err != nil {
		return data, err
	}
	if data.Offset >= limit {
		return block.Range{Offset: end}, nil
	}
	start := max(from, data.Offset/Leaf*Leaf)
	return block.Between(start, min(end, (data.End()+Leaf-1)/Leaf*Leaf)), nil
}

// Compare compares a part.
func (l *Local) Compare(ctx context.Context, part Part, leaf int) (Outcome, error) {
	var o Outcome
	if l.compareMapped(part, leaf, &o) {
		return o, ctx.Err()
	}
	d, err := l.take()
	if err != nil {
		return o, err
	}
	defer l.put(d)
	for from := part.Offset; from < part.End(); from += int64(l.step) {
		if err := ctx.Err(); err != nil {
			return o, err
		}
		piece := part
		piece.Range = block.Between(from, min(from+int64(l.step), part.End()))
		l.comparePiece(d, piece, leaf, &o)
	}
	return o, nil
}

// comparePiece compares as much as one read brings. Where that fails, each leaf is read by itself.
func (l *Local) comparePiece(d *desk, p Part, leaf int, o *Outcome) {
	a, errA := l.fill(d.a, l.a, l.sizeA, p.Range, p.HoleA)
	b, errB := l.fill(d.b, l.b, l.sizeB, p.Range, p.HoleB)
	if errA != nil || errB != nil {
		if p.Length > Leaf {
			for from := p.Offset; from < p.End(); from += Leaf {
				one := p
				one.Range = block.Between(from, min(from+Leaf, p.End()))
				l.comparePiece(d, one, leaf, o)
			}
			return
		}
		if errA != nil {
			o.Failed = append(o.Failed, ReadError{p.Range, A, errA.Error()})
		}
		if errB != nil {
			o.Failed = append(o.Failed, ReadError{p.Range, B, errB.Error()})
		}
		return
	}
	o.Read += int64(len(a) + len(b))
	switch {
	case a == nil && b == nil:
	case a == nil:
		block.DifferFromZeros(b, p.Offset, leaf, &o.Differ)
	case b == nil:
		block.DifferFromZeros(a, p.Offset, leaf, &o.Differ)
	default:
		block.Differ(a, b, p.Offset, leaf, &o.Differ)
	}
}

// fill reads a range of one side; a hole is nil. What lies behind the side's data is zero.
func (l *Local) fill(buffer []byte, side Reader, size int64, r block.Range, hole bool) ([]byte, error) {
	if hole || r.Offset >= size {
		return nil, nil
	}
	buffer = buffer[:r.Length]
	inside := buffer[:min(r.Length, size-r.Offset)]
	if _, err := side.ReadAt(inside, r.Offset); err != nil {
		return nil, err
	}
	clear(buffer[len(inside):])
	return buffer, nil
}

// Look reads a range of both sides at the same time.
func (l *Local) Look(ctx context.Context, r block.Range, leaf int) ([]Sight, error) {
	d, err := l.take()
	if err != nil {
		return nil, err
	}
	defer l.put(d)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var a, b []byte
	var errA, errB error
	var other sync.WaitGroup
	other.Go(func() { b, errB = l.fill(d.b, l.b, l.sizeB, r, false) })
	a, errA = l.fill(d.a, l.a, l.sizeA, r, false)
	other.Wait()
	sights := make([]Sight, 0, (r.Length+int64(leaf)-1)/int64(leaf))
	for from := int64(0); from < r.Length; from += int64(leaf) {
		end := min(from+int64(leaf), r.Length)
		if errA != nil || errB != nil {
			sights = append(sights, Sight{Unread: true})
			continue
		}
		sights = append(sights, Sight{A: d.sum(a, from, end), B: d.sum(b, from, end)})
	}
	return sights, nil
}

// sum is the digest of a part of what was read, nil standing for zeros.
func (d *desk) sum(read []byte, from, end int64) block.Sum {
	if read == nil {
		return d.digest.Sum(make([]byte, end-from))
	}
	return d.digest.Sum(read[from:end])
}
