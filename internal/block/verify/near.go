package verify

import (
	"context"
	"fmt"

	"ocfbox/internal/block"
)

// An End is one side of a pair that is compared by digests, because its sides are not on one host. Its methods are
// for several goroutines.
type End interface {
	// NextData is the next part at or behind from that may hold something else than zeros, in whole leaves, or an
	// empty range at end.
	NextData(ctx context.Context, from, end int64) (block.Range, error)
	// Sums reads a range of at most an extent freshly, and gives a digest of each block of leaf bytes in it. An
	// error means that the end as a whole is lost.
	Sums(ctx context.Context, r block.Range, leaf int) (Sums, error)
}

// Sums are the digests of the blocks of a range, in their order.
type Sums struct {
	Sums []block.Sum
	// Failed are the parts that could not be read. The digest of a block in which one lies says nothing. The side
	// is not told: the end does not know which one it is.
	Failed []ReadError
	// Read is how many bytes were read.
	Read int64
}

// failed reports whether a part of a range could not be read.
func (s Sums) failed(r block.Range) bool {
	for _, one := range s.Failed {
		if one.Offset < r.End() && r.Offset < one.End() {
			return true
		}
	}
	return false
}

// Near is an end that is read here.
type Near struct {
	source
	step  int
	desks desks
	// slots bound how much is read at a time.
	slots chan struct{}
}

var _ End = (*Near)(nil)

// DefaultDepth is how much is read of an end at a time, in extents.
const DefaultDepth = 4

// NewNear is the end that a reader is whose data end at a size, and depth extents of which are read at a time (0 is
// [DefaultDepth]). An unknown digest is an error.
func NewNear(reader Reader, size int64, hash string, seed [16]byte, depth int) (*Near, error) {
	if _, err := block.NewDigester(hash, seed); err != nil {
		return nil, err
	}
	if size > reader.Size() {
		return nil, fmt.Errorf("%d bytes are to be compared of a device with %d", size, reader.Size())
	}
	if depth <= 0 {
		depth = DefaultDepth
	}
	return &Near{
		source: source{reader, size}, step: step(reader), desks: desks{hash: hash, seed: seed, sides: 1},
		slots: make(chan struct{}, depth),
	}, nil
}

// Close frees the memory for reading, when nothing is read any more. The device stays open.
func (n *Near) Close() { n.desks.close() }

// NextData asks the reader.
func (n *Near) NextData(_ context.Context, from, end int64) (block.Range, error) {
	return n.nextData(from, end)
}

// Sums reads step by step. Where that fails, each leaf is read by itself.
func (n *Near) Sums(ctx context.Context, r block.Range, leaf int) (Sums, error) {
	if leaf <= 0 || leaf > Extent || r.Length <= 0 || r.Length > Extent || r.Offset < 0 {
		return Sums{}, fmt.Errorf("no digests of %d bytes at byte %d in blocks of %d", r.Length, r.Offset, leaf)
	}
	select {
	case n.slots <- struct{}{}:
		defer func() { <-n.slots }()
	case <-ctx.Done():
		return Sums{}, ctx.Err()
	}
	d, err := n.desks.take()
	if err != nil {
		return Sums{}, err
	}
	defer n.desks.put(d)
	sums := Sums{Sums: make([]block.Sum, 0, (r.Length+int64(leaf)-1)/int64(leaf))}
	// A step holds whole blocks.
	step := int64(max(n.step/leaf, 1) * leaf)
	for from := r.Offset; from < r.End(); from += step {
		if err := ctx.Err(); err != nil {
			return sums, err
		}
		n.sumPiece(d, block.Between(from, min(from+step, r.End())), int64(leaf), &sums)
	}
	return sums, nil
}

// sumPiece is one read.
func (n *Near) sumPiece(d *desk, r block.Range, leaf int64, sums *Sums) {
	read, err := n.fill(d.a, r, false)
	if err != nil {
		read = n.fillLeaves(d.a, r, sums)
	} else {
		sums.Read += int64(len(read))
	}
	for from := int64(0); from < r.Length; from += leaf {
		sums.Sums = append(sums.Sums, d.sum(read, from, min(from+leaf, r.Length)))
	}
}

// fillLeaves reads leaf by leaf. What cannot be read is zero, and told.
func (n *Near) fillLeaves(buffer []byte, r block.Range, sums *Sums) []byte {
	for from := r.Offset; from < r.End(); from += Leaf {
		one := block.Between(from, min(from+Leaf, r.End()))
		into := buffer[from-r.Offset : one.End()-r.Offset]
		read, err := n.fill(into, one, false)
		switch {
		case err != nil:
			clear(into)
			sums.Failed = append(sums.Failed, ReadError{Range: one, Error: err.Error()})
		case read == nil:
			clear(into)
		default:
			sums.Read += one.Length
		}
	}
	return buffer[:r.Length]
}
