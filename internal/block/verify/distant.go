package verify

import (
	"context"
	"sync"

	"ocfbox/internal/block"
)

// firstLeaf is the block whose digests are compared first, in bytes: what crosses the network is a four-thousandth of
// what is compared. Only where they differ are those of smaller blocks asked for.
const firstLeaf = 64 << 10

// Window is how many parts of a [Distant] pair should be compared at a time: what is asked of a host that is far
// away must not wait for the answer before.
const Window = 64

// Distant is a pair of which at least one side is on another host. Digests are compared, not contents.
type Distant struct {
	a, b  End
	desks desks
}

var _ Pair = (*Distant)(nil)

// NewDistant is the pair of two ends that compute digests of one kind with one seed.
func NewDistant(a, b End, hash string, seed [16]byte) (*Distant, error) {
	if _, err := block.NewDigester(hash, seed); err != nil {
		return nil, err
	}
	return &Distant{a: a, b: b, desks: desks{hash: hash, seed: seed}}, nil
}

// Next is as [Local]'s.
func (d *Distant) Next(ctx context.Context, from, end int64) (Part, error) {
	dataA, err := d.a.NextData(ctx, from, end)
	if err != nil {
		return Part{}, err
	}
	dataB, err := d.b.NextData(ctx, from, end)
	if err != nil {
		return Part{}, err
	}
	return nextPart(dataA, dataB, end, Extent), nil
}

// Compare compares the digests of big blocks, and around those that differ the ones of leaf bytes.
func (d *Distant) Compare(ctx context.Context, part Part, leaf int) (Outcome, error) {
	var o Outcome
	if part.Length <= Leaf || leaf >= firstLeaf {
		_, err := d.compare(ctx, part, leaf, &o)
		return o, err
	}
	suspects, err := d.compare(ctx, part, firstLeaf, &o)
	if err != nil || len(suspects) == 0 {
		return o, err
	}
	fine := part
	fine.Range = block.Between(suspects[0].Offset, suspects[len(suspects)-1].End())
	o.Differ, o.Failed = nil, nil
	_, err = d.compare(ctx, fine, leaf, &o)
	return o, err
}

// compare adds to o what the digests of blocks of leaf bytes show, and returns the blocks that differ or could not
// be read.
func (d *Distant) compare(ctx context.Context, part Part, leaf int, o *Outcome) (suspects block.Ranges, err error) {
	a, b, err := d.both(ctx, part, leaf)
	if err != nil {
		return nil, err
	}
	o.Read += a.Read + b.Read
	o.addFailed(a.Failed, A)
	o.addFailed(b.Failed, B)
	for i := range a.Sums {
		from := part.Offset + int64(i)*int64(leaf)
		one := block.Between(from, min(from+int64(leaf), part.End()))
		switch {
		case a.failed(one) || b.failed(one):
			suspects.Add(one)
		case a.Sums[i] != b.Sums[i]:
			suspects.Add(one)
			o.Differ.Add(one)
		}
	}
	return suspects, nil
}

func (o *Outcome) addFailed(failed []ReadError, side Side) {
	for _, one := range failed {
		one.Side = side
		o.Failed = append(o.Failed, one)
	}
}

// both asks both ends at the same time. A side that has a hole is not asked.
func (d *Distant) both(ctx context.Context, part Part, leaf int) (a, b Sums, err error) {
	var errA, errB error
	var other sync.WaitGroup
	other.Go(func() { b, errB = d.side(ctx, d.b, part.Range, part.HoleB, leaf) })
	a, errA = d.side(ctx, d.a, part.Range, part.HoleA, leaf)
	other.Wait()
	if errA != nil {
		return a, b, errA
	}
	return a, b, errB
}

func (d *Distant) side(ctx context.Context, end End, r block.Range, hole bool, leaf int) (Sums, error) {
	if hole {
		return d.zeros(r, leaf)
	}
	return end.Sums(ctx, r, leaf)
}

// zeros are the digests of a hole.
func (d *Distant) zeros(r block.Range, leaf int) (Sums, error) {
	desk, err := d.desks.take()
	if err != nil {
		return Sums{}, err
	}
	defer d.desks.put(desk)
	var sums Sums
	full := desk.sum(nil, 0, int64(leaf))
	for from := int64(0); from < r.Length; from += int64(leaf) {
		if r.Length-from < int64(leaf) {
			full = desk.sum(nil, 0, r.Length-from)
		}
		sums.Sums = append(sums.Sums, full)
	}
	return sums, nil
}

// Look asks both ends at the same time.
func (d *Distant) Look(ctx context.Context, r block.Range, leaf int) ([]Sight, error) {
	a, b, err := d.both(ctx, Part{Range: r}, leaf)
	if err != nil {
		return nil, err
	}
	sights := make([]Sight, len(a.Sums))
	for i := range sights {
		from := r.Offset + int64(i)*int64(leaf)
		one := block.Between(from, min(from+int64(leaf), r.End()))
		sights[i] = Sight{A: a.Sums[i], B: b.Sums[i], Unread: a.failed(one) || b.failed(one)}
	}
	return sights, nil
}
