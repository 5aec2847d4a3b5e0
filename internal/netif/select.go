package netif

import (
	"errors"
	"net/netip"
)

// ErrNoRoute means that no usable route says on which interface, or with
// which prefix length, an address belongs.
var ErrNoRoute = errors.New("no usable route")

// ErrNoInterface means that a link-local address was given without the
// interface it cannot do without.
var ErrNoInterface = errors.New("link-local address without an interface")

// ErrBadPrefix means that a prefix length is out of the range of the address
// family.
var ErrBadPrefix = errors.New("bad prefix length")

// A Wish is what the administrator said about where an address belongs, and
// the facts to complete it from (ipaddr2.md 4.1).
type Wish struct {
	IP     netip.Addr
	Prefix int     // 0: not given
	Index  int     // of the interface; 0: not given
	Proto  uint8   // take only routes of this protocol; 0: any
	Routes []Route // the main table; may be nil when Prefix and Index are given
	// Loopback is what CoveringLocal found; nil when it was not asked or
	// found nothing. Used for 127/8 only.
	Loopback *Route
}

// A Choice is where an address belongs.
type Choice struct {
	Index  int
	Prefix int
	Scope  uint8      // ScopeHost for 127/8, else ScopeUniverse
	Source netip.Addr // preferred source of the route; see BroadcastOf
	Metric uint32     // for IPv6, of the route; 0 for IPv4 or without a route
	Route  *Route     // the route chosen; nil when none was needed and none found
}

// Select completes the wish: the candidates and the choice among them are
// those of ipaddr2.md 4.1, the results those of 4.2. It asks nobody. The error
// matches ErrNoRoute, ErrNoInterface or ErrBadPrefix.
func Select(w Wish) (Choice, error) { return Choice{}, errors.ErrUnsupported }

// BroadcastOf returns the broadcast address of the entry whose local address
// is source, or an invalid Addr when there is no such entry or it has none
// (ipaddr2.md 4.4).
func BroadcastOf(source netip.Addr, on []Address) netip.Addr { return netip.Addr{} }
