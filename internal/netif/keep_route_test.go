package netif_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// The last IPv4 address of an interface takes all its routes with it. What an
// administrator made stays, as far as it can.
func TestDeletingTheLastAddressKeepsTheAdministratorsRoutes(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.6.7.7/16")
		vip := k.entry("eth1", "10.6.7.7")
		k.addRoute("10.6.0.0/16", "eth1", metric(10))
		k.addRoute("172.16.0.0/12", "eth1")
		k.addRoute("192.0.2.0/24", "eth1", via("172.16.0.1"))
		k.addRoute("198.51.100.0/24", "eth1", via("10.6.0.1"))
		k.addRoute("203.0.113.0/24", "eth1", func(r *netlink.Route) { r.Src = ip("10.6.7.7").AsSlice() })
		k.addRoute("172.30.0.0/16", "eth1", func(r *netlink.Route) { r.Table = 99 })

		var noted []netif.Route
		restored, err := k.DeleteKeeping(vip, func(c netif.Company) {
			noted = c.Routes
			require.Equal(t, vip, k.entry("eth1", "10.6.7.7"), "it is noted before the deletion")
		})
		require.NoError(t, err)
		require.Equal(t, noted, restored.Routes)
		require.Empty(t, restored.Addresses)
		var back []string
		for _, r := range restored.Routes {
			back = append(back, r.Dst.String())
		}
		require.ElementsMatch(t, []string{"10.6.0.0/16", "172.16.0.0/12", "172.30.0.0/16", "192.0.2.0/24", "198.51.100.0/24"}, back)
		require.Len(t, k.routes("10.6.0.0/16"), 1, "the administrator's, not the kernel's")
		require.Equal(t, uint8(unix.RTPROT_BOOT), k.routes("10.6.0.0/16")[0].Protocol)
		require.Empty(t, k.routes("203.0.113.0/24"), "its source is gone")
	})
}

func TestARouteWhoseGatewayIsOutOfReachGoes(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.6.7.7/16")
		k.addRoute("198.51.100.0/24", "eth1", via("10.6.0.1"))
		restored, err := k.DeleteKeeping(k.entry("eth1", "10.6.7.7"), nil)
		require.NoError(t, err)
		require.True(t, restored.Empty(), "%v", restored)
		require.Empty(t, k.routes("198.51.100.0/24"))
	})
}

// The kernel marks routes without carrier, and refuses marked ones.
func TestRoutesAreKeptWithoutCarrier(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth1")
		wire.Address("10.6.7.7/16", "2001:db8:6::7/64")
		k.addRoute("172.16.0.0/12", "eth1")
		k.addRoute("192.0.2.0/24", "eth1", via("172.16.0.1"))
		k.addRoute("198.51.100.0/24", "eth1", func(r *netlink.Route) {
			r.Scope, r.LinkIndex = netlink.SCOPE_UNIVERSE, 0
			for _, gateway := range []string{"172.16.0.1", "172.16.0.2"} {
				r.MultiPath = append(r.MultiPath, &netlink.NexthopInfo{LinkIndex: 2, Gw: ip(gateway).AsSlice()})
			}
		})
		wire.PeerUp(false)
		k.await(func() bool { return k.link("eth1").OperState.Failed() })
		restored, err := k.DeleteKeeping(k.entry("eth1", "10.6.7.7"), nil)
		require.NoError(t, err)
		require.Len(t, restored.Routes, 3)
		for _, dst := range []string{"172.16.0.0/12", "192.0.2.0/24", "198.51.100.0/24"} {
			require.Len(t, k.routes(dst), 1, dst)
		}
	})
}

func TestRoutesToOneDestinationKeepTheirOrder(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.6.7.7/16")
		k.addRoute("172.16.0.0/12", "eth1")
		for _, gateway := range []string{"172.16.0.3", "172.16.0.1", "172.16.0.2"} {
			require.NoError(t, netlink.RouteAppend(&netlink.Route{
				Dst: ipnet(prefix("192.0.2.0/24")), LinkIndex: 2, Gw: ip(gateway).AsSlice(),
			}))
		}
		before := k.routes("192.0.2.0/24")
		require.Len(t, before, 3)
		_, err := k.DeleteKeeping(k.entry("eth1", "10.6.7.7"), nil)
		require.NoError(t, err)
		require.Equal(t, before, k.routes("192.0.2.0/24"))
	})
}

func TestRoutesThatStayAreNotDoubled(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.1.0.1/16", "10.6.7.7/16", "2001:db8::1/64", "2001:db8:6::7/64")
		k.addRoute("10.6.0.0/16", "eth1", metric(10))
		k.addRoute("172.16.0.0/12", "eth1", via("10.1.0.2"))
		k.addRoute("fd00::/48", "eth1", via("2001:db8::2"))
		for _, vip := range []string{"10.6.7.7", "2001:db8:6::7"} {
			restored, err := k.DeleteKeeping(k.entry("eth1", vip), nil)
			require.NoError(t, err)
			require.True(t, restored.Empty(), "%v", restored)
		}
		for _, dst := range []string{"10.6.0.0/16", "172.16.0.0/12", "fd00::/48"} {
			require.Len(t, k.routes(dst), 1, dst)
		}
	})
}

func TestDeletingAnIPv6AddressKeepsTheAdministratorsRoute(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1")
		k.addRoute("2001:db8:6::/64", "eth1")
		require.NoError(t, k.Add(netif.Address{
			Index: k.link("eth1").Index, IP: ip("2001:db8:6::7"), Prefix: 64, Flags: netif.NoDAD,
		}))
		before := k.company("eth1", netif.IPv6)
		require.Len(t, before, 1)
		_, err := k.DeleteKeeping(k.entry("eth1", "2001:db8:6::7"), nil)
		require.NoError(t, err)
		require.Equal(t, before, k.company("eth1", netif.IPv6))
	})
}

// A route with a lifetime would come back for ever.
func TestRoutesThatExpireAreNoCompany(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1")
		k.addRoute("fd00::/48", "eth1")
		route := k.company("eth1", netif.IPv6)[0]
		require.NoError(t, netlink.RouteDel(&netlink.Route{Dst: ipnet(route.Dst), LinkIndex: route.Index}))
		const rtaExpires = 23
		route.Raw = append(route.Raw, nl.NewRtAttr(rtaExpires, nl.Uint32Attr(600)).Serialize()...)
		require.NoError(t, k.AddRoute(route))
		require.Len(t, k.routes("fd00::/48"), 1)
		require.Empty(t, k.company("eth1", netif.IPv6))
	})
}
