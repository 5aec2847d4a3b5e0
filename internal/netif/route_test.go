package netif_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// setting writes a setting of the thread's network namespace.
func setting(t *testing.T, name, value string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join("/proc/sys/net", name), []byte(value), 0))
}

// addRoute adds a route as an administrator does: by ip, of protocol boot.
func (k *kernel) addRoute(dst, dev string, change ...func(*netlink.Route)) {
	k.t.Helper()
	r := &netlink.Route{Dst: ipnet(prefix(dst)), LinkIndex: k.link(dev).Index, Protocol: unix.RTPROT_BOOT}
	if prefix(dst).Addr().Is4() {
		r.Scope = netlink.SCOPE_LINK
	}
	for _, c := range change {
		c(r)
	}
	require.NoError(k.t, netlink.RouteAdd(r))
}

func via(gateway string) func(*netlink.Route) {
	return func(r *netlink.Route) { r.Gw, r.Scope = ip(gateway).AsSlice(), netlink.SCOPE_UNIVERSE }
}

func metric(m int) func(*netlink.Route) { return func(r *netlink.Route) { r.Priority = m } }

// routes returns the routes of the main table to a destination.
func (k *kernel) routes(dst string) []netif.Route {
	k.t.Helper()
	all, err := k.Routes(netif.FamilyOf(prefix(dst).Addr()))
	require.NoError(k.t, err)
	var list []netif.Route
	for _, r := range all {
		if r.Dst == prefix(dst) {
			list = append(list, r)
		}
	}
	return list
}

func TestRoutesAreThoseOfTheMainTable(t *testing.T) {
	inside(t, func(k *kernel) {
		none, err := k.Routes(netif.IPv4)
		require.NoError(t, err)
		require.Empty(t, none, "a table that does not exist is empty")

		eth0, eth1 := lab.NewVeth(t, "eth0"), lab.NewVeth(t, "eth1")
		eth0.Address("192.168.144.1/24", "2001:db8:1234::1/64")
		eth1.Address("10.5.0.1/16")
		k.addRoute("10.8.0.0/16", "eth0", metric(100))
		k.addRoute("0.0.0.0/0", "eth0", via("192.168.144.254"))
		k.addRoute("10.9.0.0/16", "eth0", func(r *netlink.Route) { r.Table = 99 })
		require.NoError(t, netlink.RouteAdd(&netlink.Route{Dst: ipnet(prefix("10.66.0.0/16")), Type: unix.RTN_BLACKHOLE}))
		require.NoError(t, netlink.RouteAdd(&netlink.Route{Dst: ipnet(prefix("10.7.0.0/16")), MultiPath: []*netlink.NexthopInfo{
			{LinkIndex: k.link("eth0").Index, Gw: ip("192.168.144.3").AsSlice()},
			{LinkIndex: k.link("eth1").Index, Gw: ip("10.5.0.3").AsSlice()},
		}}))
		index := k.link("eth0").Index

		connected := k.routes("192.168.144.0/24")
		require.Len(t, connected, 1)
		connected[0].Raw = nil
		require.Equal(t, netif.Route{
			Dst: prefix("192.168.144.0/24"), Index: index, Source: ip("192.168.144.1"),
			Table: 254, Protocol: 2, Scope: netif.ScopeLink, Type: 1,
		}, connected[0])
		require.Equal(t, uint32(100), k.routes("10.8.0.0/16")[0].Metric)
		require.Equal(t, uint8(3), k.routes("10.8.0.0/16")[0].Protocol)
		require.True(t, k.routes("0.0.0.0/0")[0].Gateway)
		require.True(t, k.routes("10.7.0.0/16")[0].Multipath)
		require.Equal(t, uint8(unix.RTN_BLACKHOLE), k.routes("10.66.0.0/16")[0].Type)
		require.Empty(t, k.routes("10.9.0.0/16"), "it is in another table")
		require.Empty(t, k.routes("127.0.0.0/8"), "it is in the local table")

		connected = k.routes("2001:db8:1234::/64")
		require.Len(t, connected, 1)
		require.Equal(t, index, connected[0].Index)
		require.Equal(t, uint32(256), connected[0].Metric)
	})
}

func TestRouteComesBackAsItWas(t *testing.T) {
	tests := []struct {
		name, dst string
		change    []func(*netlink.Route)
	}{
		{"a connected IPv4 route", "10.6.0.0/16", nil},
		{"with metric and type of service", "10.6.0.0/16", []func(*netlink.Route){metric(7), func(r *netlink.Route) { r.Tos = 8 }}},
		{"with preferred source and MTU", "10.6.0.0/16", []func(*netlink.Route){func(r *netlink.Route) {
			r.Src, r.MTU, r.AdvMSS = ip("192.168.144.1").AsSlice(), 1280, 1200
		}}},
		{"by a gateway", "10.6.0.0/16", []func(*netlink.Route){via("192.168.144.254")}},
		{"by a gateway that is on link by order", "10.6.0.0/16", []func(*netlink.Route){via("10.99.0.1"),
			func(r *netlink.Route) { r.Flags = unix.RTNH_F_ONLINK }}},
		{"by two gateways", "10.6.0.0/16", []func(*netlink.Route){func(r *netlink.Route) {
			r.Scope, r.LinkIndex = netlink.SCOPE_UNIVERSE, 0
			r.MultiPath = []*netlink.NexthopInfo{
				{LinkIndex: 2, Gw: ip("192.168.144.254").AsSlice(), Hops: 3},
				{LinkIndex: 2, Gw: ip("192.168.144.253").AsSlice()},
			}
		}}},
		{"in another table", "10.6.0.0/16", []func(*netlink.Route){func(r *netlink.Route) { r.Table = 1000 }}},
		{"a connected IPv6 route", "fd00::/48", nil},
		{"an IPv6 route with metric", "fd00::/48", []func(*netlink.Route){metric(7)}},
		{"an IPv6 route by a gateway", "fd00::/48", []func(*netlink.Route){via("2001:db8::fe")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inside(t, func(k *kernel) {
				lab.NewVeth(t, "eth0").Address("192.168.144.1/24", "2001:db8::1/64")
				require.Equal(t, 2, k.link("eth0").Index)
				k.addRoute(tt.dst, "eth0", tt.change...)
				before := k.company("eth0", netif.FamilyOf(prefix(tt.dst).Addr()))
				require.Len(t, before, 1)

				text, err := json.Marshal(before[0])
				require.NoError(t, err)
				var stored netif.Route
				require.NoError(t, json.Unmarshal(text, &stored))
				require.ErrorIs(t, k.AddRoute(stored), unix.EEXIST)
				require.NoError(t, netlink.RouteDel(&netlink.Route{
					Dst: ipnet(stored.Dst), Table: int(stored.Table), Priority: int(stored.Metric), Scope: netlink.Scope(stored.Scope),
					Tos: int(stored.Raw[3]),
				}))
				require.Empty(t, k.company("eth0", stored.Family()))
				require.NoError(t, k.AddRoute(stored))
				require.Equal(t, before, k.company("eth0", stored.Family()))
			})
		})
	}
}

// company returns the routes that an address on the interface may take along.
func (k *kernel) company(name string, f netif.Family) []netif.Route {
	k.t.Helper()
	nobody := ip("203.0.113.1")
	if f == netif.IPv6 {
		nobody = ip("2001:db8:ffff::1")
	}
	c, err := k.CompanyOf(netif.Address{Index: k.link(name).Index, IP: nobody, Prefix: 24})
	require.NoError(k.t, err)
	for i := range c.Routes {
		require.NotEmpty(k.t, c.Routes[i].Raw)
	}
	return c.Routes
}

func TestAddRouteRefusesAnEmptyOne(t *testing.T) {
	inside(t, func(k *kernel) {
		require.ErrorContains(t, k.AddRoute(netif.Route{Dst: prefix("10.0.0.0/8")}), "add route 10.0.0.0/8")
		require.Error(t, k.AddRoute(netif.Route{Dst: prefix("10.0.0.0/8"), Raw: make([]byte, 13)}))
	})
}

func TestCoveringLocal(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth0").Address("192.168.144.1/24")
		requireLoopback := func(name string) {
			k.lists()
			r, ok, err := k.CoveringLocal(ip("127.0.0.3"))
			require.NoError(t, err, name)
			require.True(t, ok, name)
			require.Equal(t, prefix("127.0.0.0/8"), r.Dst, name)
			require.Equal(t, k.link("lo").Index, r.Index, name)
			lists, _ := k.lists()
			require.Zero(t, lists, name)
		}
		requireLoopback("the address is not there")
		require.NoError(t, k.Add(netif.Address{Index: k.link("lo").Index, IP: ip("127.0.0.3"), Prefix: 8, Scope: netif.ScopeHost}))
		requireLoopback("the address is there")
		for _, other := range []string{"192.168.144.1", "192.168.144.9", "10.9.9.9"} {
			_, ok, err := k.CoveringLocal(ip(other))
			require.NoError(t, err)
			require.False(t, ok, other)
		}
	})
}
