package netif

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// ErrNoLink means that no interface has the name or index.
var ErrNoLink = errors.New("no such interface")

// An OperState is the state of an interface as RFC 2863 knows it.
type OperState uint8

// The states, in the kernel's numbering.
const (
	Unknown OperState = iota // the driver does not report: as good as Up
	NotPresent
	Down
	LowerLayerDown
	Testing
	Dormant
	Up
)

// String returns the name that `ip link` shows.
func (s OperState) String() string {
	names := [...]string{"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Failed reports whether the state counts as failed for check_link_status:
// Down or LowerLayerDown (ipaddr2.md 3).
func (s OperState) Failed() bool { return s == Down || s == LowerLayerDown }

// A Link is a network interface at one moment.
type Link struct {
	Index     int
	Name      string
	AltNames  []string
	Up        bool // set up by the administrator
	NoARP     bool
	Loopback  bool
	OperState OperState
	Type      uint16           // ARPHRD_ETHER 1, ARPHRD_INFINIBAND 32, ...
	Address   net.HardwareAddr // 6 bytes, 20 on InfiniBand, may be empty
	Broadcast net.HardwareAddr
}

// Usable reports whether packets can pass: the link is set up and its state
// has not failed.
func (l Link) Usable() bool { return l.Up && !l.OperState.Failed() }

// Mute says why no announcement can be sent on the link, or "" when one can
// (ipaddr2.md 6.1). The words complete "not announced: ".
func (l Link) Mute() string {
	switch {
	case l.Loopback:
		return l.Name + " is a loopback interface"
	case !l.Up:
		return l.Name + " is down"
	case l.NoARP:
		return l.Name + " does not use ARP"
	case len(l.Address) == 0:
		return l.Name + " has no hardware address"
	}
	return ""
}

// LinkByName returns the interface that has the name, or has it as an
// alternative name: a single question. The error matches ErrNoLink when there
// is none.
func (n *Net) LinkByName(name string) (Link, error) {
	attribute := unix.IFLA_IFNAME // finds alternative names as well
	if len(name) >= unix.IFNAMSIZ {
		attribute = unix.IFLA_ALT_IFNAME
	}
	return n.link(0, nl.NewRtAttr(attribute, nl.ZeroTerminated(name)), fmt.Sprintf("get interface %q", name))
}

// LinkByIndex is LinkByName for an index.
func (n *Net) LinkByIndex(index int) (Link, error) {
	return n.link(index, nil, fmt.Sprintf("get interface %d", index))
}

// link asks for one interface, by index or by an attribute. A kernel that
// knows no alternative names, or no such interface, says ENODEV or EINVAL.
func (n *Net) link(index int, by *nl.RtAttr, what string) (Link, error) {
	req := nl.NewNetlinkRequest(unix.RTM_GETLINK, 0)
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(index)
	req.AddData(msg)
	if by != nil {
		req.AddData(by)
	}
	req.AddData(nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(rtextFilterSkipStat)))
	answers, err := n.ask(req, unix.RTM_NEWLINK, what)
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EINVAL) || err == nil && len(answers) == 0 {
		return Link{}, fmt.Errorf("%w (%s)", ErrNoLink, what)
	}
	if err != nil {
		return Link{}, err
	}
	return parseLink(answers[0])
}

// Links lists all interfaces, in the order of their indexes.
func (n *Net) Links() ([]Link, error) {
	answers, err := n.list(func() *nl.NetlinkRequest {
		req := nl.NewNetlinkRequest(unix.RTM_GETLINK, 0)
		req.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
		req.AddData(nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(rtextFilterSkipStat)))
		return req
	}, unix.RTM_NEWLINK, "list interfaces")
	if err != nil {
		return nil, err
	}
	links := make([]Link, 0, len(answers))
	for _, answer := range answers {
		l, err := parseLink(answer)
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	slices.SortFunc(links, func(a, b Link) int { return cmp.Compare(a.Index, b.Index) })
	return links, nil
}

func parseLink(b []byte) (Link, error) {
	attributes, err := attributesAfter(b, unix.SizeofIfInfomsg)
	if err != nil {
		return Link{}, fmt.Errorf("parse interface: %w", err)
	}
	msg := nl.DeserializeIfInfomsg(b)
	l := Link{
		Index:    int(msg.Index),
		Type:     msg.Type,
		Up:       msg.Flags&unix.IFF_UP != 0,
		NoARP:    msg.Flags&unix.IFF_NOARP != 0,
		Loopback: msg.Flags&unix.IFF_LOOPBACK != 0,
	}
	for kind, value := range attributes {
		switch kind {
		case unix.IFLA_IFNAME:
			l.Name = unix.ByteSliceToString(value)
		case unix.IFLA_OPERSTATE:
			l.OperState = OperState(uint8Of(value))
		case unix.IFLA_ADDRESS:
			l.Address = value
		case unix.IFLA_BROADCAST:
			l.Broadcast = value
		case unix.IFLA_PROP_LIST:
			l.AltNames = parseAltNames(value)
		}
	}
	return l, nil
}

func parseAltNames(b []byte) []string {
	var names []string
	attributes, err := attributesAfter(b, 0)
	if err != nil {
		return nil
	}
	for kind, value := range attributes {
		if kind == unix.IFLA_ALT_IFNAME {
			names = append(names, unix.ByteSliceToString(value))
		}
	}
	return names
}

// SetUp sets the interface administratively up. It does not wait for a
// carrier: see WaitCarrier.
func (n *Net) SetUp(index int) error {
	req := nl.NewNetlinkRequest(unix.RTM_NEWLINK, 0)
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(index)
	msg.Flags, msg.Change = unix.IFF_UP, unix.IFF_UP
	req.AddData(msg)
	return n.do(req, fmt.Sprintf("set interface %d up", index))
}
