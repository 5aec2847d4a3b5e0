package netif_test

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestFindAnswersWithoutList(t *testing.T) {
	inside(t, func(k *kernel) {
		eth0, eth1 := lab.NewVeth(t, "eth0"), lab.NewVeth(t, "eth1")
		eth0.Address("192.168.144.1/24", "192.168.144.2/24", "192.168.144.2/32", "192.168.144.5/24",
			"2001:db8:1234::1/64", "2001:db8:1234::2/64")
		eth1.Address("192.168.144.6/32", "192.168.144.5/24", "2001:db8:1234::6/64", "fe80::5/64")
		require.NoError(t, k.Add(netif.Address{
			Index: k.link("eth0").Index, IP: ip("192.168.144.7"), Prefix: 24, Label: "eth0:web",
		}))
		require.NoError(t, k.Add(netif.Address{
			Index: k.link("eth1").Index, IP: ip("10.9.9.1"), Peer: ip("10.9.9.2"), Prefix: 32,
		}))
		require.NoError(t, k.Add(netif.Address{
			Index: k.link("eth1").Index, IP: ip("fd00::1"), Peer: ip("fd00::2"), Prefix: 128, Flags: netif.NoDAD,
		}))
		tests := []struct {
			name   string
			on     string // "" anywhere
			ip     string
			prefix int
			label  string
			want   netif.Presence
			holder string // of an unsure answer
		}{
			{"an address with its prefix", "eth0", "192.168.144.1", 24, "", netif.Present, ""},
			{"an address with any prefix", "eth0", "192.168.144.1", 0, "", netif.Present, ""},
			{"an address with another prefix might be there twice", "eth0", "192.168.144.1", 25, "", netif.Unsure, "eth0"},
			{"an address that is there twice, primary entry", "eth0", "192.168.144.2", 32, "", netif.Present, ""},
			{"an address that is there twice, secondary entry", "eth0", "192.168.144.2", 24, "", netif.Unsure, "eth0"},
			{"an address with the expected label", "eth0", "192.168.144.7", 24, "eth0:web", netif.Present, ""},
			{"an address with an unexpected label", "eth0", "192.168.144.7", 24, "", netif.Unsure, "eth0"},
			{"an address without the expected label", "eth0", "192.168.144.1", 24, "eth0:web", netif.Unsure, "eth0"},
			{"a label that cannot be one", "eth0", "192.168.144.1", 24, "eth0:much-too-long-for-one", netif.Unsure, "eth0"},
			{"an address nowhere", "eth0", "192.168.144.99", 24, "", netif.Absent, ""},
			{"an address nowhere, nowhere in particular", "", "192.168.144.99", 24, "", netif.Absent, ""},
			{"an address on another interface", "eth0", "192.168.144.6", 32, "", netif.Unsure, "eth1"},
			{"an address anywhere", "", "192.168.144.6", 32, "", netif.Present, ""},
			{"an address anywhere with another prefix", "", "192.168.144.6", 24, "", netif.Unsure, "eth1"},
			{"an address on two interfaces, asked of the first", "eth0", "192.168.144.5", 24, "", netif.Present, ""},
			{"an address on two interfaces, asked of the second", "eth1", "192.168.144.5", 24, "", netif.Present, ""},
			{"the far end of a point-to-point address (row 63)", "eth1", "10.9.9.2", 32, "", netif.Absent, ""},
			{"the near end of a point-to-point address", "eth1", "10.9.9.1", 32, "", netif.Present, ""},
			{"an address inside a local subnet", "lo", "127.0.0.3", 8, "", netif.Unsure, "lo"},
			{"an IPv6 address", "eth0", "2001:db8:1234::2", 64, "", netif.Present, ""},
			{"an IPv6 address, with a label that it cannot have", "eth0", "2001:db8:1234::2", 64, "eth0:web", netif.Present, ""},
			{"an IPv6 address with another prefix", "eth0", "2001:db8:1234::2", 128, "", netif.Absent, ""},
			{"an IPv6 address on another interface", "eth0", "2001:db8:1234::6", 64, "", netif.Absent, ""},
			{"an IPv6 address anywhere", "", "2001:db8:1234::6", 0, "", netif.Present, ""},
			{"an IPv6 address anywhere with another prefix", "", "2001:db8:1234::6", 128, "", netif.Unsure, "eth1"},
			{"an IPv6 address nowhere", "", "2001:db8:1234::99", 64, "", netif.Absent, ""},
			{"a link-local address with its zone", "eth1", "fe80::5%eth1", 64, "", netif.Present, ""},
			{"the far end of an IPv6 point-to-point address", "eth1", "fd00::2", 128, "", netif.Absent, ""},
			{"the near end of an IPv6 point-to-point address", "eth1", "fd00::1", 128, "", netif.Present, ""},
		}
		for _, tt := range tests {
			var on netif.Link
			if tt.on != "" {
				on = k.link(tt.on)
			}
			k.lists()
			a, p, err := k.Find(netif.Query{Link: on, IP: ip(tt.ip), Prefix: tt.prefix, Label: tt.label})
			require.NoError(t, err, tt.name)
			lists, requests := k.lists()
			require.Zero(t, lists, tt.name)
			require.LessOrEqual(t, requests, 4, tt.name)
			require.Equal(t, tt.want, p, "%s: %v", tt.name, a)
			if p == netif.Present {
				require.Equal(t, ip(tt.ip).WithZone(""), a.IP, tt.name)
				require.NotZero(t, a.Index, tt.name)
				require.LessOrEqual(t, requests, 4, tt.name)
				if tt.prefix != 0 {
					require.Equal(t, tt.prefix, a.Prefix, tt.name)
				}
			}
			if tt.holder != "" {
				require.Equal(t, k.link(tt.holder).Index, a.Index, tt.name)
			}
		}
	})
}

// What would deceive a question that follows routes: an interface that is
// down, rules before the local table, sockets that may bind foreign addresses.
func TestFindIsNotDeceived(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.Address("192.168.144.1/24")
		rule := netlink.NewRule()
		rule.Priority, rule.Table, rule.Family = 1, 99, netlink.FAMILY_V4
		require.NoError(t, netlink.RuleAdd(rule))
		require.NoError(t, os.WriteFile("/proc/sys/net/ipv4/ip_nonlocal_bind", []byte("1"), 0))
		for _, up := range []bool{true, false} {
			wire.Up(up)
			if up {
				half := netip.MustParsePrefix("128.0.0.0/1")
				require.NoError(t, netlink.RouteAdd(&netlink.Route{
					Table: 99, LinkIndex: k.link("eth0").Index, Scope: netlink.SCOPE_LINK, Dst: ipnet(half),
				}))
			}
			eth0 := k.link("eth0")
			requirePresence(t, k, netif.Present, netif.Query{Link: eth0, IP: ip("192.168.144.1"), Prefix: 24})
			requirePresence(t, k, netif.Present, netif.Query{IP: ip("192.168.144.1"), Prefix: 24})
			requirePresence(t, k, netif.Absent, netif.Query{Link: eth0, IP: ip("192.168.144.9"), Prefix: 24})
		}
	})
}

func requirePresence(t *testing.T, k *kernel, want netif.Presence, q netif.Query) {
	t.Helper()
	a, p, err := k.Find(q)
	require.NoError(t, err)
	require.Equal(t, want, p, "%v: %v", q, a)
}

func ipnet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// Ten thousand addresses may not make a monitor's questions more than a
// little slower, and never a list.
func TestFindAmongTenThousandAddresses(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0")
		eth0 := k.link("eth0")
		fill(t, k, eth0.Index, 0, 10, 10)
		few := timeFind(t, k, eth0)
		fill(t, k, eth0.Index, 10, 10_000, 1000)
		many := timeFind(t, k, eth0)
		for what := range few {
			t.Logf("%s: %v among 10, %v among 10,000", what, few[what], many[what])
			require.Less(t, many[what], time.Millisecond, what)
		}
	})
}

// fill adds IPv4 addresses with numbers in the range, and IPv6 addresses as
// long as their number is below v6.
func fill(t *testing.T, k *kernel, index, from, to, v6 int) {
	t.Helper()
	for i := from; i < to; i++ {
		require.NoError(t, k.Add(netif.Address{Index: index, IP: numbered4(i), Prefix: 16}))
		if i < v6 {
			require.NoError(t, k.Add(netif.Address{Index: index, IP: numbered6(i), Prefix: 64, Flags: netif.NoDAD}))
		}
	}
}

func numbered4(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}) }

func numbered6(i int) netip.Addr {
	return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(i >> 8), 15: byte(i)})
}

// timeFind returns the time of a Find, the fastest of some, for an address
// that is last in the kernel's order and for one that is missing.
func timeFind(t *testing.T, k *kernel, on netif.Link) map[string]time.Duration {
	t.Helper()
	last, err := k.Addresses(on.Index, netif.IPv4)
	require.NoError(t, err)
	queries := map[string]netif.Query{
		"IPv4 present": {Link: on, IP: last[len(last)-1].IP, Prefix: 16},
		"IPv4 absent":  {Link: on, IP: ip("192.0.2.1"), Prefix: 24},
		"IPv6 present": {Link: on, IP: numbered6(9), Prefix: 64},
		"IPv6 absent":  {Link: on, IP: ip("2001:db8::ffff"), Prefix: 64},
	}
	times := map[string]time.Duration{}
	for what, q := range queries {
		want := netif.Absent
		if strings.Contains(what, "present") {
			want = netif.Present
		}
		times[what] = time.Hour
		for range 20 {
			k.lists()
			began := time.Now()
			_, p, err := k.Find(q)
			times[what] = min(times[what], time.Since(began))
			require.NoError(t, err)
			require.Equal(t, want, p, what)
			lists, _ := k.lists()
			require.Zero(t, lists, what)
		}
	}
	return times
}
