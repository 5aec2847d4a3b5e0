package verify

import (
	"context"
	"sync"
	"time"

	"ocfbox/internal/block"
)

// open is a block whose verdict is open.
type open struct {
	block.Range
	history
}

// confirm looks again at what the first pass suspects, until each block has its verdict. Many blocks are taken in
// portions, so that the memory is bounded.
func (r *run) confirm(ctx context.Context) error {
	r.mu.Lock()
	left := r.suspected
	r.result.Passes = 1
	r.mu.Unlock()
	unit := max(r.result.Coarse, Leaf)
	// Much that differs is followed in bigger blocks: their ends stay as the first pass found them.
	for left.Bytes()/unit > maxBlocks && unit < Extent {
		unit *= 4
	}
	for len(left) > 0 {
		var blocks []open
		blocks, left = portion(left, unit)
		if err := r.settle(ctx, blocks, unit); err != nil {
			return err
		}
	}
	return nil
}

// portion cuts as many blocks off the ranges as are followed at a time.
func portion(ranges block.Ranges, unit int64) ([]open, block.Ranges) {
	blocks := make([]open, 0, min(maxBlocks, ranges.Bytes()/unit+2*int64(len(ranges))))
	for i, one := range ranges {
		for from := one.Offset; from < one.End(); {
			if len(blocks) == maxBlocks {
				rest := append(block.Ranges{block.Between(from, one.End())}, ranges[i+1:]...)
				return blocks, rest
			}
			end := min(one.End(), from/unit*unit+unit)
			blocks = append(blocks, open{Range: block.Between(from, end)})
			from = end
		}
	}
	return blocks, nil
}

// settle passes over blocks again and again.
func (r *run) settle(ctx context.Context, blocks []open, unit int64) error {
	c := r.Confirmation
	watch := watcher{ask: r.State}
	watch.lost(ctx)
	for pass := 2; len(blocks) > 0; pass++ {
		if err := watch.wait(ctx, c.pause(pass, r.lasted(blocks))); err != nil {
			return err
		}
		if r.gate.wait(ctx) != nil {
			return context.Cause(ctx)
		}
		r.mu.Lock()
		r.result.Passes = max(r.result.Passes, pass)
		r.mu.Unlock()
		still, err := r.pass(ctx, blocks, unit, pass >= c.Passes, &watch)
		if err != nil {
			return err
		}
		blocks = still
	}
	return nil
}

// lasted is how long the blocks have been watched.
func (r *run) lasted(blocks []open) time.Duration {
	if blocks[0].sameA == 0 {
		return 0
	}
	return time.Since(r.began) - max(blocks[0].sinceA, blocks[0].sinceB)
}

// pass looks once at all blocks, and keeps those without a verdict.
func (r *run) pass(ctx context.Context, blocks []open, unit int64, last bool, watch *watcher) ([]open, error) {
	verdicts, err := r.look(ctx, blocks, unit, last)
	if err != nil {
		return nil, err
	}
	lost := watch.lost(ctx)
	kept := blocks[:0]
	for i, one := range blocks {
		v := watch.allow(verdicts[i], lost, last)
		if lost {
			one.forget()
		}
		if v == Suspected {
			kept = append(kept, one)
		} else if err := r.conclude(ctx, one.Range, v); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// look looks at all blocks, at several places at a time, and tells what each look means.
func (r *run) look(ctx context.Context, blocks []open, unit int64, last bool) ([]Verdict, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	verdicts := make([]Verdict, len(blocks))
	slots := make(chan struct{}, r.Depth)
	var lookers sync.WaitGroup
	for from := 0; from < len(blocks) && ctx.Err() == nil; {
		group := together(blocks[from:], unit)
		into := verdicts[from : from+len(group)]
		from += len(group)
		whole := block.Between(group[0].Offset, group[len(group)-1].End())
		if r.Rate.Wait(ctx, whole.Length) != nil {
			break
		}
		slots <- struct{}{}
		lookers.Go(func() {
			defer func() { <-slots }()
			sights, err := r.pair.Look(ctx, whole, int(unit))
			if err != nil {
				cancel(err)
				return
			}
			at := time.Since(r.began)
			for i := range group {
				into[i] = group[i].see(at, sights[i], r.Confirmation, last)
			}
		})
	}
	lookers.Wait()
	return verdicts, context.Cause(ctx)
}

// together are the first blocks that are read in one step.
func together(blocks []open, unit int64) []open {
	end := 1
	for end < len(blocks) && blocks[end-1].Length == unit && blocks[end].Offset == blocks[end-1].End() &&
		blocks[end].End()-blocks[0].Offset <= Extent {
		end++
	}
	return blocks[:end]
}

// conclude puts a block where its verdict belongs.
func (r *run) conclude(ctx context.Context, one block.Range, v Verdict) error {
	exact := block.Ranges{one}
	if v == Different && r.Fine < Leaf {
		o, err := r.pair.Compare(ctx, Part{Range: one}, r.Fine)
		if err != nil {
			return err
		}
		if exact = o.Differ; len(exact) == 0 && len(o.Failed) == 0 {
			v = InFlight
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch v {
	case InFlight:
		r.result.InFlight += (one.Length + Leaf - 1) / Leaf
	case Different, OneSided:
		for _, part := range exact {
			r.result.Ranges.Add(part)
		}
		if v == OneSided {
			r.result.OneSided.Add(one)
		}
	case Unreadable:
		r.fail(ReadError{Range: one, Error: "not readable in the repeated passes"})
	default:
		r.result.Unstable.Add(one)
	}
	return nil
}

// A watcher remembers what the replication said while blocks were followed.
type watcher struct {
	ask   func(context.Context) State
	epoch string
	quiet bool
}

// lost asks the replication, and reports whether it was not connected or has changed its state since the last time:
// what differed then proves nothing.
func (w *watcher) lost(ctx context.Context) bool {
	if w.ask == nil {
		return false
	}
	state := w.ask(ctx)
	changed := w.epoch != state.Epoch
	w.epoch = state.Epoch
	w.quiet = w.quiet || state.Quiet
	return changed || !state.Connected
}

// allow is the verdict that the replication's state leaves. Only a difference needs it: equal is equal.
func (w *watcher) allow(v Verdict, lost, last bool) Verdict {
	switch {
	case w.ask == nil, v == InFlight, v == Unreadable:
		return v
	case (lost || v == Different && !w.quiet) && last:
		return Unstable
	case lost, v == Different && !w.quiet:
		return Suspected
	}
	return v
}

// wait waits, and asks the replication meanwhile whether nothing is on its way.
func (w *watcher) wait(ctx context.Context, d time.Duration) error {
	const often = 200 * time.Millisecond
	for w.ask != nil && !w.quiet && d > often {
		if err := sleep(ctx, often); err != nil {
			return err
		}
		d -= often
		w.quiet = w.ask(ctx).Quiet
	}
	return sleep(ctx, d)
}

// sleep waits, or says that ctx has ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
