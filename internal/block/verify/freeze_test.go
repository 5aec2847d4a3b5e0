package verify

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
)

// restless are two disks whose first block changes at each read, on both sides, until it is frozen. Then the block
// arrives on the other side, or does not.
func restless(arrives bool) (a, b *disk, freeze func(context.Context) (func() error, error), frozen *atomic.Int64) {
	a, b = twins(2 << 20)
	frozen = new(atomic.Int64)
	for i, d := range []*disk{a, b} {
		d.content[0] = byte(100 * i)
		d.before = func(offset int64) {
			switch {
			case offset != 0:
			case frozen.Load() == 0:
				d.change(0, d.content[0]+1)
			case arrives:
				d.change(0, 7)
			}
		}
	}
	freeze = func(context.Context) (func() error, error) {
		frozen.Add(1)
		return func() error { frozen.Add(1); return nil }, nil
	}
	return a, b, freeze, frozen
}

func TestRowV14FreezingSettlesWhatNeverRests(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			a, b, freeze, frozen := restless(arrives)
			r := compared(t, a, b, func(o *Options) { live(o); o.Freeze = freeze })
			require.Empty(t, r.Unstable)
			require.Equal(t, int64(2), frozen.Load(), "frozen once, and let go")
			if arrives {
				require.Equal(t, ExitSame, r.Code())
				require.Equal(t, int64(1), r.InFlight)
				return
			}
			require.Equal(t, ExitDifferent, r.Code())
			require.Equal(t, block.Ranges{{Offset: 0, Length: Leaf}}, r.Ranges)
		})
	}
}

// Row V14: what cannot be frozen stays as it was found.
func TestWritersThatCannotBeStoppedLeaveTheBlockUnstable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _, _ := restless(true)
		var warned error
		r := compared(t, a, b, func(o *Options) {
			live(o)
			o.Warn = func(err error) { warned = err }
			o.Freeze = func(context.Context) (func() error, error) { return nil, errors.New("it is not mounted") }
		})
		require.EqualError(t, warned, "the writers could not be stopped: it is not mounted")
		require.Equal(t, ExitIncomplete, r.Code())
		require.Len(t, r.Unstable, 1)
	})
}

func TestTheWritersAreStoppedForLessThanTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(2 << 20)
		for i, d := range []*disk{a, b} {
			d.content[0] = byte(100 * i)
			// It goes on changing: another host writes it.
			d.before = func(offset int64) {
				if offset == 0 {
					d.change(0, d.content[0]+1)
				}
			}
		}
		var took time.Duration
		r := compared(t, a, b, func(o *Options) {
			live(o)
			o.Freeze = func(context.Context) (func() error, error) {
				began := time.Now()
				return func() error { took = time.Since(began); return nil }, nil
			}
		})
		require.Len(t, r.Unstable, 1)
		require.Positive(t, took)
		require.Less(t, took, MaxFrozen)
	})
}

func TestAResyncHoldsTheRunUpOrEndsIt(t *testing.T) {
	for _, test := range []struct {
		resync string
		want   error
		least  time.Duration
	}{{ResyncPause, nil, time.Minute}, {ResyncGo, nil, 0}, {ResyncAbort, ErrResync, 0}} {
		synctest.Test(t, func(t *testing.T) {
			a, b := twins(4 << 20)
			pair, o := pairOf(t, a, b)
			began := time.Now()
			o.Resync = test.resync
			o.State = func(context.Context) State {
				runs := time.Since(began) < time.Minute
				return State{Connected: !runs, Quiet: true, Resync: runs}
			}
			var warned []error
			o.Warn = func(err error) { warned = append(warned, err) }
			r, err := Run(t.Context(), pair, o)
			require.ErrorIs(t, err, test.want)
			require.Equal(t, test.want == nil, r.Complete)
			require.GreaterOrEqual(t, time.Since(began), test.least)
			require.Less(t, time.Since(began), test.least+3*time.Second)
			require.Equal(t, test.resync == ResyncPause, len(warned) == 1)
		})
	}
}
