package netif

import (
	"errors"
	"net/netip"
)

// A Route is one route of the kernel. It survives encoding/json.
type Route struct {
	Dst       netip.Prefix // 0.0.0.0/0 or ::/0 for the default route
	Index     int          // of the interface; 0 when there is none or several
	Source    netip.Addr   // preferred source; invalid when not set
	Metric    uint32
	Table     uint32
	Protocol  uint8 // see ParseProtocol
	Scope     uint8
	Type      uint8 // 1 unicast, 2 local, 6 blackhole, 7 unreachable, ...
	Gateway   bool  // has a next hop with an address
	Multipath bool
	// Raw is the route in the kernel's own words, for AddRoute.
	Raw []byte
}

// Family returns the family of the route.
func (r Route) Family() Family { return FamilyOf(r.Dst.Addr()) }

// Routes lists the main table, in the kernel's order.
func (n *Net) Routes(f Family) ([]Route, error) { return nil, errors.ErrUnsupported }

// CoveringLocal returns the host-scope route of the local table that covers
// ip with a shorter prefix, as 127.0.0.0/8 on lo covers 127.0.0.3
// (ipaddr2.md 4.2): a single question. ok is false when there is none.
func (n *Net) CoveringLocal(ip netip.Addr) (r Route, ok bool, err error) {
	return Route{}, false, errors.ErrUnsupported
}

// AddRoute adds a route as Routes described it, by its Raw. The error carries
// the errno, unix.EEXIST when it is already there.
func (n *Net) AddRoute(r Route) error { return errors.ErrUnsupported }

// FlushRouteCache empties the kernel's IPv4 route cache, if it has one
// (before Linux 3.6). There is none to empty for IPv6.
func (n *Net) FlushRouteCache(f Family) error { return errors.ErrUnsupported }

// ParseProtocol returns the number of a route protocol given as a number or
// as a name: those iproute2 knows by itself, and those in rt_protos and
// rt_protos.d/*.conf below /etc/iproute2 and /usr/share/iproute2, which are
// read only for other names.
func ParseProtocol(s string) (uint8, error) { return 0, errors.ErrUnsupported }
