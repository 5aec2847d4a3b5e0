package netif_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// An address must come back as it was after a deletion, from a state file too:
// the loopback twin of lvs_support and lost secondaries depend on it.
func TestAddressRoundTrips(t *testing.T) {
	tests := []struct {
		name string
		on   string
		give netif.Address
	}{
		{"a plain IPv4 address has no broadcast", "eth0", netif.Address{
			IP: ip("10.6.7.7"), Prefix: 24, Label: "eth0", Flags: 0x80}},
		{"broadcast, label and metric", "eth0", netif.Address{
			IP: ip("10.6.7.7"), Prefix: 24, Label: "eth0:web", Broadcast: ip("10.6.7.255"), Metric: 77, Flags: 0x80}},
		{"an unusual broadcast", "eth0", netif.Address{
			IP: ip("10.6.7.7"), Prefix: 28, Label: "eth0", Broadcast: ip("10.6.255.255"), Flags: 0x80}},
		{"without prefix route", "eth0", netif.Address{
			IP: ip("10.6.7.7"), Prefix: 24, Label: "eth0", Flags: netif.NoPrefixRoute | 0x80}},
		{"a point-to-point address", "eth0", netif.Address{
			IP: ip("10.9.9.1"), Peer: ip("10.9.9.2"), Prefix: 32, Label: "eth0", Flags: 0x80}},
		{"an address of scope link, of a protocol", "eth0", netif.Address{
			IP: ip("169.254.3.4"), Prefix: 16, Label: "eth0", Scope: netif.ScopeLink, Proto: 3, Flags: 0x80}},
		{"a loopback twin", "lo", netif.Address{
			IP: ip("10.6.7.7"), Prefix: 32, Label: "lo:lvs", Scope: netif.ScopeHost, Flags: 0x80}},
		{"an IPv4 address that expires", "eth0", netif.Address{
			IP: ip("10.6.7.7"), Prefix: 24, Label: "eth0", ValidLft: 5000, PreferredLft: 4000}},
		{"an IPv6 address", "eth0", netif.Address{
			IP: ip("2001:db8::2"), Prefix: 64, Flags: netif.NoDAD | 0x80}},
		{"an IPv6 address with metric, without prefix route", "eth0", netif.Address{
			IP: ip("2001:db8::2"), Prefix: 64, Metric: 256, Flags: netif.NoDAD | netif.NoPrefixRoute | 0x80}},
		{"an IPv6 point-to-point address", "eth0", netif.Address{
			IP: ip("fd00::1"), Peer: ip("fd00::2"), Prefix: 128, Flags: netif.NoDAD | 0x80}},
		{"a deprecated IPv6 address", "eth0", netif.Address{
			IP: ip("2001:db8::2"), Prefix: 64, Flags: netif.NoDAD | 0xa0, ValidLft: netif.Forever, PreferredLft: 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inside(t, func(k *kernel) {
				lab.NewVeth(t, "eth0")
				tt.give.Index = k.link(tt.on).Index
				want := tt.give
				if want.ValidLft == 0 {
					want.ValidLft, want.PreferredLft = netif.Forever, netif.Forever
				}
				require.NoError(t, k.Add(tt.give))
				before := k.entry(tt.on, tt.give.IP.String())
				requireSame(t, want, before)

				text, err := json.Marshal(before)
				require.NoError(t, err)
				var stored netif.Address
				require.NoError(t, json.Unmarshal(text, &stored))
				require.NoError(t, k.Delete(stored))
				require.ErrorIs(t, k.Delete(stored), unix.EADDRNOTAVAIL)
				require.NoError(t, k.Add(stored))
				requireSame(t, before, k.entry(tt.on, tt.give.IP.String()))
			})
		})
	}
}

// requireSame compares addresses; lifetimes may have gone on by some seconds.
func requireSame(t *testing.T, want, got netif.Address) {
	t.Helper()
	if want.ValidLft != netif.Forever && want.ValidLft-got.ValidLft < 60 && want.PreferredLft-got.PreferredLft < 60 {
		got.ValidLft, got.PreferredLft = want.ValidLft, want.PreferredLft
	}
	require.Equal(t, want, got)
}

func TestAddTellsWhyNot(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		eth0 := k.link("eth0").Index
		a := netif.Address{Index: eth0, IP: ip("10.6.7.7"), Prefix: 24}
		require.NoError(t, k.Add(a))
		err := k.Add(a)
		require.ErrorIs(t, err, unix.EEXIST)
		require.ErrorContains(t, err, "add address 10.6.7.7/24 on interface 2")
		require.ErrorIs(t, k.Add(netif.Address{Index: 4711, IP: ip("10.6.7.8"), Prefix: 24}), unix.ENODEV)

		// The kernel's own explanation, where it has one.
		err = k.Add(netif.Address{Index: eth0, IP: ip("10.6.7.8"), Prefix: 33})
		require.ErrorIs(t, err, unix.EINVAL)
		require.ErrorContains(t, err, "ipv4: Invalid prefix length")
	})
}

func TestAddressesOfOneInterfaceAndOfAll(t *testing.T) {
	inside(t, func(k *kernel) {
		eth0, eth1 := lab.NewVeth(t, "eth0"), lab.NewVeth(t, "eth1")
		eth0.Address("10.1.0.1/16", "10.1.0.2/16", "2001:db8::1/64")
		eth1.Address("10.2.0.1/16")
		require.Equal(t, []string{"10.1.0.1/16", "10.1.0.2/16"}, k.addresses("eth0", netif.IPv4))
		require.Contains(t, k.addresses("eth0", netif.IPv6), "2001:db8::1/64")
		require.Equal(t, []string{"10.2.0.1/16"}, k.addresses("eth1", netif.IPv4))
		all, err := k.AllAddresses(netif.IPv4)
		require.NoError(t, err)
		require.Len(t, all, 4, "with 127.0.0.1")

		first, second := k.entry("eth0", "10.1.0.1"), k.entry("eth0", "10.1.0.2")
		require.False(t, first.Flags.Secondary())
		require.True(t, second.Flags.Secondary())
		require.True(t, second.Flags.Permanent())
	})
}

func TestDeprecatedAddressIsDeprecated(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		require.NoError(t, k.Add(netif.Address{
			Index: k.link("eth0").Index, IP: ip("2001:db8::2"), Prefix: 64, Flags: netif.NoDAD, ValidLft: netif.Forever,
		}))
		require.True(t, k.entry("eth0", "2001:db8::2").Flags.Deprecated())
	})
}

// A list that changes while it is read is read again, so that it never misses
// an address that was there all the time.
func TestListsSurviveChanges(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		index := k.link("eth0").Index
		fill(t, k, index, 0, 2000, 0)
		// The kernel puts this one before all secondary addresses.
		stop := k.flap(netif.Address{Index: index, IP: ip("10.99.0.1"), Prefix: 24})
		defer stop()
		k.lists()
		var again, answered, told int
		for range 60 {
			list, err := k.AllAddresses(netif.IPv4)
			told += strings.Count(strings.Join(k.asked, "\n"), "the list changed")
			if answered%2 == 0 {
				list, err = k.Addresses(index, netif.IPv4)
			}
			lists, _ := k.lists()
			again += max(lists-4, 0)
			if err != nil {
				continue
			}
			stayed := slices.DeleteFunc(list, func(a netif.Address) bool { return a.Prefix != 16 })
			require.True(t, len(stayed) == 2000, "%d of 2000 addresses", len(stayed))
			answered++
		}
		t.Logf("%d lists, %d times asked again, %d times told by the kernel", answered, again, told)
		require.NotZero(t, told)
		require.NotZero(t, again)
		require.NotZero(t, answered)
	})
}

// flap adds and deletes an address, over and over.
func (k *kernel) flap(a netif.Address) (stop func()) {
	k.t.Helper()
	var n netif.Net
	_, err := n.LinkByIndex(a.Index) // opens the socket in this namespace
	require.NoError(k.t, err)
	stopping, stopped := make(chan struct{}), make(chan struct{})
	tick := time.NewTicker(4 * time.Millisecond)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stopping:
				return
			case <-tick.C:
				_ = errors.Join(n.Add(a), n.Delete(a))
			}
		}
	}()
	return func() {
		close(stopping)
		<-stopped
		tick.Stop()
		n.Close()
	}
}

func TestAddressLabels(t *testing.T) {
	inside(t, func(k *kernel) {
		label := netif.AddrLabel{Prefix: prefix("2001:db8::2/128"), Value: 99}
		before, err := k.AddrLabels()
		require.NoError(t, err)
		require.Contains(t, before, netif.AddrLabel{Prefix: prefix("::1/128"), Value: 0})
		require.NotContains(t, before, label)

		require.NoError(t, k.AddAddrLabel(label))
		require.ErrorIs(t, k.AddAddrLabel(label), unix.EEXIST)
		after, err := k.AddrLabels()
		require.NoError(t, err)
		require.Contains(t, after, label)

		require.NoError(t, k.DeleteAddrLabel(label))
		require.ErrorIs(t, k.DeleteAddrLabel(label), unix.ESRCH)
		after, err = k.AddrLabels()
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
}

func TestSettings(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		for _, on := range []string{"all", "eth0"} {
			for _, off := range []string{"all", "eth0"} {
				setting(t, "ipv4/conf/"+off+"/promote_secondaries", "0")
			}
			promotes, err := k.PromotesSecondaries("eth0")
			require.NoError(t, err)
			require.False(t, promotes)
			setting(t, "ipv4/conf/"+on+"/promote_secondaries", "1")
			promotes, err = k.PromotesSecondaries("eth0")
			require.NoError(t, err)
			require.True(t, promotes, on)
		}
		forwards, err := k.Forwards6("eth0")
		require.NoError(t, err)
		require.False(t, forwards)
		setting(t, "ipv6/conf/eth0/forwarding", "1")
		forwards, err = k.Forwards6("eth0")
		require.NoError(t, err)
		require.True(t, forwards)

		_, err = k.Forwards6("nonic")
		require.Error(t, err)
		require.NoError(t, k.FlushRouteCache(netif.IPv4))
		require.NoError(t, k.FlushRouteCache(netif.IPv6))
	})
}
