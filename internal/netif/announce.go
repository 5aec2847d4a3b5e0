package netif

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
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
func ParseStyle(s string) (Style, error) {
	switch s {
	case "", "send_arp":
		return SendARP, nil
	case "iputils_arping", "ipoibarping":
		return IPUtilsStyle, nil
	case "libnet_arping":
		return LibnetStyle, nil
	}
	return 0, fmt.Errorf("unknown sender of announcements %q", s)
}

// SendOptions are the words of send_arp_opts that we understand.
type SendOptions struct {
	Replies  bool          // -A: replies only
	Requests bool          // -U: requests only
	Count    int           // -c: announcements; 0: not given
	Interval time.Duration // -i, given in milliseconds; 0: not given
}

// ParseSendOptions reads the words of send_arp_opts and returns those it does
// not understand, a number out of range with its option. -b (broadcast) is
// understood: nothing else is ever sent. Of -A and -U the last one counts.
func ParseSendOptions(s string) (o SendOptions, ignored []string) {
	words := strings.Fields(s)
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch word {
		case "-A":
			o.Replies, o.Requests = true, false
		case "-U":
			o.Replies, o.Requests = false, true
		case "-b":
		case "-c", "-i":
			number, rest := positive(words)
			if number == 0 {
				ignored = append(append(ignored, word), words[:len(words)-len(rest)]...)
			} else if word == "-c" {
				o.Count = number
			} else {
				o.Interval = time.Duration(number) * time.Millisecond
			}
			words = rest
		default:
			ignored = append(ignored, word)
		}
	}
	return o, ignored
}

// maxNumber bounds numbers of send_arp_opts: at a million announcements or
// milliseconds something is wrong.
const maxNumber = 1_000_000

// positive reads the number that follows an option, 0 when it is not one in
// range. The words left begin behind it, unless it is the next option.
func positive(words []string) (int, []string) {
	if len(words) == 0 || strings.HasPrefix(words[0], "-") {
		return 0, words
	}
	number, err := strconv.ParseUint(words[0], 10, 32)
	if err != nil || number > maxNumber {
		return 0, words[1:]
	}
	return int(number), words[1:]
}

// An Announcement says what the neighbours shall learn.
type Announcement struct {
	Link     Link          // as it is after SetUp
	IP       netip.Addr    //
	Count    int           // announcements, pairs of frames in the SendARP style
	Interval time.Duration // between announcements; only in the SendARP style, and for IPv6
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
// first has no Delay, and nothing follows the last. How many of them to send
// at once, and how many later by another process, is the caller's choice. It
// returns none when the link is mute, or its addresses cannot be put in a
// packet.
//
// In the SendARP style each announcement is a request and a reply, half an
// Interval apart, as all frames are; with Replies or Requests it is one frame
// and all are an Interval apart. The other styles send one frame a second
// (ipaddr2.md 6.1). Count and Interval in the Options go before all others.
func (a Announcement) Frames() []Frame {
	if a.Link.Mute() != "" {
		return nil
	}
	if a.Hardware == nil {
		a.Hardware = a.Link.Address
	}
	var payloads [][]byte
	interval, count := a.Interval, a.Count
	if FamilyOf(a.IP) == IPv6 {
		payloads = marshalAll(Advertisement{Router: a.Router, Target: a.IP.WithZone(""), Hardware: a.Hardware})
	} else {
		payloads = a.arpRound()
		if a.Style != SendARP {
			interval = time.Second
		}
		interval = cmp.Or(a.Options.Interval, interval)
		count = cmp.Or(a.Options.Count, count)
	}
	var frames []Frame
	for range count {
		for _, payload := range payloads {
			frames = append(frames, Frame{Delay: interval / time.Duration(len(payloads)), IP: a.IP, Payload: payload})
		}
	}
	if len(frames) > 0 {
		frames[0].Delay = 0
	}
	return frames
}

// arpRound returns the packets of one IPv4 announcement. Requests name nobody
// as target in the SendARP style and everybody in the others, replies the
// owner.
func (a Announcement) arpRound() [][]byte {
	nobody := net.HardwareAddr(make([]byte, len(a.Hardware)))
	everybody := net.HardwareAddr(bytes.Repeat([]byte{0xff}, len(a.Hardware)))
	request := ARP{
		Type: a.Link.Type, Op: ARPRequest,
		Sender: a.Hardware, SenderIP: a.IP, Target: nobody, TargetIP: a.IP,
	}
	if a.Style != SendARP {
		request.Target = everybody
	}
	reply := request
	reply.Op, reply.Target = ARPReply, a.Hardware
	switch {
	case a.Options.Replies:
		return marshalAll(reply)
	case a.Options.Requests || a.Style != SendARP:
		return marshalAll(request)
	}
	return marshalAll(request, reply)
}

// marshalAll returns the packets that can be sent.
func marshalAll[T interface{ MarshalBinary() ([]byte, error) }](packets ...T) [][]byte {
	var list [][]byte
	for _, p := range packets {
		if b, err := p.MarshalBinary(); err == nil {
			list = append(list, b)
		}
	}
	return list
}
