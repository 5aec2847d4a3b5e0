package ipaddr2

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// parseIP reads the address (ipaddr2.md 2): IPv6 if there is a colon in it.
func (a *config) parseIP(text string) error {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, ":") {
		ip, err := parseIPv4(text)
		a.ip = ip
		return err
	}
	ip, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no IPv6 address", text)
	case ip.Zone() != "" && !ip.IsLinkLocalUnicast():
		return fmt.Errorf("%q names an interface, and is not link-local", text)
	}
	a.ip, a.zone = ip.WithZone(""), ip.Zone()
	return nil
}

// parseIPv4 reads dotted decimal. The rule for zeros is the shell agents': an octet of two digits may
// begin with one, one of three may not, and the first octet is not zero.
func parseIPv4(text string) (netip.Addr, error) {
	bad := fmt.Errorf("%q is no IPv4 address", text)
	if strings.Contains(text, "/") {
		bad = fmt.Errorf("%q is no address; the prefix length belongs in cidr_netmask", text)
	}
	octets := strings.Split(text, ".")
	if len(octets) != 4 {
		return netip.Addr{}, bad
	}
	var ip [4]byte
	for i, octet := range octets {
		n, err := ocf.Decimal(octet)
		if err != nil || n > 255 || len(octet) > 3 || (len(octet) == 3 && octet[0] == '0') {
			return netip.Addr{}, bad
		}
		ip[i] = byte(n)
	}
	if ip[0] == 0 {
		return netip.Addr{}, bad
	}
	return netip.AddrFrom4(ip), nil
}

// parseNIC reads an interface, or the old form interface:label.
func (a *config) parseNIC(text string) error {
	nic, label, old := strings.Cut(strings.TrimSpace(text), ":")
	a.nic = nic
	if old {
		a.label = label
	}
	if a.zone != "" && a.nic != "" && a.zone != a.nic {
		return fmt.Errorf("%q is not the interface %q that ip names", nic, a.zone)
	}
	return nil
}

// A maskValue is a prefix length as the configuration gives it; 0 is none.
type maskValue struct {
	bits   int
	dotted bool
}

// parse reads a prefix length for the family of the address, or a contiguous dotted netmask.
func (m *maskValue) parse(a *config) func(string) error {
	return func(text string) (err error) {
		switch {
		case text == "":
			return nil
		case strings.Contains(text, ".") && !a.ip.Is6():
			m.dotted = true
			m.bits, err = dottedMask(text)
			return err
		}
		limit := 32
		if a.ip.Is6() {
			limit = 128
		}
		n, err := ocf.Decimal(text)
		if err != nil || n < 1 || n > limit || len(text) > 3 {
			return fmt.Errorf("%q is no prefix length from 1 to %d", text, limit)
		}
		m.bits = n
		return nil
	}
}

func dottedMask(text string) (int, error) {
	mask, err := netip.ParseAddr(text)
	if err != nil || !mask.Is4() {
		return 0, fmt.Errorf("%q is no netmask", text)
	}
	b := mask.As4()
	value := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	ones := bits.LeadingZeros32(^value)
	if ones == 0 || value<<ones != 0 {
		return 0, fmt.Errorf("%q is no contiguous netmask", text)
	}
	return ones, nil
}

// A broadcast is the wish for a broadcast address: '+', '-', an address, or none.
type broadcast struct {
	host byte
	ip   netip.Addr
}

func (a *config) parseBroadcast(text string) error {
	switch {
	case a.ip.Is6():
		return nil
	case text == "":
		return nil
	case text == "+" || text == "-":
		a.bcast.host = text[0]
		return nil
	}
	ip, err := parseIPv4(text)
	if err != nil {
		return err
	}
	a.bcast.ip = ip
	return nil
}

// of is the broadcast address for an IPv4 entry; copied is what the interface's own address has.
func (b broadcast) of(entry netip.Prefix, copied netip.Addr) netip.Addr {
	switch {
	case !entry.Addr().Is4():
		return netip.Addr{}
	case b.host == 0 && b.ip.IsValid():
		return b.ip
	case b.host == 0:
		return copied
	case entry.Bits() >= 31:
		return netip.Addr{}
	}
	ip := entry.Masked().Addr().As4()
	if b.host == '+' {
		for bit := entry.Bits(); bit < 32; bit++ {
			ip[bit/8] |= 0x80 >> (bit % 8)
		}
	}
	return netip.AddrFrom4(ip)
}

// A lifetime is a preferred lifetime in seconds.
type lifetime struct {
	seconds uint32
	bad     error
}

// parse keeps the error of a garbled value: it matters for IPv6 only. An empty one matters always.
func (l *lifetime) parse(text string) error {
	l.seconds = netif.Forever
	if text == "forever" {
		return nil
	}
	if text == "" {
		return fmt.Errorf(`must be "forever" or seconds, not empty`)
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		n, err = strconv.ParseUint(hex, 16, 32)
	}
	if err != nil {
		l.bad = fmt.Errorf(`%q is neither "forever" nor a number of seconds`, text)
		return nil
	}
	l.seconds = uint32(n)
	return nil
}

// positive reads a decimal number greater than zero.
func positive(set func(int)) func(string) error {
	return func(text string) error {
		n, err := ocf.Decimal(text)
		if err == nil && n == 0 {
			err = fmt.Errorf("must be greater than 0")
		}
		if err == nil {
			set(n)
		}
		return err
	}
}

// oldRedHat reports whether this is a release of the Red Hat family before 10.1. There check_link_status is
// false unless set (ipaddr2.md 2).
func oldRedHat(r ocf.Release) bool { return r.RedHat() && r.Before(10, 1) }
