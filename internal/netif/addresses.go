package netif

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Addresses lists the addresses of one interface, in the kernel's order. The
// error matches ErrNoLink when there is no such interface.
func (n *Net) Addresses(index int, f Family) ([]Address, error) {
	return n.addresses(index, f, fmt.Sprintf("list %v addresses of interface %d", f, index))
}

// AllAddresses lists the addresses of all interfaces.
func (n *Net) AllAddresses(f Family) ([]Address, error) {
	return n.addresses(0, f, fmt.Sprintf("list %v addresses", f))
}

// onePacket is a number of addresses that the kernel surely lists in one
// packet of a page (it takes less than 100 bytes for one).
const onePacket = 32

var errChanging = errors.New("they kept changing")

// addresses lists addresses so that none that was there all the time is
// missing. A list of more than one packet lacks one when another before it was
// deleted meanwhile, and the kernel notices that late (in the last packet, as
// of Linux 6.18) or never (of one interface). So we listen to changes
// ourselves while a long list is read.
func (n *Net) addresses(index int, f Family, what string) ([]Address, error) {
	list, err := n.addressesOnce(index, f, what)
	if err != nil || len(list) <= onePacket {
		return list, err
	}
	for range dumpAttempts {
		list, changed, err := n.addressesWatched(index, f, what)
		if err != nil || !changed {
			return list, err
		}
	}
	return nil, fmt.Errorf("%s: %w", what, errChanging)
}

func (n *Net) addressesWatched(index int, f Family, what string) (list []Address, changed bool, err error) {
	group := Address4Changes
	if f == IPv6 {
		group = Address6Changes
	}
	w, err := n.Watch(group)
	if err != nil {
		return nil, false, err
	}
	defer w.Close()
	list, err = n.addressesOnce(index, f, what)
	return list, w.forget(), err
}

func (n *Net) addressesOnce(index int, f Family, what string) ([]Address, error) {
	answers, err := n.list(func() *nl.NetlinkRequest {
		req := nl.NewNetlinkRequest(unix.RTM_GETADDR, 0)
		msg := nl.NewIfAddrmsg(int(f))
		msg.Index = uint32(index)
		req.AddData(msg)
		return req
	}, unix.RTM_NEWADDR, what)
	if index != 0 && errors.Is(err, unix.ENODEV) {
		return nil, fmt.Errorf("%w (%s)", ErrNoLink, what)
	}
	if err != nil {
		return nil, err
	}
	list := make([]Address, 0, len(answers))
	for _, answer := range answers {
		a, err := parseAddress(answer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if a.Family() == f && (index == 0 || a.Index == index) {
			list = append(list, a)
		}
	}
	return list, nil
}

// parseAddress reads an RTM_NEWADDR message. IFA_LOCAL is the address and
// IFA_ADDRESS the far end's; IPv6 leaves out the former when they are equal.
func parseAddress(b []byte) (Address, error) {
	attributes, err := attributesAfter(b, unix.SizeofIfAddrmsg)
	if err != nil {
		return Address{}, fmt.Errorf("parse address: %w", err)
	}
	msg := nl.DeserializeIfAddrmsg(b)
	a := Address{
		Index:  int(msg.Index),
		Prefix: int(msg.Prefixlen),
		Scope:  msg.Scope,
		Flags:  Flags(msg.Flags),
	}
	for kind, value := range attributes {
		a.set(kind, value)
	}
	if !a.IP.IsValid() {
		a.IP = a.Peer
	}
	if a.Peer == a.IP {
		a.Peer = netip.Addr{}
	}
	return a, nil
}

func (a *Address) set(kind uint16, value []byte) {
	switch kind {
	case unix.IFA_LOCAL:
		a.IP = addrOf(value)
	case unix.IFA_ADDRESS:
		a.Peer = addrOf(value)
	case unix.IFA_BROADCAST:
		a.Broadcast = addrOf(value)
	case unix.IFA_LABEL:
		a.Label = unix.ByteSliceToString(value)
	case unix.IFA_FLAGS:
		a.Flags = Flags(uint32Of(value))
	case unix.IFA_RT_PRIORITY:
		a.Metric = uint32Of(value)
	case ifaProto:
		a.Proto = uint8Of(value)
	case unix.IFA_CACHEINFO:
		if len(value) >= unix.SizeofIfaCacheinfo {
			info := nl.DeserializeIfaCacheInfo(value)
			a.PreferredLft, a.ValidLft = info.Prefered, info.Valid
		}
	}
}
