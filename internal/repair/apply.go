package repair

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ocfbox/internal/block"
)

// A Report is what a repair, or its undoing, has done. Its JSON is a promise.
type Report struct {
	// Written is how many bytes were written, and Already how many were as wanted before.
	Written int64 `json:"written"`
	Already int64 `json:"already"`
	// TargetChanged and SourceChanged are pieces that were left alone, because a side is not as it was when the plan
	// was made.
	TargetChanged block.Ranges `json:"target_changed,omitempty"`
	SourceChanged block.Ranges `json:"source_changed,omitempty"`
	// Remaining is what differs at the end, of all that was planned. It is not known after an interruption.
	Remaining block.Ranges `json:"remaining"`
	Complete  bool         `json:"complete"`
}

// Same reports whether both sides are the same now, wherever the plan has looked.
func (r Report) Same() bool {
	return r.Complete && len(r.Remaining) == 0 && len(r.TargetChanged) == 0 && len(r.SourceChanged) == 0
}

// Options say how a plan is carried out. The zero value is a sensible default.
type Options struct {
	Rate *block.Rate
	// Progress is told after each batch how much of the plan is done; nil is nobody.
	Progress func(done, all int64)
}

// batch is how much is read, kept, written and flushed together, in bytes.
const batch = 8 << 20

// apply is a repair under way.
type apply struct {
	Options
	plan   Plan
	source Disk
	target Target
	undo   *Undo
	desk   *desk
	// kept is memory for what the undo file has.
	kept   []byte
	report Report
}

// A task is a piece of a batch, with where it lies in the memory for both sides.
type task struct {
	Piece
	source, target []byte
}

// Apply carries out a plan whose interlocks hold. What was overwritten before an interruption is recognised, and what
// was being written is written again: undo is the file of then. An error ends it; what was written stays, and can be
// gone on with or put back.
func Apply(ctx context.Context, p Plan, source Disk, target Target, undo *Undo, o Options) (Report, error) {
	d, err := newDesk(p.Seed, batch)
	if err != nil {
		return Report{}, err
	}
	defer d.free()
	a := &apply{Options: o, plan: p, source: source, target: target, undo: undo, desk: d, kept: make([]byte, Extent)}
	var done int64
	for pieces := p.Pieces; len(pieces) > 0; {
		some := first(pieces)
		pieces = pieces[len(some):]
		if err := a.batch(ctx, some); err != nil {
			return a.report, err
		}
		for _, piece := range some {
			done += piece.Length
		}
		if o.Progress != nil {
			o.Progress(done, p.Bytes())
		}
	}
	if err := a.compare(ctx); err != nil {
		return a.report, err
	}
	a.report.Complete = true
	return a.report, nil
}

// first are as many pieces as fit into a batch.
func first(pieces []Piece) []Piece {
	var sum int64
	for n, piece := range pieces {
		if sum += aligned(piece.Length); sum > batch {
			return pieces[:n]
		}
	}
	return pieces
}

// aligned is a length in whole leaves: the next piece in memory must be aligned for direct input and output.
func aligned(length int64) int64 { return (length + Leaf - 1) / Leaf * Leaf }

// batch repairs some pieces: all are read and judged, the old contents are kept, the new ones written, and read back.
func (a *apply) batch(ctx context.Context, pieces []Piece) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var tasks []task
	var at int64
	for _, piece := range pieces {
		t := task{piece, a.desk.a[at : at+piece.Length], a.desk.b[at : at+piece.Length]}
		at += aligned(piece.Length)
		if err := a.Rate.Wait(ctx, piece.Length); err != nil {
			return err
		}
		wanted, err := a.judge(t)
		if err != nil {
			return err
		}
		if wanted {
			tasks = append(tasks, t)
		}
	}
	return a.write(tasks)
}

// judge reads both sides of a piece, and says whether it is to be written. What is to be written is then among what is
// kept.
func (a *apply) judge(t task) (bool, error) {
	if _, err := a.source.ReadAt(t.source, t.Offset); err != nil {
		return false, fmt.Errorf("the source: %w", err)
	}
	if _, err := a.target.ReadAt(t.target, t.Offset); err != nil {
		return false, fmt.Errorf("the target: %w", err)
	}
	now := a.desk.sum(t.target)
	switch {
	case a.desk.sum(t.source) != t.Source:
		a.report.SourceChanged.Add(t.Range)
		return false, nil
	case now == t.Source:
		a.report.Already += t.Length
		return false, nil
	case a.begun(t):
		return true, nil
	case now != t.Target:
		a.report.TargetChanged.Add(t.Range)
		return false, nil
	}
	return true, a.undo.keep(t.Piece, t.target)
}

// sectorSize is what a disk writes whole or not at all.
const sectorSize = 512

// begun reports whether a piece is one that an earlier run was writing when it ended: its old contents are kept, and
// each of its sectors is either still the old one or already the new one.
func (a *apply) begun(t task) bool {
	r, ok := a.undo.records[t.Offset]
	if !ok || r.Range != t.Range || r.after != t.Source || !a.undo.old(r, a.kept, a.desk) {
		return false
	}
	for from := int64(0); from < t.Length; from += sectorSize {
		end := min(from+sectorSize, t.Length)
		now := t.target[from:end]
		if !bytes.Equal(now, a.kept[from:end]) && !bytes.Equal(now, t.source[from:end]) {
			return false
		}
	}
	return true
}

// write writes tasks whose old contents are kept, and reads them back from the medium.
func (a *apply) write(tasks []task) error {
	if len(tasks) == 0 {
		return nil
	}
	if err := a.undo.sync(); err != nil {
		return err
	}
	for _, t := range tasks {
		if _, err := a.target.WriteAt(t.source, t.Offset); err != nil {
			return fmt.Errorf("the target: %w", err)
		}
		a.report.Written += t.Length
	}
	if err := a.target.Flush(); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	for _, t := range tasks {
		if _, err := a.target.ReadAt(t.target, t.Offset); err != nil {
			return fmt.Errorf("the target: %w", err)
		}
		if a.desk.sum(t.target) != t.Source {
			return fmt.Errorf("the target: %w at byte %d", ErrReadBack, t.Offset)
		}
	}
	return nil
}

// ErrReadBack is returned when a device does not hold what was written to it.
var ErrReadBack = errors.New("what was written is not what is read")

// compare looks at everything that was planned once more.
func (a *apply) compare(ctx context.Context) error {
	a.report.Remaining = block.Ranges{}
	for _, piece := range a.plan.Pieces {
		if err := ctx.Err(); err != nil {
			return err
		}
		source, target := a.desk.a[:piece.Length], a.desk.b[:piece.Length]
		if _, err := a.source.ReadAt(source, piece.Offset); err != nil {
			return fmt.Errorf("the source: %w", err)
		}
		if _, err := a.target.ReadAt(target, piece.Offset); err != nil {
			return fmt.Errorf("the target: %w", err)
		}
		block.Differ(source, target, piece.Offset, Leaf, &a.report.Remaining)
	}
	return nil
}
