package netif_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

func TestLinkTellsWhatTheKernelKnows(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		l := k.link("eth0")
		require.Equal(t, "eth0", l.Name)
		require.Equal(t, wire.Hardware(), l.Address.String())
		require.Equal(t, "ff:ff:ff:ff:ff:ff", l.Broadcast.String())
		require.Equal(t, netif.Ethernet, l.Type)
		require.True(t, l.Up)
		require.False(t, l.Loopback || l.NoARP)
		require.Empty(t, l.Mute())

		same, err := k.LinkByIndex(l.Index)
		require.NoError(t, err)
		require.Equal(t, "eth0", same.Name)

		all, err := k.Links()
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, "lo", all[0].Name)
		require.True(t, all[0].Loopback)
		require.Contains(t, all[0].Mute(), "loopback")
	})
}

func TestLinkIsFoundByAlternativeNamesInOneRequest(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		link, err := netlink.LinkByName("eth0")
		require.NoError(t, err)
		const long = "enp3s0-in-the-left-slot"
		require.NoError(t, netlink.LinkAddAltName(link, "front"))
		require.NoError(t, netlink.LinkAddAltName(link, long))
		for _, name := range []string{"front", long} {
			k.lists()
			l := k.link(name)
			require.Equal(t, "eth0", l.Name)
			require.ElementsMatch(t, []string{"front", long}, l.AltNames)
			lists, requests := k.lists()
			require.Zero(t, lists)
			require.Equal(t, 1, requests)
		}
	})
}

func TestLinkThatDoesNotExistIsErrNoLink(t *testing.T) {
	inside(t, func(k *kernel) {
		for _, name := range []string{"nonic", "", "a-name-of-more-than-fifteen-characters"} {
			_, err := k.LinkByName(name)
			require.ErrorIs(t, err, netif.ErrNoLink, "name %q", name)
		}
		for _, index := range []int{0, 4711} {
			_, err := k.LinkByIndex(index)
			require.ErrorIs(t, err, netif.ErrNoLink, "index %d", index)
		}
		_, err := k.Addresses(4711, netif.IPv4)
		require.ErrorIs(t, err, netif.ErrNoLink)
		require.ErrorIs(t, k.SetUp(4711), unix.ENODEV)
	})
}

func TestSetUpAndCarrier(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.Up(false)
		w, err := k.Watch(netif.LinkChanges)
		require.NoError(t, err)
		defer w.Close()
		l := k.link("eth0")
		require.False(t, l.Usable())
		require.Contains(t, l.Mute(), "is down")

		require.NoError(t, k.SetUp(l.Index))
		l, err = k.WaitCarrier(t.Context(), w, l.Index)
		require.NoError(t, err)
		require.True(t, l.Usable(), "state %v", l.OperState)
	})
}

func TestWaitCarrierReturnsTheFailedLinkAtTheEnd(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		w, err := k.Watch(netif.LinkChanges)
		require.NoError(t, err)
		defer w.Close()
		wire.PeerUp(false)
		k.await(func() bool { return k.link("eth0").OperState.Failed() })

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		l, err := k.WaitCarrier(ctx, w, k.link("eth0").Index)
		require.NoError(t, err)
		require.True(t, l.OperState.Failed(), "state %v", l.OperState)
		require.True(t, l.Up)
		require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)

		// The watch is as good as before.
		go func() {
			time.Sleep(50 * time.Millisecond) // long enough that the wait has begun
			wire.PeerUp(true)
		}()
		began := time.Now()
		l, err = k.WaitCarrier(t.Context(), w, l.Index)
		require.NoError(t, err)
		require.True(t, l.Usable())
		require.Less(t, time.Since(began), 5*time.Second)
	})
}

func TestWaitsEndWhenCancelled(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0").Up(false)
		w, err := k.Watch(netif.LinkChanges)
		require.NoError(t, err)
		defer w.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		l, err := k.WaitCarrier(ctx, w, k.link("eth0").Index)
		require.NoError(t, err)
		require.False(t, l.Usable())
	})
}

func TestStatesHaveTheNamesThatOperatorsKnow(t *testing.T) {
	t.Parallel()
	require.Equal(t, "LOWERLAYERDOWN", netif.LowerLayerDown.String())
	require.Equal(t, "UP", netif.Up.String())
	require.Equal(t, "state 9", netif.OperState(9).String())
	require.Equal(t, "absent", netif.Absent.String())
	require.Equal(t, "removed", netif.DADRemoved.String())
	require.Equal(t, "IPv6", netif.IPv6.String())
}

func TestMuteSaysWhy(t *testing.T) {
	t.Parallel()
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	tests := []struct {
		name string
		link netif.Link
		want string
	}{
		{"a usable link speaks", netif.Link{Name: "eth0", Up: true, Address: mac}, ""},
		{"a link that is down", netif.Link{Name: "eth0", Address: mac}, "eth0 is down"},
		{"the loopback interface", netif.Link{Name: "lo", Up: true, Loopback: true, Address: mac}, "lo is a loopback interface"},
		{"a link without ARP", netif.Link{Name: "wg0", Up: true, NoARP: true, Address: mac}, "wg0 does not use ARP"},
		{"a link without hardware address", netif.Link{Name: "tun0", Up: true}, "tun0 has no hardware address"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.link.Mute(), tt.name)
	}
}
