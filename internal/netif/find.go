package netif

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A Query names an address entry for Find.
type Query struct {
	// Link is where to look. The zero Link means anywhere.
	Link Link
	// IP is the address.
	IP netip.Addr
	// Prefix is the prefix length; 0 means any.
	Prefix int
	// Label is the IPv4 label to try, "" the interface's name. It only tells
	// Find where to look: an address with another label is Unsure, not Absent.
	Label string
}

// A Presence is the answer of Find.
type Presence uint8

// The answers. Present and Absent are certain.
const (
	// Unsure means that the single questions do not decide, for example
	// because the address has another label or prefix length, or is on
	// another interface: list the addresses instead.
	Unsure Presence = iota
	// Absent means that no interface (with a Link in the query: that
	// interface not) has the address with that prefix length.
	Absent
	// Present means that the returned entry exists.
	Present
)

// String returns the answer as a word.
func (p Presence) String() string {
	return [...]string{"unsure", "absent", "present"}[p]
}

// Find looks for one address entry without listing any: at most four
// requests, two or less when it is Present on the Link. Their cost does not
// depend on the number of addresses, but for a walk along the interface's
// IPv4 addresses in the kernel (about 15 ns an address).
//
// When Present, the returned Address is complete for IPv6; for IPv4 it has
// Index, IP, Prefix and Label only. With the zero Link, Present returns one
// entry, and there may be others on other interfaces.
//
// When Unsure, the returned Address has the Index of an interface that holds
// the address, or a whole subnet of local addresses around it (127/8 on lo);
// 0 if none is known.
func (n *Net) Find(q Query) (Address, Presence, error) {
	q.IP = q.IP.WithZone("")
	if FamilyOf(q.IP) == IPv6 {
		return n.find6(q)
	}
	return n.find4(q)
}

// find6 asks for the entry by its address, which the kernel's hash table
// answers. An interface has an IPv6 address once only, so that another prefix
// length on the Link means Absent.
func (n *Net) find6(q Query) (Address, Presence, error) {
	req := nl.NewNetlinkRequest(unix.RTM_GETADDR, 0)
	msg := nl.NewIfAddrmsg(unix.AF_INET6)
	msg.Index = uint32(q.Link.Index)
	req.AddData(msg)
	req.AddData(nl.NewRtAttr(unix.IFA_ADDRESS, q.IP.AsSlice()))
	answers, err := n.ask(req, unix.RTM_NEWADDR, fmt.Sprintf("get address %v on interface %d", q.IP, q.Link.Index))
	// A kernel without IPv6 has no such question: EOPNOTSUPP.
	if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EOPNOTSUPP) {
		return Address{}, Absent, nil
	}
	if err != nil || len(answers) == 0 {
		return Address{}, Unsure, err
	}
	a, err := parseAddress(answers[0])
	switch {
	case err != nil:
		return Address{}, Unsure, err
	case q.Link.Index == 0 && q.Prefix != 0 && a.Prefix != q.Prefix:
		return Address{Index: a.Index}, Unsure, nil
	case q.Link.Index != 0 && a.Index != q.Link.Index: // the interface is gone
		return Address{}, Absent, nil
	case q.Prefix != 0 && a.Prefix != q.Prefix:
		return Address{}, Absent, nil
	}
	return a, Present, nil
}

// find4 first asks whether the entry exists as expected, then whether anybody
// has the address; without a Link in the opposite order.
func (n *Net) find4(q Query) (Address, Presence, error) {
	if q.Link.Index != 0 {
		a, p, err := n.entry4(q)
		if p == Present || err != nil {
			return a, p, err
		}
	}
	index, p, err := n.holder4(q.IP)
	if index == 0 || q.Link.Index != 0 || err != nil {
		return Address{Index: index}, p, err
	}
	q.Link, err = n.LinkByIndex(index)
	if err != nil {
		return Address{}, Unsure, err
	}
	a, p, err := n.entry4(q)
	a.Index = index
	return a, p, err
}

// entry4 looks for the entry with the expected label: Present or Unsure.
// SIOCGIFADDR and SIOCGIFNETMASK with an address in the request look for label
// and address; when there is no such entry they take the first with the
// label, so that the address in the answer has to be compared
// (devinet_ioctl, since Linux 2.2).
func (n *Net) entry4(q Query) (Address, Presence, error) {
	label := cmp.Or(q.Label, q.Link.Name)
	ip, err := n.ask4(unix.SIOCGIFADDR, "address", label, q.IP)
	if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) || err == nil && ip != q.IP {
		return Address{}, Unsure, nil
	}
	if err != nil {
		return Address{}, Unsure, err
	}
	mask, err := n.ask4(unix.SIOCGIFNETMASK, "mask", label, q.IP)
	if err != nil {
		return Address{}, Unsure, err
	}
	prefix := bits.OnesCount32(binary.BigEndian.Uint32(mask.AsSlice()))
	if q.Prefix != 0 && prefix != q.Prefix {
		return Address{}, Unsure, nil // the same address may be there twice
	}
	return Address{Index: q.Link.Index, IP: q.IP, Prefix: prefix, Label: label}, Present, nil
}

// ask4 asks an address question of a label. A label that cannot be one has no
// address.
func (n *Net) ask4(request uint, word, label string, ip netip.Addr) (netip.Addr, error) {
	ifr, err := unix.NewIfreq(label)
	if err != nil {
		return netip.Addr{}, unix.EADDRNOTAVAIL
	}
	if err := ifr.SetInet4Addr(ip.AsSlice()); err != nil {
		return netip.Addr{}, fmt.Errorf("get %s of %v labelled %q: %w", word, ip, label, err)
	}
	what := fmt.Sprintf("get %s of %v labelled %q", word, ip, label)
	if err := n.ioctl(request, ifr, what); err != nil {
		return netip.Addr{}, fmt.Errorf("%s: %w", what, err)
	}
	b, err := ifr.Inet4Addr()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%s: %w", what, err)
	}
	return addrOf(b), nil
}

// holder4 asks whether any interface has the IPv4 address: it is Absent, or
// Unsure with the index of the interface that has it or a subnet of addresses
// with it in. It never is Present.
//
// The question is for the route of a limited broadcast from that address. For
// these the kernel takes the interface straight from its table of local
// addresses (__ip_dev_find in ip_route_output_key_hash_rcu), so that neither
// policy rules nor routes nor the state of the interface matter. Since Linux
// 5.4 it says ENETUNREACH when there is none. Earlier ones say EINVAL, which
// could mean anything: that remains Unsure.
func (n *Net) holder4(ip netip.Addr) (int, Presence, error) {
	req := nl.NewNetlinkRequest(unix.RTM_GETROUTE, 0)
	req.AddData(&nl.RtMsg{RtMsg: unix.RtMsg{Family: unix.AF_INET, Dst_len: 32, Src_len: 32}})
	req.AddData(nl.NewRtAttr(unix.RTA_DST, []byte{255, 255, 255, 255}))
	req.AddData(nl.NewRtAttr(unix.RTA_SRC, ip.AsSlice()))
	answers, err := n.ask(req, unix.RTM_NEWROUTE, fmt.Sprintf("get interface that holds %v", ip))
	if errors.Is(err, unix.ENETUNREACH) {
		return 0, Absent, nil
	}
	if errors.Is(err, unix.EINVAL) || err == nil && len(answers) == 0 {
		return 0, Unsure, nil
	}
	if err != nil {
		return 0, Unsure, err
	}
	r, err := parseRoute(answers[0])
	return r.Index, Unsure, err
}
