package netif_test

import (
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

func TestInRunsInTheNamespaceAndReturns(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "outer")
		ns := lab.Namespace(t)
		here := netns(t)
		called := errors.New("called")
		err := netif.In(ns, func() error {
			require.NotEqual(t, here, netns(t))
			lab.NewVeth(t, "inner")
			var n netif.Net
			defer n.Close()
			l, err := n.LinkByName("inner")
			require.NoError(t, err)
			require.NoError(t, n.Add(netif.Address{Index: l.Index, IP: ip("10.1.1.1"), Prefix: 24}))
			_, err = n.LinkByName("outer")
			require.ErrorIs(t, err, netif.ErrNoLink)
			_, err = n.PromotesSecondaries("inner")
			require.NoError(t, err, "the settings are the namespace's")
			return called
		})
		require.ErrorIs(t, err, called)
		require.Equal(t, here, netns(t))
		_, err = k.LinkByName("inner")
		require.ErrorIs(t, err, netif.ErrNoLink)
		_, p, err := k.Find(netif.Query{IP: ip("10.1.1.1")})
		require.NoError(t, err)
		require.Equal(t, netif.Absent, p)
	})
}

// A goroutine that sleeps may wake up on any thread, unless it is locked to one.
func TestInStaysInTheNamespaceWhileOthersRun(t *testing.T) {
	t.Parallel()
	ns := lab.Namespace(t)
	var want string
	lab.Inside(t, ns, func() { want = netns(t) })
	stop := make(chan struct{})
	defer close(stop)
	for range 4 {
		go func() {
			for {
				select {
				case <-stop:
					return
				default:
					runtime.Gosched()
				}
			}
		}()
	}
	require.NoError(t, netif.In(ns, func() error {
		for range 50 {
			time.Sleep(time.Millisecond)
			require.Equal(t, want, netns(t))
		}
		return nil
	}))
	require.NotEqual(t, want, netns(t))
}

func TestInWithoutNameRunsHere(t *testing.T) {
	inside(t, func(k *kernel) {
		here := netns(t)
		require.NoError(t, netif.In("", func() error {
			require.Equal(t, here, netns(t))
			return nil
		}))
	})
}

func TestInRefusesNamesThatAreNone(t *testing.T) {
	t.Parallel()
	never := func() error { panic("called") }
	for _, name := range []string{".", "..", "a/b", "/proc/1/ns/net", "../x", "a\x00b"} {
		require.ErrorIs(t, netif.In(name, never), netif.ErrBadNamespace, "name %q", name)
	}
	require.ErrorIs(t, netif.In("nope", never), netif.ErrNoNamespace)

	// What a crash in the middle of `ip netns add` leaves.
	require.NoError(t, os.WriteFile("/run/netns/half", nil, 0))
	defer os.Remove("/run/netns/half")
	require.ErrorIs(t, netif.In("half", never), netif.ErrNoNamespace)
}

func netns(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/thread-self/ns/net")
	require.NoError(t, err)
	return name
}
