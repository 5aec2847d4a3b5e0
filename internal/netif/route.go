package netif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
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

// String returns destination, interface, table and metric.
func (r Route) String() string {
	return fmt.Sprintf("%v on interface %d table %d metric %d", r.Dst, r.Index, r.Table, r.Metric)
}

// Routes lists the main table, in the kernel's order.
func (n *Net) Routes(f Family) ([]Route, error) {
	return n.routes(f, unix.RT_TABLE_MAIN, 0)
}

// routes lists one table, or all for table 0, and one interface, or all for
// index 0. A table that was never used does not exist: ENOENT.
func (n *Net) routes(f Family, table uint32, index int) ([]Route, error) {
	what := fmt.Sprintf("list %v routes of table %d", f, table)
	answers, err := n.list(func() *nl.NetlinkRequest {
		req := nl.NewNetlinkRequest(unix.RTM_GETROUTE, 0)
		req.AddData(&nl.RtMsg{RtMsg: unix.RtMsg{Family: uint8(f)}})
		if table != 0 {
			req.AddData(nl.NewRtAttr(unix.RTA_TABLE, nl.Uint32Attr(table)))
		}
		if index != 0 {
			req.AddData(nl.NewRtAttr(unix.RTA_OIF, nl.Uint32Attr(uint32(index))))
		}
		return req
	}, unix.RTM_NEWROUTE, what)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make([]Route, 0, len(answers))
	for _, answer := range answers {
		r, err := parseRoute(answer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if r.Family() == f && (table == 0 || r.Table == table) && (index == 0 || r.Index == index || r.Multipath) {
			list = append(list, r)
		}
	}
	return list, nil
}

// parseRoute reads an RTM_NEWROUTE message.
func parseRoute(b []byte) (Route, error) {
	attributes, err := attributesAfter(b, unix.SizeofRtMsg)
	if err != nil {
		return Route{}, fmt.Errorf("parse route: %w", err)
	}
	msg := nl.DeserializeRtMsg(b)
	r := Route{
		Table:    uint32(msg.Table),
		Protocol: msg.Protocol,
		Scope:    msg.Scope,
		Type:     msg.Type,
		Raw:      b,
	}
	dst := netip.IPv6Unspecified()
	if Family(msg.Family) == IPv4 {
		dst = netip.IPv4Unspecified()
	}
	for kind, value := range attributes {
		if kind == unix.RTA_DST {
			dst = addrOf(value)
		}
		r.set(kind, value)
	}
	r.Dst = netip.PrefixFrom(dst, int(msg.Dst_len))
	return r, nil
}

func (r *Route) set(kind uint16, value []byte) {
	switch kind {
	case unix.RTA_OIF:
		r.Index = int(uint32Of(value))
	case unix.RTA_PREFSRC:
		r.Source = addrOf(value)
	case unix.RTA_PRIORITY:
		r.Metric = uint32Of(value)
	case unix.RTA_TABLE:
		r.Table = uint32Of(value)
	case unix.RTA_GATEWAY, unix.RTA_VIA:
		r.Gateway = true
	case unix.RTA_MULTIPATH:
		r.Multipath = true
	}
}

// CoveringLocal returns the host-scope route of the local table that covers
// ip with a shorter prefix, as 127.0.0.0/8 on lo covers 127.0.0.3
// (ipaddr2.md 4.2), without a list. ok is false when there is none.
//
// When ip itself is configured, the kernel answers with its own host route.
// Then a second question goes to a neighbour half of the net away.
func (n *Net) CoveringLocal(ip netip.Addr) (r Route, ok bool, err error) {
	b := ip.AsSlice()
	for range 2 {
		r, err := n.routeTo(addrOf(b))
		if errors.Is(err, unix.ENETUNREACH) || errors.Is(err, unix.EHOSTUNREACH) {
			return Route{}, false, nil
		}
		if err != nil {
			return Route{}, false, err
		}
		if !r.Dst.IsSingleIP() {
			return r, r.Type == unix.RTN_LOCAL && r.Scope == ScopeHost && r.Dst.Contains(ip), nil
		}
		b[1] ^= 0x80
	}
	return Route{}, false, nil
}

// routeTo returns the entry of the routing tables that packets to ip follow.
func (n *Net) routeTo(ip netip.Addr) (Route, error) {
	what := fmt.Sprintf("get route to %v", ip)
	req := nl.NewNetlinkRequest(unix.RTM_GETROUTE, 0)
	req.AddData(&nl.RtMsg{RtMsg: unix.RtMsg{
		Family:  uint8(FamilyOf(ip)),
		Dst_len: uint8(ip.BitLen()),
		Flags:   unix.RTM_F_LOOKUP_TABLE | unix.RTM_F_FIB_MATCH,
	}})
	req.AddData(nl.NewRtAttr(unix.RTA_DST, ip.AsSlice()))
	answers, err := n.ask(req, unix.RTM_NEWROUTE, what)
	if err != nil {
		return Route{}, err
	}
	if len(answers) == 0 {
		return Route{}, fmt.Errorf("%s: %w", what, errShort)
	}
	return parseRoute(answers[0])
}

// AddRoute adds a route as Routes described it, by its Raw. The error carries
// the errno, unix.EEXIST when it is already there.
//
// IPv4 routes are appended, because a second one to the same destination is
// another route; for IPv6 the kernel always tells them apart.
func (n *Net) AddRoute(r Route) error {
	what := fmt.Sprintf("add route %v", r)
	body, err := replayable(r.Raw)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	flags := unix.NLM_F_CREATE
	if r.Family() == IPv4 {
		flags |= unix.NLM_F_APPEND
	}
	req := nl.NewNetlinkRequest(unix.RTM_NEWROUTE, flags)
	req.AddRawData(body)
	return n.do(req, what)
}

// replayable returns a route as the kernel accepts it: without the states that
// it reports (dead, no carrier, offloaded).
func replayable(raw []byte) ([]byte, error) {
	if len(raw) < unix.SizeofRtMsg {
		return nil, errShort
	}
	attributes, err := nl.ParseRouteAttr(raw[unix.SizeofRtMsg:])
	if err != nil {
		return nil, err
	}
	msg := *nl.DeserializeRtMsg(raw)
	msg.Flags &= unix.RTNH_F_ONLINK | unix.RTNH_F_PERVASIVE
	body := append([]byte(nil), msg.Serialize()...)
	for _, a := range attributes {
		value := a.Value
		if a.Attr.Type&nlaTypeMask == unix.RTA_MULTIPATH {
			value = clearHopFlags(value)
		}
		body = append(body, nl.NewRtAttr(int(a.Attr.Type), value).Serialize()...)
	}
	return body, nil
}

// clearHopFlags clears the states in the next hops of a multipath route: each
// is a length (2 bytes), flags (1), weight (1), interface (4) and attributes.
func clearHopFlags(hops []byte) []byte {
	hops = append([]byte(nil), hops...)
	for rest := hops; len(rest) >= unix.SizeofRtNexthop; {
		rest[2] &= unix.RTNH_F_ONLINK | unix.RTNH_F_PERVASIVE
		size := (int(binary.NativeEndian.Uint16(rest)) + 3) &^ 3
		if size < unix.SizeofRtNexthop || size > len(rest) {
			break
		}
		rest = rest[size:]
	}
	return hops
}
