package block

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Row V22: readers step back while a mebibyte takes long, and come back when it does not.
func TestReadersStepBackWhileReadingIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Pace{Most: 8}
		var reading, most, read atomic.Int64
		var each atomic.Int64
		each.Store(int64(time.Millisecond))
		ctx, cancel := context.WithCancel(t.Context())
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				for p.Enter(ctx) == nil {
					most.Store(max(most.Load(), reading.Add(1)))
					took := time.Duration(each.Load())
					time.Sleep(took)
					reading.Add(-1)
					read.Add(1)
					p.Leave(took, 1<<20)
				}
			})
		}
		time.Sleep(10 * time.Millisecond)
		require.Equal(t, int64(1), most.Load(), "one finds out how fast the device is")
		time.Sleep(time.Second)
		require.Equal(t, int64(8), most.Load())

		each.Store(int64(10 * time.Millisecond))
		time.Sleep(time.Second)
		most.Store(0)
		read.Store(0)
		time.Sleep(time.Second)
		require.Equal(t, int64(1), most.Load(), "somebody else needs the device")
		require.LessOrEqual(t, read.Load(), int64(30), "and gets it for most of the time")

		each.Store(int64(time.Millisecond))
		time.Sleep(5 * time.Second)
		require.Equal(t, int64(8), most.Load(), "and then not any more")
		cancel()
		readers.Wait()
	})
}

func TestNobodyIsHeldBackWithoutAPace(t *testing.T) {
	var p *Pace
	require.NoError(t, p.Enter(t.Context()))
	p.Leave(time.Second, 1)
}
