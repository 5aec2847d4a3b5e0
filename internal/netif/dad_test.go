package netif_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// watched adds an IPv6 address after subscribing to what happens to it.
func (k *kernel) watched(ip string, flags netif.Flags) (*netif.Watch, netif.Address) {
	k.t.Helper()
	w, err := k.Watch(netif.Address6Changes)
	require.NoError(k.t, err)
	a := netif.Address{Index: k.link("eth0").Index, IP: netip.MustParseAddr(ip), Prefix: 64, Flags: flags}
	require.NoError(k.t, k.Add(a))
	return w, a
}

func TestDADOfAFreeAddressPasses(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		w, a := k.watched("2001:db8:1234::2", 0)
		defer w.Close()
		require.True(t, k.entry("eth0", "2001:db8:1234::2").Flags.Tentative())
		k.lists()
		began := time.Now()
		result, err := k.WaitDAD(t.Context(), w, a.Index, a.IP)
		require.NoError(t, err)
		require.Equal(t, netif.DADPassed, result)
		require.Less(t, time.Since(began), 10*time.Second)
		lists, requests := k.lists()
		require.Zero(t, lists)
		require.Less(t, requests, 20, "it waits for events")
	})
}

func TestDADIsNotWaitedForWhenThereIsNone(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		w, a := k.watched("2001:db8:1234::2", netif.NoDAD)
		defer w.Close()
		k.lists()
		result, err := k.WaitDAD(t.Context(), w, a.Index, a.IP)
		require.NoError(t, err)
		require.Equal(t, netif.DADPassed, result)
		_, requests := k.lists()
		require.Equal(t, 1, requests, "the first look decides")
	})
}

func TestDADOfAnAddressThatThePeerOwnsFails(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.PeerAddress("2001:db8:1234::9/64")
		w, a := k.watched("2001:db8:1234::9", 0)
		defer w.Close()
		result, err := k.WaitDAD(t.Context(), w, a.Index, a.IP)
		require.NoError(t, err)
		require.Equal(t, netif.DADFailed, result)
		require.True(t, k.entry("eth0", "2001:db8:1234::9").Flags.DADFailed())
		require.NoError(t, k.Delete(a))
	})
}

func TestDADOfAnAddressThatIsRemovedMeanwhile(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		w, a := k.watched("2001:db8:1234::2", 0)
		defer w.Close()
		require.NoError(t, k.Delete(a))
		result, err := k.WaitDAD(t.Context(), w, a.Index, a.IP)
		require.NoError(t, err)
		require.Equal(t, netif.DADRemoved, result)
	})
}

func TestDADWithoutCarrierIsPendingAtTheEnd(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0").PeerUp(false)
		k.await(func() bool { return k.link("eth0").OperState.Failed() })
		w, a := k.watched("2001:db8:1234::2", 0)
		defer w.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		result, err := k.WaitDAD(ctx, w, a.Index, a.IP)
		require.NoError(t, err)
		require.Equal(t, netif.DADPending, result)
	})
}
