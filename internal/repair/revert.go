package repair

import (
	"context"
	"fmt"

	"ocfbox/internal/block"
)

// A revert is what a repair has overwritten on its way back.
type revert struct {
	target Target
	undo   *Undo
	desk   *desk
	report Report
	// unflushed are pieces that may not be on the medium yet.
	unflushed []record
	bytes     int64
}

// Revert puts back what a repair has overwritten. A piece that is neither as the repair has left it nor as it was before
// is left alone and reported: somebody has written there since, or the repair ended in the middle of it, and has to be
// completed first.
func Revert(ctx context.Context, target Target, undo *Undo, o Options) (Report, error) {
	d, err := newDesk(undo.plan.Seed, Extent)
	if err != nil {
		return Report{}, err
	}
	defer d.free()
	back := &revert{target: target, undo: undo, desk: d, report: Report{Remaining: block.Ranges{}}}
	var done, all int64
	for _, r := range undo.records {
		all += r.Length
	}
	for _, offset := range undo.order {
		r := undo.records[offset]
		if err := o.Rate.Wait(ctx, r.Length); err != nil {
			return back.report, err
		}
		if err := back.piece(r); err != nil {
			return back.report, err
		}
		if done += r.Length; o.Progress != nil {
			o.Progress(done, all)
		}
	}
	if err := back.flush(); err != nil {
		return back.report, err
	}
	back.report.Complete = true
	return back.report, nil
}

// piece puts one piece back.
func (back *revert) piece(r record) error {
	now, old := back.desk.a[:r.Length], back.desk.b[:r.Length]
	if _, err := back.target.ReadAt(now, r.Offset); err != nil {
		return err
	}
	switch sum := back.desk.sum(now); {
	case sum == r.before:
		back.report.Already += r.Length
		return nil
	case sum != r.after:
		back.report.TargetChanged.Add(r.Range)
		return nil
	case !back.undo.old(r, old, back.desk):
		return fmt.Errorf("%w: what was at byte %d was not kept whole", ErrUndo, r.Offset)
	}
	if _, err := back.target.WriteAt(old, r.Offset); err != nil {
		return err
	}
	back.report.Written += r.Length
	back.unflushed = append(back.unflushed, r)
	if back.bytes += r.Length; back.bytes < batch {
		return nil
	}
	return back.flush()
}

// flush brings what was written to the medium, and reads it from there.
func (back *revert) flush() error {
	if err := back.target.Flush(); err != nil {
		return err
	}
	for _, r := range back.unflushed {
		now := back.desk.a[:r.Length]
		if _, err := back.target.ReadAt(now, r.Offset); err != nil {
			return err
		}
		if back.desk.sum(now) != r.before {
			return fmt.Errorf("%w at byte %d", ErrReadBack, r.Offset)
		}
	}
	back.unflushed, back.bytes = nil, 0
	return nil
}
