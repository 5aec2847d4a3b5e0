package netif_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// Rows 69 and 70.
func TestProbeARP(t *testing.T) {
	const window = 300 * time.Millisecond
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.PeerAddress("192.168.144.2/24")
		eth0 := k.link("eth0")

		began := time.Now()
		owner, err := k.ProbeARP(t.Context(), eth0, ip("192.168.144.2"), 3, window)
		require.NoError(t, err)
		require.Equal(t, wire.PeerHardware(), owner.String())
		require.Less(t, time.Since(began), window, "an answer ends the wait")

		began = time.Now()
		owner, err = k.ProbeARP(t.Context(), eth0, ip("192.168.144.3"), 2, window)
		require.NoError(t, err)
		require.Nil(t, owner)
		require.InDelta(t, 2*window.Seconds(), time.Since(began).Seconds(), 0.25)
	})
}

// Two machines that are about to take the same address notice each other.
func TestProbeARPNoticesAnotherProbe(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		owners := make(chan net.HardwareAddr, 1)
		go func() {
			defer close(owners)
			wire.Peer(func() {
				var n netif.Net
				defer n.Close()
				if l, err := n.LinkByName(lab.PeerName); err == nil {
					owner, _ := n.ProbeARP(t.Context(), l, ip("192.168.144.2"), 50, 100*time.Millisecond)
					owners <- owner
				}
			})
		}()
		owner, err := k.ProbeARP(t.Context(), k.link("eth0"), ip("192.168.144.2"), 50, 100*time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, wire.PeerHardware(), owner.String())

		// The peer may have seen the only probe of ours before it listened.
		_, err = k.ProbeARP(t.Context(), k.link("eth0"), ip("192.168.144.2"), 1, time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, wire.Hardware(), (<-owners).String())
	})
}

// Two interfaces on one network answer for each other's addresses.
func TestProbeARPDoesNotTakeItsOwnMachineForAnother(t *testing.T) {
	inside(t, func(k *kernel) {
		attr := netlink.NewLinkAttrs()
		attr.Name = "eth0"
		pair := netlink.NewVeth(attr)
		pair.PeerName = "eth1"
		require.NoError(t, netlink.LinkAdd(pair))
		require.NoError(t, k.SetUp(k.link("eth0").Index))
		require.NoError(t, k.SetUp(k.link("eth1").Index))
		require.NoError(t, k.Add(netif.Address{Index: k.link("eth1").Index, IP: ip("192.168.144.2"), Prefix: 24}))
		owner, err := k.ProbeARP(t.Context(), k.link("eth0"), ip("192.168.144.2"), 1, 200*time.Millisecond)
		require.NoError(t, err)
		require.Nil(t, owner)
	})
}

func TestProbeARPOnAMuteLinkAsksNobody(t *testing.T) {
	inside(t, func(k *kernel) {
		k.link("lo")
		k.lists()
		owner, err := k.ProbeARP(t.Context(), k.link("lo"), ip("127.0.0.3"), 3, time.Minute)
		require.NoError(t, err)
		require.Nil(t, owner)
	})
}

func TestProbeARPEndsWithTheContext(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := k.ProbeARP(ctx, k.link("eth0"), ip("192.168.144.2"), 3, time.Minute)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
