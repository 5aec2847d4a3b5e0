package netif_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
)

// Interfaces of the laboratory (ipaddr2.md 14).
const (
	lo = iota + 1
	eth0
	eth1
)

// onLink returns a connected route as the kernel makes it.
func onLink(dst string, index int, change ...func(*netif.Route)) netif.Route {
	r := netif.Route{
		Dst: prefix(dst), Index: index, Table: unix.RT_TABLE_MAIN,
		Protocol: unix.RTPROT_BOOT, Scope: netif.ScopeLink, Type: unix.RTN_UNICAST,
	}
	if r.Dst.Addr().Is6() {
		r.Scope = netif.ScopeUniverse
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func ofKernel(r *netif.Route)  { r.Protocol = unix.RTPROT_KERNEL }
func byGateway(r *netif.Route) { r.Gateway, r.Scope = true, netif.ScopeUniverse }
func costs(m uint32) func(*netif.Route) {
	return func(r *netif.Route) { r.Metric = m }
}

func TestSelect(t *testing.T) {
	t.Parallel()
	connected := onLink("192.168.144.0/24", eth0, ofKernel, func(r *netif.Route) { r.Source = ip("192.168.144.1") })
	connected6 := onLink("2001:db8:1234::/64", eth0, ofKernel, costs(256))
	nested := []netif.Route{onLink("10.0.0.0/8", eth1), onLink("10.1.0.0/16", eth0)}
	priced := []netif.Route{onLink("10.5.0.0/16", eth0, costs(100)), onLink("10.5.0.0/16", eth1, costs(200))}
	loopback := onLink("127.0.0.0/8", lo, ofKernel, func(r *netif.Route) {
		r.Table, r.Type, r.Scope = unix.RT_TABLE_LOCAL, unix.RTN_LOCAL, netif.ScopeHost
	})
	tests := []struct {
		name   string
		wish   netif.Wish
		routes []netif.Route
		index  int
		prefix int
		err    error
	}{
		{"row 1: a route gives interface and prefix", netif.Wish{IP: ip("192.168.144.2")}, []netif.Route{connected}, eth0, 24, nil},
		{"interface and mask given, with a route", netif.Wish{IP: ip("192.168.144.2"), Index: eth0, Prefix: 24}, []netif.Route{connected}, eth0, 24, nil},
		{"interface and mask given, without a route", netif.Wish{IP: ip("192.168.144.2"), Index: eth1, Prefix: 20}, nil, eth1, 20, nil},
		{"interface given, the route gives the prefix", netif.Wish{IP: ip("192.168.144.2"), Index: eth0}, []netif.Route{connected}, eth0, 24, nil},
		{"interface given, the route is elsewhere", netif.Wish{IP: ip("192.168.144.2"), Index: eth1}, []netif.Route{connected}, 0, 0, netif.ErrNoRoute},
		{"mask given, the route gives the interface", netif.Wish{IP: ip("192.168.144.2"), Prefix: 32}, []netif.Route{connected}, eth0, 32, nil},
		{"an IPv6 entry of the address elsewhere is no network", netif.Wish{IP: ip("2001:db8:1234::2")},
			[]netif.Route{onLink("2001:db8:1234::2/128", lo, ofKernel, costs(256)), connected6}, eth0, 64, nil},
		{"an IPv6 host route of the administrator's is one", netif.Wish{IP: ip("2001:db8:1234::2")},
			[]netif.Route{onLink("2001:db8:1234::2/128", eth1, costs(256)), connected6}, eth1, 128, nil},
		{"row 22: a mask shorter than the route's finds none", netif.Wish{IP: ip("192.168.144.2"), Prefix: 16}, []netif.Route{connected}, 0, 0, netif.ErrNoRoute},
		{"row 23: a mask longer than the route's", netif.Wish{IP: ip("192.168.144.2"), Prefix: 28}, []netif.Route{connected}, eth0, 28, nil},
		{"row 24: no route", netif.Wish{IP: ip("10.9.9.9")}, []netif.Route{connected}, 0, 0, netif.ErrNoRoute},
		{"row 25: only a gateway's route", netif.Wish{IP: ip("10.6.7.7")}, []netif.Route{onLink("10.6.0.0/16", eth0, byGateway)}, 0, 0, netif.ErrNoRoute},
		{"row 26: only a gateway's route, interface and mask given", netif.Wish{IP: ip("10.6.7.7"), Index: eth1, Prefix: 24}, []netif.Route{onLink("10.6.0.0/16", eth0, byGateway)}, eth1, 24, nil},
		{"row 30: the longest prefix", netif.Wish{IP: ip("10.1.2.3")}, nested, eth0, 16, nil},
		{"row 31: the lowest metric", netif.Wish{IP: ip("10.5.7.7")}, priced, eth0, 16, nil},
		{"row 31 in the other order", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{priced[1], priced[0]}, eth0, 16, nil},
		{"the longest prefix goes before the lowest metric", netif.Wish{IP: ip("10.1.2.3")}, []netif.Route{nested[0], onLink("10.1.0.0/16", eth0, costs(500))}, eth0, 16, nil},
		{"no metric goes before any", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{priced[0], onLink("10.5.0.0/16", eth1)}, eth1, 16, nil},
		{"the metric goes before the protocol", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("10.5.0.0/16", eth0, costs(9), ofKernel), onLink("10.5.0.0/16", eth1, costs(8))}, eth1, 16, nil},
		{"the kernel's protocol goes before others", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("10.5.0.0/16", eth0), onLink("10.5.0.0/16", eth1, ofKernel)}, eth1, 16, nil},
		{"the kernel's order at last", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("10.5.0.0/16", eth1), onLink("10.5.0.0/16", eth0)}, eth1, 16, nil},
		{"row 32: no route of the protocol", netif.Wish{IP: ip("10.5.7.7"), Proto: unix.RTPROT_STATIC}, priced, 0, 0, netif.ErrNoRoute},
		{"a worse route of the protocol", netif.Wish{IP: ip("10.5.7.7"), Proto: unix.RTPROT_KERNEL}, []netif.Route{priced[0], onLink("10.0.0.0/8", eth1, ofKernel)}, eth1, 8, nil},
		{"a host route to the address", netif.Wish{IP: ip("192.168.144.2")}, []netif.Route{connected, onLink("192.168.144.2/32", eth1)}, eth1, 32, nil},
		{"never the default route", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("0.0.0.0/0", eth0)}, 0, 0, netif.ErrNoRoute},
		{"never a multipath route", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("10.5.0.0/16", 0, func(r *netif.Route) { r.Multipath = true })}, 0, 0, netif.ErrNoRoute},
		{"never an unreachable one", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("10.5.0.0/16", lo, func(r *netif.Route) { r.Type = unix.RTN_UNREACHABLE })}, 0, 0, netif.ErrNoRoute},
		{"never one of another table", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("10.5.0.0/16", eth0, func(r *netif.Route) { r.Table = 99 })}, 0, 0, netif.ErrNoRoute},
		{"IPv4 only of scope link", netif.Wish{IP: ip("10.5.7.7")}, []netif.Route{onLink("10.5.0.0/16", eth0, func(r *netif.Route) { r.Scope = netif.ScopeUniverse })}, 0, 0, netif.ErrNoRoute},
		{"row 89: loopback by the local table", netif.Wish{IP: ip("127.0.0.3"), Loopback: &loopback}, nil, lo, 8, nil},
		{"loopback without it", netif.Wish{IP: ip("127.0.0.3")}, nil, 0, 0, netif.ErrNoRoute},
		{"the local table is for loopback only", netif.Wish{IP: ip("10.5.7.7"), Loopback: &loopback}, nil, 0, 0, netif.ErrNoRoute},
		{"row 40: IPv6", netif.Wish{IP: ip("2001:db8:1234::2")}, []netif.Route{connected6}, eth0, 64, nil},
		{"IPv6 by a gateway", netif.Wish{IP: ip("2001:db8:9::2")}, []netif.Route{onLink("2001:db8:9::/48", eth0, byGateway)}, 0, 0, netif.ErrNoRoute},
		{"row 42: IPv6 without a route", netif.Wish{IP: ip("fd00::1"), Index: eth1, Prefix: 64}, []netif.Route{connected6}, eth1, 64, nil},
		{"row 44: link-local without interface", netif.Wish{IP: ip("fe80::2")}, []netif.Route{onLink("fe80::/64", eth0)}, 0, 0, netif.ErrNoInterface},
		{"row 44 with mask", netif.Wish{IP: ip("fe80::2"), Prefix: 64}, []netif.Route{onLink("fe80::/64", eth0)}, 0, 0, netif.ErrNoInterface},
		{"row 45: link-local with interface", netif.Wish{IP: ip("fe80::2"), Index: eth1}, []netif.Route{onLink("fe80::/64", eth0), onLink("fe80::/64", eth1)}, eth1, 64, nil},
		{"link-local with its zone", netif.Wish{IP: ip("fe80::2%eth1"), Index: eth1}, []netif.Route{onLink("fe80::/64", eth1)}, eth1, 64, nil},
		{"IPv4 link-local needs no interface", netif.Wish{IP: ip("169.254.1.1")}, []netif.Route{onLink("169.254.0.0/16", eth1)}, eth1, 16, nil},
		{"row 18: prefix too long", netif.Wish{IP: ip("192.168.144.2"), Prefix: 33}, []netif.Route{connected}, 0, 0, netif.ErrBadPrefix},
		{"row 50: IPv6 prefix too long", netif.Wish{IP: ip("2001:db8:1234::2"), Prefix: 129}, nil, 0, 0, netif.ErrBadPrefix},
		{"a negative prefix", netif.Wish{IP: ip("192.168.144.2"), Prefix: -1}, nil, 0, 0, netif.ErrBadPrefix},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.wish.Routes = tt.routes
			got, err := netif.Select(tt.wish)
			require.ErrorIs(t, err, tt.err)
			require.Equal(t, tt.index, got.Index)
			require.Equal(t, tt.prefix, got.Prefix)
		})
	}
}

func TestSelectSaysWhatTheRouteBrings(t *testing.T) {
	t.Parallel()
	routes := []netif.Route{
		onLink("192.168.144.0/24", eth0, ofKernel, costs(7), func(r *netif.Route) { r.Source = ip("192.168.144.1") }),
		onLink("2001:db8:1234::/64", eth0, ofKernel, costs(256)),
	}
	loopback := onLink("127.0.0.0/8", lo)
	tests := []struct {
		name string
		wish netif.Wish
		want netif.Choice
	}{
		{"IPv4 has the source and no metric", netif.Wish{IP: ip("192.168.144.2")},
			netif.Choice{Index: eth0, Prefix: 24, Source: ip("192.168.144.1"), Route: &routes[0]}},
		{"IPv4 has the source with everything given", netif.Wish{IP: ip("192.168.144.2"), Index: eth0, Prefix: 28},
			netif.Choice{Index: eth0, Prefix: 28, Source: ip("192.168.144.1"), Route: &routes[0]}},
		{"IPv6 has the metric", netif.Wish{IP: ip("2001:db8:1234::2")},
			netif.Choice{Index: eth0, Prefix: 64, Metric: 256, Route: &routes[1]}},
		{"IPv6 without a route has none", netif.Wish{IP: ip("fd00::2"), Index: eth0, Prefix: 64},
			netif.Choice{Index: eth0, Prefix: 64}},
		{"loopback has scope host", netif.Wish{IP: ip("127.0.0.3"), Loopback: &loopback},
			netif.Choice{Index: lo, Prefix: 8, Scope: netif.ScopeHost, Route: &loopback}},
		{"so has loopback with everything given", netif.Wish{IP: ip("127.0.0.3"), Index: lo, Prefix: 8},
			netif.Choice{Index: lo, Prefix: 8, Scope: netif.ScopeHost}},
	}
	for _, tt := range tests {
		tt.wish.Routes = routes
		got, err := netif.Select(tt.wish)
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, got, tt.name)
	}
}

// Every combination of interface, mask and two routes: what was given is kept,
// what was not comes from a route that may be used.
func TestSelectKeepsItsPromises(t *testing.T) {
	t.Parallel()
	destinations := []string{"0.0.0.0/0", "10.0.0.0/8", "10.5.0.0/16", "10.5.7.7/32", "10.6.0.0/16"}
	var routes []netif.Route
	for _, dst := range destinations {
		for _, index := range []int{eth0, eth1} {
			for _, m := range []uint32{0, 5} {
				routes = append(routes, onLink(dst, index, costs(m)), onLink(dst, index, costs(m), byGateway))
			}
		}
	}
	count := 0
	for _, index := range []int{0, eth0, eth1} {
		for _, bits := range []int{0, 8, 16, 24, 32} {
			for _, a := range routes {
				for _, b := range routes {
					wish := netif.Wish{IP: ip("10.5.7.7"), Index: index, Prefix: bits, Routes: []netif.Route{a, b}}
					requirePromises(t, wish)
					count++
				}
			}
		}
	}
	require.Equal(t, 3*5*40*40, count)
}

func requirePromises(t *testing.T, w netif.Wish) {
	t.Helper()
	got, err := netif.Select(w)
	if err != nil {
		require.ErrorIs(t, err, netif.ErrNoRoute)
		require.True(t, w.Index == 0 || w.Prefix == 0)
		require.Zero(t, got)
		return
	}
	if w.Index != 0 {
		require.Equal(t, w.Index, got.Index)
	}
	if w.Prefix != 0 {
		require.Equal(t, w.Prefix, got.Prefix)
	}
	require.NotZero(t, got.Index)
	require.NotZero(t, got.Prefix)
	if got.Route == nil {
		return
	}
	require.False(t, got.Route.Gateway)
	require.True(t, got.Route.Dst.Contains(w.IP))
	require.Equal(t, got.Index, got.Route.Index)
	require.LessOrEqual(t, got.Route.Dst.Bits(), got.Prefix)
	for _, r := range w.Routes {
		usable := !r.Gateway && r.Dst.Bits() > 0 && r.Dst.Contains(w.IP) &&
			(w.Index == 0 || r.Index == w.Index) && (w.Prefix == 0 || r.Dst.Bits() <= w.Prefix)
		if usable {
			require.GreaterOrEqual(t, got.Route.Dst.Bits(), r.Dst.Bits())
		}
	}
}

func TestBroadcastOf(t *testing.T) {
	t.Parallel()
	on := []netif.Address{
		{IP: ip("192.168.144.11"), Broadcast: ip("192.168.144.254")},
		{IP: ip("192.168.144.1"), Broadcast: ip("192.168.144.255")},
		{IP: ip("192.168.144.3")},
	}
	require.Equal(t, ip("192.168.144.255"), netif.BroadcastOf(ip("192.168.144.1"), on), "exactly, not by substring")
	require.False(t, netif.BroadcastOf(ip("192.168.144.3"), on).IsValid(), "the base address has none")
	require.False(t, netif.BroadcastOf(ip("192.168.144.9"), on).IsValid(), "there is no base address")
	require.False(t, netif.BroadcastOf(netip.Addr{}, on).IsValid(), "the route has no source")
}

func FuzzSelect(f *testing.F) {
	f.Add("10.5.7.7", 0, 0, "10.5.0.0/16", "10.0.0.0/8", uint32(0))
	f.Add("fe80::2%eth0", 1, 64, "fe80::/64", "::/0", uint32(256))
	f.Add("::ffff:10.5.7.7", 2, 96, "::/0", "::ffff:0:0/96", uint32(1))
	f.Fuzz(func(t *testing.T, addr string, index, bits int, a, b string, m uint32) {
		vip, err := netip.ParseAddr(addr)
		if err != nil {
			return
		}
		wish := netif.Wish{IP: vip, Index: index, Prefix: bits}
		for _, dst := range []string{a, b} {
			if p, err := netip.ParsePrefix(dst); err == nil {
				wish.Routes = append(wish.Routes, onLink(p.String(), eth0, costs(m)))
			}
		}
		got, err := netif.Select(wish)
		if err != nil {
			require.Zero(t, got)
			return
		}
		require.True(t, netip.PrefixFrom(vip.WithZone(""), got.Prefix).IsValid(), "prefix %d", got.Prefix)
		require.NotZero(t, got.Index)
	})
}
