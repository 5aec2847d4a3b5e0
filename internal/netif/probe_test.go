package netif_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// Rows 69 and 70.
func TestProbeARP(t *testing.T) {
	const window = 200 * time.Millisecond
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.PeerAddress("192.168.144.2/24")
		eth0 := k.link("eth0")

		began := time.Now()
		owner, err := k.ProbeARP(t.Context(), eth0, ip("192.168.144.2"), 3, 10*time.Second)
		require.NoError(t, err)
		require.Equal(t, wire.PeerHardware(), owner.String())
		require.Less(t, time.Since(began), 10*time.Second, "an answer ends the wait")

		began = time.Now()
		owner, err = k.ProbeARP(t.Context(), eth0, ip("192.168.144.3"), 2, window)
		require.NoError(t, err)
		require.Nil(t, owner)
		require.GreaterOrEqual(t, time.Since(began), 2*window)
		require.Less(t, time.Since(began), 3*time.Second)
	})
}

// Two machines that are about to take the same address notice each other.
func TestProbeARPNoticesAnotherProbe(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		noticed := make(chan string, 1)
		go func() {
			defer close(noticed)
			wire.Peer(func() {
				var n netif.Net
				defer n.Close()
				noticed <- contend(t, &n, lab.PeerName)
			})
		}()
		require.Equal(t, wire.PeerHardware(), contend(t, &k.Net, "eth0"))
		require.Equal(t, wire.Hardware(), <-noticed)
	})
}

// contend probes until it notices the other, and then once more: the other may
// have been deaf yet.
func contend(t *testing.T, n *netif.Net, name string) string {
	l, err := n.LinkByName(name)
	if err != nil {
		return err.Error()
	}
	owner, err := n.ProbeARP(t.Context(), l, ip("192.168.144.2"), 50, 100*time.Millisecond)
	if err != nil {
		return err.Error()
	}
	if _, err := n.ProbeARP(t.Context(), l, ip("192.168.144.2"), 1, time.Millisecond); err != nil {
		return err.Error()
	}
	return owner.String()
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

// The same address on another network is none of our business.
func TestProbeARPListensOnItsLinkOnly(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		other := lab.NewVeth(t, "eth1")
		other.PeerAddress("192.168.144.2/24")
		ctx, cancel := context.WithCancel(t.Context())
		sent := make(chan error, 1)
		go other.Peer(func() {
			var n netif.Net
			defer n.Close()
			l, _ := n.LinkByName(lab.PeerName)
			sent <- n.Send(ctx, l, netif.Announcement{
				Link: l, IP: ip("192.168.144.2"), Count: 1000, Interval: 10 * time.Millisecond,
			}.Frames())
		})
		owner, err := k.ProbeARP(t.Context(), k.link("eth1"), ip("192.168.144.2"), 50, 100*time.Millisecond)
		require.NoError(t, err)
		require.NotNil(t, owner, "they do announce it")
		owner, err = k.ProbeARP(t.Context(), k.link("eth0"), ip("192.168.144.2"), 1, 200*time.Millisecond)
		require.NoError(t, err)
		require.Nil(t, owner)
		cancel()
		require.ErrorIs(t, <-sent, context.Canceled)
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
