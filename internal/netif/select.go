package netif

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
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
	Route  *Route     // the route chosen; nil when there is none
}

// Select completes the wish: the candidates and the choice among them are
// those of ipaddr2.md 4.1, the results those of 4.2. It asks nobody. The error
// matches ErrNoRoute, ErrNoInterface or ErrBadPrefix.
func Select(w Wish) (Choice, error) {
	if w.Prefix < 0 || w.Prefix > w.IP.BitLen() {
		return Choice{}, fmt.Errorf("%w %d for %v", ErrBadPrefix, w.Prefix, w.IP)
	}
	if w.IP.Is6() && w.IP.IsLinkLocalUnicast() && w.Index == 0 {
		return Choice{}, fmt.Errorf("%w: %v", ErrNoInterface, w.IP)
	}
	r := best(w)
	if r == nil && w.Prefix == 0 && w.Index == 0 && w.IP.Is4() && w.IP.IsLoopback() {
		r = w.Loopback
	}
	if r == nil && (w.Prefix == 0 || w.Index == 0) {
		return Choice{}, fmt.Errorf("%w to %v", ErrNoRoute, w.match())
	}
	return w.choice(r), nil
}

// choice completes the wish from the route, which may be nil when nothing is
// missing.
func (w Wish) choice(r *Route) Choice {
	c := Choice{Index: w.Index, Prefix: w.Prefix, Route: r}
	if w.IP.Is4() && w.IP.IsLoopback() {
		c.Scope = ScopeHost
	}
	if r == nil {
		return c
	}
	c.Source = r.Source
	c.Index = cmp.Or(w.Index, r.Index)
	c.Prefix = cmp.Or(w.Prefix, r.Dst.Bits())
	if w.IP.Is6() {
		c.Metric = r.Metric
	}
	return c
}

// match returns the prefix that a route has to cover: with the mask as given,
// else the address alone.
func (w Wish) match() netip.Prefix {
	return netip.PrefixFrom(w.IP.WithZone(""), cmp.Or(w.Prefix, w.IP.BitLen()))
}

// best returns the best candidate, nil when there is none.
func best(w Wish) *Route {
	var found *Route
	for i := range w.Routes {
		r := &w.Routes[i]
		if w.admits(r) && (found == nil || better(r, found)) {
			found = r
		}
	}
	return found
}

// admits reports whether the route is a candidate.
func (w Wish) admits(r *Route) bool {
	match := w.match()
	switch {
	case r.Table != unix.RT_TABLE_MAIN || r.Type != unix.RTN_UNICAST:
		return false
	case r.Gateway || r.Multipath || r.Index == 0:
		return false
	case r.Dst.Bits() == 0 || r.Dst.Bits() > match.Bits() || !r.Dst.Contains(match.Addr()):
		return false
	case w.IP.Is4() && r.Scope != ScopeLink:
		return false
	case w.IP.Is6() && r.Dst.IsSingleIP() && r.Protocol == unix.RTPROT_KERNEL:
		// It is no network: the kernel has made it of an entry of this very address, as on the loopback interface.
		return false
	}
	return (w.Proto == 0 || r.Protocol == w.Proto) && (w.Index == 0 || r.Index == w.Index)
}

// better reports whether a is to be preferred to b, which the kernel listed
// earlier.
func better(a, b *Route) bool {
	return cmp.Or(
		cmp.Compare(a.Dst.Bits(), b.Dst.Bits()),
		cmp.Compare(b.Metric, a.Metric),
		cmp.Compare(ofKernel(a), ofKernel(b)),
	) > 0
}

func ofKernel(r *Route) int {
	if r.Protocol == unix.RTPROT_KERNEL {
		return 1
	}
	return 0
}

// BroadcastOf returns the broadcast address of the entry whose local address
// is source, or an invalid Addr when there is no such entry or it has none
// (ipaddr2.md 4.4).
func BroadcastOf(source netip.Addr, on []Address) netip.Addr {
	for _, a := range on {
		if source.IsValid() && a.IP == source && a.Broadcast.IsValid() {
			return a.Broadcast
		}
	}
	return netip.Addr{}
}
