package netif

import (
	"errors"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// A Company is what the kernel may delete along with an address: the
// secondary addresses of the subnet, and routes that others than the kernel
// have made on the interface (when its last address goes, all of them). It
// survives encoding/json.
type Company struct {
	Addresses []Address
	Routes    []Route
}

// Empty reports whether there is nothing.
func (c Company) Empty() bool { return len(c.Addresses) == 0 && len(c.Routes) == 0 }

// CompanyOf returns what may be lost when the address is deleted by Delete, in
// the order in which it must come back.
func (n *Net) CompanyOf(a Address) (Company, error) {
	var c Company
	if a.Family() == IPv4 {
		all, err := n.Addresses(a.Index, IPv4)
		if err != nil {
			return c, err
		}
		c.Addresses = secondariesOf(a, all)
	}
	all, err := n.routes(a.Family(), 0, a.Index)
	if err != nil {
		return c, err
	}
	c.Routes = slices.DeleteFunc(all, func(r Route) bool { return !r.foreign() || r.Source == a.IP })
	// A gateway is accepted only once it is in reach.
	slices.SortStableFunc(c.Routes, func(a, b Route) int { return a.hops() - b.hops() })
	return c, nil
}

// secondariesOf returns the addresses that are secondary to a, none if a is
// not primary.
func secondariesOf(a Address, all []Address) []Address {
	var list []Address
	for _, other := range all {
		switch {
		case other.subnet() != a.subnet():
		case other.IP != a.IP && other.Flags.Secondary():
			list = append(list, other)
		case other.IP == a.IP && other.Flags.Secondary():
			return nil
		}
	}
	return list
}

// subnet returns what makes IPv4 addresses primary and secondary: the masked
// far address, which is the address itself except on point-to-point links.
func (a Address) subnet() netip.Prefix {
	far := a.IP
	if a.Peer.IsValid() {
		far = a.Peer
	}
	return netip.PrefixFrom(far, a.Prefix).Masked()
}

// foreign reports a route that somebody else than the kernel made, on purpose
// and for good: not from its own addresses, a redirect or an advertisement,
// nor one that expires.
func (r Route) foreign() bool {
	switch r.Protocol {
	case unix.RTPROT_KERNEL, unix.RTPROT_REDIRECT, unix.RTPROT_RA:
		return false
	}
	return r.Table != unix.RT_TABLE_LOCAL && !r.expires()
}

// expires reports a route with a life time: rta_cacheinfo holds it in its
// third word.
func (r Route) expires() bool {
	attributes, err := attributesAfter(r.Raw, unix.SizeofRtMsg)
	if err != nil {
		return false
	}
	for kind, value := range attributes {
		if kind == unix.RTA_CACHEINFO && len(value) >= 12 {
			return uint32Of(value[8:]) != 0
		}
	}
	return false
}

func (r Route) hops() int {
	if r.Gateway || r.Multipath {
		return 1
	}
	return 0
}

// Restore adds again what is missing of c, addresses before routes, and
// returns what it added. A route that cannot exist without the deleted
// address (its gateway is out of reach now) is left out silently. It goes on
// after an error; errors are joined.
func (n *Net) Restore(c Company) (Company, error) {
	var done Company
	var failed error
	for _, a := range c.Addresses {
		switch err := n.Add(a); {
		case err == nil:
			done.Addresses = append(done.Addresses, a)
		case !errors.Is(err, unix.EEXIST):
			failed = errors.Join(failed, err)
		}
	}
	for _, r := range c.Routes {
		switch err := n.AddRoute(r); {
		case err == nil:
			done.Routes = append(done.Routes, r)
		case errors.Is(err, unix.EEXIST):
		case r.hops() > 0 && (errors.Is(err, unix.ENETUNREACH) || errors.Is(err, unix.EHOSTUNREACH)):
		default:
			failed = errors.Join(failed, err)
		}
	}
	return done, failed
}

// DeleteKeeping deletes the address without the company that the kernel would
// delete along with it (ipaddr2.md 5.2). When the deletion itself does not
// succeed, its error comes back and nothing else has changed.
//
// Secondary addresses do not even go for a moment: for the time of the
// deletion the kernel is told to promote the next one. To add them again
// instead would bring back an address whose own stop has found it gone in
// between. It is done only where the setting cannot be written. What had to
// be added again is returned.
//
// Unless nil, note is called before the deletion with what has to be restored
// after it, if that is anything: whoever is killed in between finds there what
// to give to Restore. CompanyOf would name secondary addresses that are not
// lost, and that their own stop may have deleted since.
func (n *Net) DeleteKeeping(a Address, note func(Company)) (restored Company, err error) {
	c, err := n.CompanyOf(a)
	if err != nil {
		return Company{}, err
	}
	if len(c.Addresses) > 0 {
		if undo, err := n.promote(a.Index); err == nil {
			defer undo()
			c.Addresses = nil
		}
	}
	if note != nil && !c.Empty() {
		note(c)
	}
	if err := n.Delete(a); err != nil {
		return Company{}, err
	}
	return n.Restore(c)
}

// promote makes the kernel promote secondary addresses of the interface, until
// undone.
func (n *Net) promote(index int) (undo func(), err error) {
	l, err := n.LinkByIndex(index)
	if err != nil {
		return nil, err
	}
	already, err := n.PromotesSecondaries(l.Name)
	if err != nil {
		return nil, err
	}
	if already {
		return func() {}, nil
	}
	if err := n.setSysctl("1", "ipv4", "conf", l.Name, "promote_secondaries"); err != nil {
		return nil, err
	}
	return func() { n.setSysctl("0", "ipv4", "conf", l.Name, "promote_secondaries") }, nil
}
