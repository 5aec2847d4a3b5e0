package netif

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// A Style says in whose manner to announce an IPv4 address (ipaddr2.md 6.1).
type Style uint8

// The styles, by the names arp_sender has for them.
const (
	SendARP      Style = iota // send_arp: pairs of a request and a reply
	IPUtilsStyle              // iputils_arping, ipoibarping: requests a second apart
	LibnetStyle               // libnet_arping: requests a second apart
)

// ParseStyle returns the style that arp_sender names; "" is SendARP.
func ParseStyle(s string) (Style, error) { return 0, errors.ErrUnsupported }

// SendOptions are the words of send_arp_opts that we understand.
type SendOptions struct {
	Replies  bool          // -A: replies only
	Requests bool          // -U: requests only
	Count    int           // -c: announcements; 0: not given
	Interval time.Duration // -i, given in milliseconds; 0: not given
}

// ParseSendOptions reads the words of send_arp_opts and returns those it does
// not understand. -b (broadcast) is understood: nothing else is ever sent.
func ParseSendOptions(s string) (o SendOptions, ignored []string) { return }

// An Announcement says what the neighbours shall learn.
type Announcement struct {
	Link     Link
	IP       netip.Addr
	Count    int           // announcements, pairs of frames in the SendARP style
	Interval time.Duration // between announcements
	Style    Style         // IPv4
	Options  SendOptions   // IPv4
	Router   bool          // IPv6: see Forwards6
	// Hardware is announced as the address's owner; nil is the link's own.
	Hardware net.HardwareAddr
}

// A Frame is one packet of an announcement, ready to be sent.
type Frame struct {
	Delay   time.Duration // wait so long before sending it
	IP      netip.Addr    // the address that it announces
	Payload []byte        // an ARP packet, or an ICMPv6 message with checksum 0
}

// Frames returns the packets of the announcement in the order of sending; the
// first has no Delay. How many of them to send at once, and how many later by
// another process, is the caller's choice. It returns none when the link is
// mute.
func (a Announcement) Frames() []Frame { return nil }

// ErrAddressGone means that an announcement ended early because the address
// is not on the interface any more.
var ErrAddressGone = errors.New("address is gone")

// Send sends the frames on the interface, after the Delay of each. Before
// each it asks whether the interface still has the address, and stops with
// ErrAddressGone when it certainly has not. It returns the context's error
// when that ends first.
func (n *Net) Send(ctx context.Context, link Link, frames []Frame) error {
	return errors.ErrUnsupported
}

// ProbeARP asks up to count times who has the IPv4 address, in the manner of
// RFC 5227, and returns the first hardware address not of this namespace that
// claims it or probes for it too; nil when nobody answers. It takes count
// times window at most, less when somebody answers.
func (n *Net) ProbeARP(ctx context.Context, link Link, ip netip.Addr, count int, window time.Duration) (owner net.HardwareAddr, err error) {
	return nil, errors.ErrUnsupported
}
