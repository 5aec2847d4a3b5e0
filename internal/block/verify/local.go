package verify

import (
	"context"
	"fmt"
	"sync"

	"ocfbox/internal/block"
)

// Local is a pair whose two sides are read here. Contents are compared, not digests.
type Local struct {
	a, b source
	// step is what one read brings. mapped says that nothing is read: both are files in the page cache.
	step   int
	mapped bool
	// part is how much is compared at a time.
	part  int64
	desks desks
}

// NewLocal is a pair of readers, whose data end at the given sizes, with the digest for repeated looks.
func NewLocal(a, b Reader, sizeA, sizeB int64, hash string, seed [16]byte) (*Local, error) {
	if _, err := block.NewDigester(hash, seed); err != nil {
		return nil, err
	}
	if sizeA > a.Size() || sizeB > b.Size() {
		return nil, fmt.Errorf("%d and %d bytes are to be compared of devices with %d and %d", sizeA, sizeB, a.Size(), b.Size())
	}
	l := &Local{
		a: source{a, sizeA}, b: source{b, sizeB}, step: step(a, b), mapped: canMap(a) && canMap(b), part: Extent,
		desks: desks{hash: hash, seed: seed, sides: 2},
	}
	if l.mapped {
		l.part = mappedPart
	}
	return l, nil
}

// Close frees the memory for reading, when nothing is compared any more. The devices stay open.
func (l *Local) Close() { l.desks.close() }

// Depth is how many parts are best compared at a time: what lies in the page cache waits for nothing, and each
// unmapping stops the other processors that work for this process.
func (l *Local) Depth() int {
	if l.mapped {
		return 1
	}
	return DefaultDepth
}

// Next passes over what is a hole on both sides. Parts begin at multiples of the extent, or at the data behind a hole.
func (l *Local) Next(_ context.Context, from, end int64) (Part, error) {
	dataA, err := l.a.nextData(from, end)
	if err != nil {
		return Part{}, err
	}
	dataB, err := l.b.nextData(from, end)
	if err != nil {
		return Part{}, err
	}
	return nextPart(dataA, dataB, end, l.part), nil
}

// nextPart is what is compared next where the sides' next data are known, up to a multiple of most.
func nextPart(dataA, dataB block.Range, end, most int64) Part {
	start := min(dataA.Offset, dataB.Offset)
	if start >= end {
		return Part{Range: block.Range{Offset: end}}
	}
	part := Part{Range: block.Between(start, min(end, start/most*most+most))}
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
	return part
}

// Compare compares a part.
func (l *Local) Compare(ctx context.Context, part Part, leaf int) (Outcome, error) {
	var o Outcome
	if l.compareMapped(part, leaf, &o) {
		return o, ctx.Err()
	}
	d, err := l.desks.take()
	if err != nil {
		return o, err
	}
	defer l.desks.put(d)
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
	a, errA := l.a.fill(d.a, p.Range, p.HoleA)
	b, errB := l.b.fill(d.b, p.Range, p.HoleB)
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

// Look reads a range of both sides at the same time.
func (l *Local) Look(ctx context.Context, r block.Range, leaf int) ([]Sight, error) {
	d, err := l.desks.take()
	if err != nil {
		return nil, err
	}
	defer l.desks.put(d)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var a, b []byte
	var errA, errB error
	var other sync.WaitGroup
	other.Go(func() { b, errB = l.b.fill(d.b, r, false) })
	a, errA = l.a.fill(d.a, r, false)
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
