package verify

import (
	"context"
	"fmt"
	"time"

	"ocfbox/internal/block"
)

// MaxFrozen is the longest that writers may be stopped.
const MaxFrozen = 2 * time.Second

const (
	// frozenWork is how much of that is used for reading: what is left is for letting the writers go on.
	frozenWork = 1500 * time.Millisecond
	// frozenLook is the pause between two looks while nobody writes: what is on its way arrives in it.
	frozenLook = 250 * time.Millisecond
)

// freeze stops the writers and looks at the blocks that have never come to rest.
func (r *run) freeze(ctx context.Context) error {
	r.mu.Lock()
	unstable := r.result.Unstable
	r.mu.Unlock()
	if r.Freeze == nil || len(unstable) == 0 {
		return nil
	}
	blocks, _ := portion(unstable, max(r.result.Coarse, Leaf))
	ctx, cancel := context.WithTimeout(ctx, frozenWork)
	defer cancel()
	thaw, err := r.Freeze(ctx)
	if thaw != nil {
		defer func() {
			if err := thaw(); err != nil {
				r.warn(fmt.Errorf("let the writers go on: %w", err))
			}
		}()
	}
	if err != nil {
		r.warn(fmt.Errorf("the writers could not be stopped: %w", err))
		return nil
	}
	settled := r.lookFrozen(ctx, blocks)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Unstable = nil
	for i, one := range blocks {
		switch settled[i] {
		case InFlight:
			r.result.InFlight += (one.Length + Leaf - 1) / Leaf
		case Different:
			r.result.Ranges.Add(one.Range)
		default:
			r.result.Unstable.Add(one.Range)
		}
	}
	// Those that did not fit into the time of one freeze.
	last := blocks[len(blocks)-1].End()
	for _, rest := range unstable.Within(block.Between(last, r.Size)) {
		r.result.Unstable.Add(rest)
	}
	return nil
}

// lookFrozen looks until all blocks are equal, or have been the same and different at two looks in a row.
func (r *run) lookFrozen(ctx context.Context, blocks []open) []Verdict {
	settled := make([]Verdict, len(blocks))
	twice := Confirmation{Looks: 2}
	for left := len(blocks); left > 0; {
		for i := range blocks {
			if settled[i] != Suspected {
				continue
			}
			sights, err := r.pair.Look(ctx, blocks[i].Range, int(blocks[i].Length))
			if err != nil {
				return settled
			}
			if settled[i] = blocks[i].see(time.Since(r.began), sights[0], twice, false); settled[i] != Suspected {
				left--
			}
		}
		if left > 0 && sleep(ctx, frozenLook) != nil {
			break
		}
	}
	return settled
}

func (r *run) warn(err error) {
	if r.Warn != nil {
		r.Warn(err)
	}
}
