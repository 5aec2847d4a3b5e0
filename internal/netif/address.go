package netif

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Forever is the lifetime of an address that does not expire.
const Forever = 0xffffffff

// A Family selects IPv4 or IPv6.
type Family uint8

// The two families, in the kernel's numbering.
const (
	IPv4 Family = 2
	IPv6 Family = 10
)

// String returns "IPv4" or "IPv6".
func (f Family) String() string {
	if f == IPv4 {
		return "IPv4"
	}
	return "IPv6"
}

// FamilyOf returns the family of ip. An IPv4-mapped IPv6 address is IPv6.
func FamilyOf(ip netip.Addr) Family {
	if ip.Is4() {
		return IPv4
	}
	return IPv6
}

// Scopes of addresses and routes, in the kernel's numbering.
const (
	ScopeUniverse uint8 = 0
	ScopeLink     uint8 = 253
	ScopeHost     uint8 = 254
)

// A Flags holds the kernel's IFA_F_ flags of an address.
type Flags uint32

// The flags that a caller may want to give to Add. Those that are the kernel's
// to set it ignores.
const (
	NoDAD         Flags = 0x02
	NoPrefixRoute Flags = 0x200
)

// Secondary reports an IPv4 address that shares its subnet with an earlier
// one. (For IPv6 the same bit means a temporary address.)
func (f Flags) Secondary() bool { return f&0x01 != 0 }

// DADFailed reports an IPv6 address that somebody else owns; the kernel does
// not use it.
func (f Flags) DADFailed() bool { return f&0x08 != 0 }

// Deprecated reports an address that is not chosen as source any more.
func (f Flags) Deprecated() bool { return f&0x20 != 0 }

// Tentative reports an IPv6 address whose duplicate detection has not ended.
func (f Flags) Tentative() bool { return f&0x40 != 0 }

// Permanent reports an address that does not expire.
func (f Flags) Permanent() bool { return f&0x80 != 0 }

// An Address is one address entry of an interface. What Addresses returns
// can be given to Delete and to Add again, and comes back the same; it
// survives encoding/json.
type Address struct {
	Index     int        // of the interface
	IP        netip.Addr // the local address; never a peer's
	Prefix    int        // length in bits
	Peer      netip.Addr // far end of a point-to-point address; invalid otherwise
	Broadcast netip.Addr // invalid when there is none; IPv4 only
	Label     string     // IPv4 only; Add takes "" as the interface's name
	Scope     uint8
	Flags     Flags
	// ValidLft and PreferredLft are seconds. When both are 0 Add takes
	// Forever for both; PreferredLft 0 alone makes a deprecated address.
	ValidLft, PreferredLft uint32
	Metric                 uint32 // of the prefix route; 0 is the kernel's default
	Proto                  uint8  // who added it; 0 unspecified
}

// Family returns the family of the address.
func (a Address) Family() Family { return FamilyOf(a.IP) }

// String returns the address, its prefix length and the interface's index.
func (a Address) String() string {
	if a.Peer.IsValid() {
		return fmt.Sprintf("%v peer %v/%d on interface %d", a.IP, a.Peer, a.Prefix, a.Index)
	}
	return fmt.Sprintf("%v/%d on interface %d", a.IP, a.Prefix, a.Index)
}

// Add adds the address. The scope is taken as it is (the kernel decides for
// IPv6). The error carries the errno (unix.EEXIST when the interface has
// the same address and prefix, unix.ENODEV, unix.EPERM, unix.EINVAL) and the
// kernel's explanation when it gives one.
func (n *Net) Add(a Address) error {
	req := nl.NewNetlinkRequest(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	a.identify(req)
	if a.Broadcast.IsValid() {
		req.AddData(nl.NewRtAttr(unix.IFA_BROADCAST, a.Broadcast.AsSlice()))
	}
	if a.Label != "" {
		req.AddData(nl.NewRtAttr(unix.IFA_LABEL, nl.ZeroTerminated(a.Label)))
	}
	if a.Flags != 0 {
		req.AddData(nl.NewRtAttr(unix.IFA_FLAGS, nl.Uint32Attr(uint32(a.Flags))))
	}
	if a.ValidLft != 0 || a.PreferredLft != 0 {
		info := &nl.IfaCacheInfo{IfaCacheinfo: unix.IfaCacheinfo{Prefered: a.PreferredLft, Valid: a.ValidLft}}
		req.AddData(nl.NewRtAttr(unix.IFA_CACHEINFO, info.Serialize()))
	}
	if a.Metric != 0 {
		req.AddData(nl.NewRtAttr(unix.IFA_RT_PRIORITY, nl.Uint32Attr(a.Metric)))
	}
	if a.Proto != 0 {
		req.AddData(nl.NewRtAttr(ifaProto, nl.Uint8Attr(a.Proto)))
	}
	return n.do(req, fmt.Sprintf("add address %v", a))
}

// Delete deletes the address: Index, IP, Prefix and Peer say which. The error
// carries the errno, unix.EADDRNOTAVAIL when there is no such address. See
// DeleteKeeping for what the kernel deletes along with it.
func (n *Net) Delete(a Address) error {
	req := nl.NewNetlinkRequest(unix.RTM_DELADDR, 0)
	a.identify(req)
	return n.do(req, fmt.Sprintf("delete address %v", a))
}

// identify puts in the request what tells the address from all others.
func (a Address) identify(req *nl.NetlinkRequest) {
	msg := nl.NewIfAddrmsg(int(a.Family()))
	msg.Index, msg.Prefixlen, msg.Scope = uint32(a.Index), uint8(a.Prefix), a.Scope
	req.AddData(msg)
	far := a.IP
	if a.Peer.IsValid() {
		far = a.Peer
	}
	req.AddData(nl.NewRtAttr(unix.IFA_LOCAL, a.IP.AsSlice()))
	req.AddData(nl.NewRtAttr(unix.IFA_ADDRESS, far.AsSlice()))
}
