package netif

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// An AddrLabel is an entry of the IPv6 source address selection policy
// (RFC 6724), as `ip addrlabel` shows it.
type AddrLabel struct {
	Prefix netip.Prefix
	Value  uint32
	Index  int // of the interface; 0 for all
}

// Attributes of an address label (linux/if_addrlabel.h).
const (
	ifalAddress = 1
	ifalLabel   = 2
)

// ifAddrLabelMsg is struct ifaddrlblmsg: family, reserved, prefix length,
// flags, interface, sequence number.
type ifAddrLabelMsg struct {
	prefix uint8
	index  uint32
}

const sizeofIfAddrLabelMsg = 12

func (m ifAddrLabelMsg) Len() int { return sizeofIfAddrLabelMsg }

func (m ifAddrLabelMsg) Serialize() []byte {
	b := []byte{unix.AF_INET6, 0, m.prefix, 0}
	b = append(b, nl.Uint32Attr(m.index)...)
	return append(b, nl.Uint32Attr(0)...)
}

// AddAddrLabel adds the label. The error carries the errno, unix.EEXIST when
// the prefix has one already.
func (n *Net) AddAddrLabel(l AddrLabel) error {
	req := nl.NewNetlinkRequest(unix.RTM_NEWADDRLABEL, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	l.identify(req)
	return n.do(req, fmt.Sprintf("add address label %d to %v", l.Value, l.Prefix))
}

// DeleteAddrLabel deletes the label. The error carries the errno,
// unix.ESRCH when there is none.
func (n *Net) DeleteAddrLabel(l AddrLabel) error {
	req := nl.NewNetlinkRequest(unix.RTM_DELADDRLABEL, 0)
	l.identify(req)
	return n.do(req, fmt.Sprintf("delete address label %d of %v", l.Value, l.Prefix))
}

func (l AddrLabel) identify(req *nl.NetlinkRequest) {
	req.AddData(ifAddrLabelMsg{prefix: uint8(l.Prefix.Bits()), index: uint32(l.Index)})
	req.AddData(nl.NewRtAttr(ifalAddress, l.Prefix.Addr().AsSlice()))
	req.AddData(nl.NewRtAttr(ifalLabel, nl.Uint32Attr(l.Value)))
}

// AddrLabels lists the labels, those the kernel starts with included.
func (n *Net) AddrLabels() ([]AddrLabel, error) {
	answers, err := n.list(func() *nl.NetlinkRequest {
		req := nl.NewNetlinkRequest(unix.RTM_GETADDRLABEL, 0)
		req.AddData(ifAddrLabelMsg{})
		return req
	}, unix.RTM_NEWADDRLABEL, "list address labels")
	if err != nil {
		return nil, err
	}
	labels := make([]AddrLabel, 0, len(answers))
	for _, answer := range answers {
		attributes, err := attributesAfter(answer, sizeofIfAddrLabelMsg)
		if err != nil {
			return nil, fmt.Errorf("parse address label: %w", err)
		}
		l := AddrLabel{Index: int(uint32Of(answer[4:]))}
		for kind, value := range attributes {
			switch kind {
			case ifalAddress:
				l.Prefix = netip.PrefixFrom(addrOf(value), int(answer[2]))
			case ifalLabel:
				l.Value = uint32Of(value)
			}
		}
		labels = append(labels, l)
	}
	return labels, nil
}
