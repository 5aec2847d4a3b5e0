package verify

import (
	"context"
	"sync"
	"time"

	"ocfbox/internal/block"
)

// Options say how a pair is compared. The zero value of most is a sensible default.
type Options struct {
	// Size ends what is compared, in bytes.
	Size int64
	// Fine is the size of the blocks in which confirmed differences are reported, 512 or [Leaf]; 0 is Leaf.
	Fine int
	// Depth is how many parts are compared at a time; 0 is 4.
	Depth int
	Rate  *block.Rate
	// Pace makes the first pass step back while reading is slow for others as well; nil does not.
	Pace *block.Pace
	// Confirmation is what a difference needs to be believed; zero is [Live].
	Confirmation Confirmation
	// State asks the replication, nil where there is none.
	State func(context.Context) State
	// Resync says what a resync of the pair does to the run: empty is [ResyncPause].
	Resync string
	// Freeze stops all writing to the pair, for the blocks that never come to rest; nil leaves those. What it returns
	// lets the writers go on, and is called in any case.
	Freeze func(context.Context) (thaw func() error, err error)
	// Checkpoint keeps what was done, nil for a run that cannot be resumed.
	Checkpoint *Checkpoint
	// Progress is told about once a second how far the run is; nil is nobody.
	Progress func(Progress)
	// Warn is told what the user should know and what does not end the run; nil is nobody.
	Warn func(error)
}

// Bounds of what a run keeps in memory.
const (
	// maxRanges is how many differences are kept exactly; more are rounded to extents.
	maxRanges = 1 << 18
	// maxBlocks is how many blocks are followed one by one at a time.
	maxBlocks = 1 << 16
	// maxErrors is how many read errors are told with their text.
	maxErrors = 100
)

// run is one comparison under way.
type run struct {
	Options
	pair  Pair
	began time.Time
	gate  gate

	mu        sync.Mutex
	done      block.Ranges
	suspected block.Ranges
	result    Result
	meter     meter
}

// Run compares a pair. When ctx ends before the run, the result is what is known so far, its Complete is false, and
// the error is that of ctx; a checkpoint has been written.
func Run(ctx context.Context, pair Pair, o Options) (Result, error) {
	r := &run{Options: o, pair: pair, began: time.Now()}
	if r.Depth <= 0 {
		r.Depth = 4
	}
	if r.Fine <= 0 {
		r.Fine = Leaf
	}
	if r.Confirmation == (Confirmation{}) {
		r.Confirmation = Live()
	}
	r.result.Size, r.result.Oldest = o.Size, r.began
	r.take(o.Checkpoint.known())
	r.meter = meter{total: o.Size - r.done.Bytes(), before: r.done.Bytes(), size: o.Size}
	stop := r.tick()
	defer stop()
	err := r.passes(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.save(true)
	r.result.Newest = time.Now()
	r.result.Compared = r.done.Bytes() - r.result.Unread.Bytes()
	if err != nil {
		r.result.Suspected = r.suspected.Bytes() - r.result.Ranges.Bytes()
	}
	r.result.Complete = err == nil && len(r.done.Gaps(block.Range{Length: o.Size})) == 0
	return r.result, err
}

// passes are the first pass, those that look again at what differs, and a look at what remains while all is frozen.
func (r *run) passes(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := r.mind(ctx, cancel)
	defer stop()
	if err := r.compareAll(ctx); err != nil {
		return err
	}
	if err := r.confirm(ctx); err != nil {
		return err
	}
	return r.freeze(ctx)
}

// take goes on from what an earlier run has done.
func (r *run) take(k known) {
	r.done, r.suspected = k.Done, k.Suspected
	if len(k.Done) > 0 {
		r.result.Resumed, r.result.Oldest = true, k.Oldest
	}
}

// compareAll is the first pass, over all that is not done yet, in several parts at a time.
func (r *run) compareAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	parts := make(chan Part)
	var workers sync.WaitGroup
	for range r.Depth {
		workers.Go(func() {
			for part := range parts {
				o, err := r.compare(ctx, part)
				if err != nil {
					cancel(err)
					continue
				}
				r.record(part, o)
			}
		})
	}
	err := r.hand(ctx, parts)
	close(parts)
	workers.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// compare compares a part at the pace that others leave.
func (r *run) compare(ctx context.Context, part Part) (Outcome, error) {
	if err := r.Pace.Enter(ctx); err != nil {
		return Outcome{}, context.Cause(ctx)
	}
	began := time.Now()
	o, err := r.pair.Compare(ctx, part, Leaf)
	r.Pace.Leave(time.Since(began), o.Read)
	return o, err
}

// hand gives out the parts that are left, as fast as the rate permits.
func (r *run) hand(ctx context.Context, parts chan<- Part) error {
	r.mu.Lock()
	gaps := r.done.Gaps(block.Range{Length: r.Size})
	r.mu.Unlock()
	for _, gap := range gaps {
		for at := gap.Offset; at < gap.End(); {
			part, err := r.pair.Next(ctx, at, gap.End())
			if err != nil {
				return err
			}
			r.skip(block.Between(at, part.Offset))
			if at = part.End(); part.Length == 0 {
				break
			}
			if r.gate.wait(ctx) != nil || r.Rate.Wait(ctx, part.Length) != nil {
				return context.Cause(ctx)
			}
			select {
			case parts <- part:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	return nil
}

// skip notes a hole of both sides.
func (r *run) skip(hole block.Range) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done.Add(hole)
	r.result.Holes += max(hole.Length, 0)
	r.meter.holes += max(hole.Length, 0)
}

// record notes what a part has shown.
func (r *run) record(part Part, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, differs := range o.Differ {
		r.suspect(differs)
	}
	for _, failed := range o.Failed {
		r.fail(failed)
	}
	r.done.Add(part.Range)
	r.result.Read += o.Read
	r.meter.compared += part.Length
	r.Checkpoint.note(part.Range, o)
}

// suspect keeps a difference; when there are too many, all are rounded to extents.
func (r *run) suspect(differs block.Range) {
	if r.result.Coarse > 0 {
		differs = block.Ranges{differs}.Coarse(r.result.Coarse, r.Size)[0]
	}
	r.suspected.Add(differs)
	for unit := max(r.result.Coarse, Leaf) * 16; len(r.suspected) > maxRanges; unit *= 16 {
		r.suspected, r.result.Coarse = r.suspected.Coarse(unit, r.Size), unit
	}
}

// fail keeps a block that cannot be read.
func (r *run) fail(failed ReadError) {
	r.result.Unread.Add(failed.Range)
	if len(r.result.Errors) < maxErrors {
		r.result.Errors = append(r.result.Errors, failed)
	}
}

// tick tells about the progress and writes the checkpoint from time to time, until it is stopped.
func (r *run) tick() (stop func()) {
	end := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		every := time.NewTicker(time.Second)
		defer every.Stop()
		for {
			select {
			case <-end:
				return
			case now := <-every.C:
				r.mu.Lock()
				r.save(false)
				p := r.progress(now)
				r.mu.Unlock()
				if r.Progress != nil {
					r.Progress(p)
				}
			}
		}
	})
	return func() { close(end); ended.Wait() }
}

// save writes the checkpoint. One that cannot be written is told once; the run goes on, and so do the attempts.
func (r *run) save(now bool) {
	if told, err := r.Checkpoint.save(now); err != nil && !told && r.Warn != nil {
		r.Warn(err)
	}
}
