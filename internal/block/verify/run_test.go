package verify

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
)

func TestRowV1AnIdenticalPairIsCoveredWhole(t *testing.T) {
	a, b := twins(5<<20 + 3)
	r := compared(t, a, b, nil)
	require.Equal(t, ExitSame, r.Code())
	require.Equal(t, r.Size, r.Compared)
	require.Equal(t, 2*r.Size, r.Read)
	require.True(t, r.Complete)
}

func TestRowV2OneBitIsFoundWhereverItIs(t *testing.T) {
	const size = 3<<20 + 777
	for _, at := range []int64{0, size / 2, 1<<20 - 1, 1 << 20, size - 1} {
		a, b := twins(size)
		b.content[at] ^= 1
		r := compared(t, a, b, nil)
		require.Equal(t, ExitDifferent, r.Code())
		require.Equal(t, block.Ranges{leafOf(at, size)}, r.Ranges)
		r = compared(t, a, b, func(o *Options) { o.Fine = 512 })
		require.Equal(t, block.Ranges{block.Between(at/512*512, min(at/512*512+512, size))}, r.Ranges, "finer")
	}
}

func TestRowV3ScatteredBlocksAreRangesOfTheirOwn(t *testing.T) {
	a, b := twins(4 << 20)
	var want block.Ranges
	for i := range int64(100) {
		b.content[i*8*Leaf+i] ^= 0x80
		want.Add(leafOf(i*8*Leaf, 4<<20))
	}
	r := compared(t, a, b, nil)
	require.Equal(t, want, r.Ranges)
	require.Len(t, r.Ranges, 100)
}

func TestRowV4APairThatDiffersEverywhereIsOneRange(t *testing.T) {
	a, b := twins(40 << 20)
	for i := range b.content {
		b.content[i] = ^b.content[i]
	}
	r := compared(t, a, b, nil)
	require.Equal(t, block.Ranges{{Offset: 0, Length: 40 << 20}}, r.Ranges)
	require.Zero(t, r.Coarse)
}

func TestMoreDifferencesThanCanBeKeptAreRounded(t *testing.T) {
	o := run{Options: Options{Size: 1 << 40}}
	for i := range int64(2 * maxRanges) {
		o.suspect(block.Range{Offset: i * 2 * Leaf, Length: Leaf})
		require.LessOrEqual(t, len(o.suspected), maxRanges)
	}
	require.Equal(t, int64(16*Leaf), o.result.Coarse)
	require.Equal(t, block.Ranges{{Offset: 0, Length: 4 * maxRanges * Leaf}}, o.suspected, "rounded, and none is lost")
}

func TestManyBlocksAreFollowedInPortionsThatLoseNone(t *testing.T) {
	var all, seen block.Ranges
	for i := range int64(maxBlocks/2 + 10) {
		// Two blocks of the unit and a bit each.
		all = append(all, block.Range{Offset: i*10*Leaf + 512, Length: Leaf})
	}
	for left := all; len(left) > 0; {
		var blocks []open
		blocks, left = portion(left, Leaf)
		require.LessOrEqual(t, len(blocks), maxBlocks)
		for _, one := range blocks {
			require.Equal(t, one.Offset/Leaf, (one.End()-1)/Leaf, "a block lies in one unit")
			seen.Add(one.Range)
		}
	}
	require.Equal(t, all, seen)
}

// Row V5: what one side has more is compared with zeros when the tail is to be zero.
func TestATailIsComparedWithZeros(t *testing.T) {
	a, b := twins(2<<20 + 1000)
	b.content = b.content[:1<<20+500]
	clear(a.content[len(b.content):])
	require.Equal(t, ExitSame, compared(t, a, b, nil).Code())
	a.content[len(a.content)-1] = 1
	r := compared(t, a, b, nil)
	require.Equal(t, block.Ranges{leafOf(2<<20+999, 2<<20+1000)}, r.Ranges)
	r = compared(t, a, b, func(o *Options) { o.Size = b.Size() })
	require.Equal(t, ExitSame, r.Code(), "or it is left alone")
	r.Uncompared = &block.Range{Offset: b.Size(), Length: 1}
	require.Equal(t, ExitIncomplete, r.Code())
}

func TestRowV11AReadErrorTakesNothingFromTheRest(t *testing.T) {
	a, b := twins(4 << 20)
	broken := block.Range{Offset: 1<<20 + 5*Leaf, Length: Leaf}
	b.broken.Add(broken)
	b.content[1<<20+4*Leaf] ^= 1
	b.content[1<<20+6*Leaf] ^= 1
	r := compared(t, a, b, nil)
	require.Equal(t, ExitReadError, r.Code(), "it may differ too")
	require.Equal(t, []ReadError{{broken, B, "input/output error"}}, r.Errors)
	require.Equal(t, block.Ranges{broken}, r.Unread)
	require.Equal(t, block.Ranges{leafOf(1<<20+4*Leaf, 4<<20), leafOf(1<<20+6*Leaf, 4<<20)}, r.Ranges)
	require.Equal(t, r.Size-Leaf, r.Compared)
}

// hammer writes to both sides, the other one a moment later, until it is stopped.
func hammer(a, b *disk, delay time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		random := rand.New(rand.NewPCG(3, 4))
		for ctx.Err() == nil {
			at, value := random.Int64N(a.Size()), byte(random.Int())
			a.change(at, value)
			time.Sleep(delay)
			b.change(at, value)
			time.Sleep(moment)
		}
	}()
	return func() { cancel(); <-ended }
}

func TestRowV12BlocksInFlightAreDismissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(16 << 20)
		slow := func(int64) { time.Sleep(10 * moment) }
		a.before, b.before = slow, slow
		stop := hammer(a, b, 50*moment)
		for range 20 {
			r := compared(t, a, b, live)
			require.Empty(t, r.Ranges)
			require.Equal(t, ExitSame, r.Code())
			if r.InFlight > 0 {
				stop()
				return
			}
		}
		t.Fatal("no block was seen on its way")
	})
}

func TestRowV13ASideThatWritesDoNotReachIsADifference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(2 << 20)
		a.before = func(offset int64) {
			if offset == 7*Leaf {
				a.change(7*Leaf, a.content[7*Leaf]+1)
			}
		}
		a.change(7*Leaf, a.content[7*Leaf]+1)
		r := compared(t, a, b, live)
		require.Equal(t, ExitDifferent, r.Code())
		require.Equal(t, block.Ranges{{Offset: 7 * Leaf, Length: Leaf}}, r.Ranges)
		require.Equal(t, r.Ranges, r.OneSided)
	})
}

// Row V14: what both sides keep changing is not known. (Freezing is not built.)
func TestABlockThatNeverRestsIsUnstable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(2 << 20)
		for i, d := range []*disk{a, b} {
			d.content[0] = byte(100 * i)
			d.before = func(offset int64) {
				if offset == 0 {
					d.change(0, d.content[0]+1)
				}
			}
		}
		r := compared(t, a, b, live)
		require.Equal(t, ExitIncomplete, r.Code())
		require.Empty(t, r.Ranges)
		require.Equal(t, block.Ranges{{Offset: 0, Length: Leaf}}, r.Unstable)
		require.Equal(t, Live().Passes, r.Passes)
	})
}

func TestADifferenceMustLastTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(2 << 20)
		b.content[0] ^= 1
		began := time.Now()
		r := compared(t, a, b, live)
		require.Equal(t, ExitDifferent, r.Code())
		require.Equal(t, 11*time.Second, time.Since(began))

		b.content[0] ^= 1
		b.content[4*Leaf] ^= 1
		go func() {
			time.Sleep(9 * time.Second)
			b.change(4*Leaf, a.content[4*Leaf])
		}()
		r = compared(t, a, b, live)
		require.Equal(t, ExitSame, r.Code(), "it came late, and it came")
		require.Equal(t, int64(1), r.InFlight)
	})
}

func TestRowV15WhatALostConnectionHasCausedIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(2 << 20)
		b.content[0] ^= 1
		began := time.Now()
		r := compared(t, a, b, func(o *Options) {
			live(o)
			o.State = func(context.Context) State {
				switch ran := time.Since(began); {
				case ran > 12*time.Second:
					// The resync has brought the block over.
					b.change(0, a.content[0])
					return State{Connected: true, Quiet: true, Epoch: "again"}
				case ran > 2*time.Second:
					return State{Epoch: "lost"}
				}
				return State{Connected: true, Quiet: true, Epoch: "first"}
			}
		})
		require.Empty(t, r.Ranges)
		require.Equal(t, ExitSame, r.Code())
	})
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(2 << 20)
		b.content[0] ^= 1
		busy := func(o *Options) {
			live(o)
			o.State = func(context.Context) State { return State{Connected: true} }
		}
		r := compared(t, a, b, busy)
		require.Equal(t, ExitIncomplete, r.Code(), "a write was on its way at every look")
		quiet := func(o *Options) {
			live(o)
			o.State = func(context.Context) State { return State{Connected: true, Quiet: true} }
		}
		require.Equal(t, ExitDifferent, compared(t, a, b, quiet).Code())
	})
}

func TestAPairThatIsLostEndsTheRun(t *testing.T) {
	a, b := twins(8 << 20)
	local, o := pairOf(t, a, b)
	lost := errors.New("the other host is gone")
	r, err := Run(t.Context(), &losing{Local: local, err: lost}, o)
	require.ErrorIs(t, err, lost)
	require.False(t, r.Complete)
	require.Equal(t, ExitIncomplete, r.Code())
}

// losing is a pair that is lost at its third extent.
type losing struct {
	*Local
	err error
}

func (l *losing) Compare(ctx context.Context, p Part, leaf int) (Outcome, error) {
	if p.Offset == 2*Extent {
		return Outcome{}, l.err
	}
	return l.Local.Compare(ctx, p, leaf)
}

func TestProgressTellsARateAndTheTimeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(40 << 20)
		slow := func(int64) { time.Sleep(time.Second) }
		a.before = slow
		var all []Progress
		compared(t, a, b, func(o *Options) {
			o.Depth = 1
			o.Progress = func(p Progress) { all = append(all, p) }
		})
		require.Greater(t, len(all), 35)
		middle := all[20]
		require.InEpsilon(t, float64(1<<20), middle.Rate, 0.2)
		require.InDelta(t, 20, middle.Left.Seconds(), 5)
		require.Equal(t, int64(40<<20), middle.Size)
	})
}

func TestARateHoldsARunBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(20 << 20)
		began := time.Now()
		compared(t, a, b, func(o *Options) { o.Rate = &block.Rate{PerSecond: 1 << 20} })
		require.InDelta(t, 20, time.Since(began).Seconds(), 1.5)
	})
}
