package netif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// Operations of ARP.
const (
	ARPRequest uint16 = 1
	ARPReply   uint16 = 2
)

// Hardware types of ARP, which are those of interfaces.
const (
	Ethernet   uint16 = 1
	InfiniBand uint16 = 32
)

// An ARP is an ARP packet about IPv4 addresses, without the frame around it
// (RFC 826; RFC 4391 for InfiniBand).
type ARP struct {
	Type     uint16 // of hardware
	Op       uint16
	Sender   net.HardwareAddr // as long as Target
	SenderIP netip.Addr       // IPv4, as TargetIP
	Target   net.HardwareAddr
	TargetIP netip.Addr
}

// errARP says what an unusable packet is not.
var errARP = errors.New("not an ARP packet about IPv4 addresses")

const (
	arpHeader   = 8      // bytes before the addresses
	arpProtocol = 0x0800 // IPv4, as in an Ethernet frame
)

// MarshalBinary returns the packet as it is sent.
func (p ARP) MarshalBinary() ([]byte, error) {
	size := len(p.Sender)
	if size == 0 || size > 255 || len(p.Target) != size {
		return nil, fmt.Errorf("%w: hardware addresses of %d and %d bytes", errARP, size, len(p.Target))
	}
	if !p.SenderIP.Is4() || !p.TargetIP.Is4() {
		return nil, fmt.Errorf("%w: %v, %v", errARP, p.SenderIP, p.TargetIP)
	}
	b := make([]byte, 0, arpHeader+2*(size+4))
	b = binary.BigEndian.AppendUint16(b, p.Type)
	b = binary.BigEndian.AppendUint16(b, arpProtocol)
	b = append(b, byte(size), 4)
	b = binary.BigEndian.AppendUint16(b, p.Op)
	b = append(b, p.Sender...)
	b = append(b, p.SenderIP.AsSlice()...)
	b = append(b, p.Target...)
	return append(b, p.TargetIP.AsSlice()...), nil
}

// UnmarshalBinary reads a packet. Bytes after its end are padding, which the
// frame may need.
func (p *ARP) UnmarshalBinary(b []byte) error {
	if len(b) < arpHeader {
		return fmt.Errorf("%w: %d bytes", errARP, len(b))
	}
	size := int(b[4])
	if binary.BigEndian.Uint16(b[2:]) != arpProtocol || b[5] != 4 || size == 0 {
		return fmt.Errorf("%w: header % x", errARP, b[:arpHeader])
	}
	if len(b) < arpHeader+2*(size+4) {
		return fmt.Errorf("%w: %d bytes", errARP, len(b))
	}
	cut := func(n int) []byte {
		part := append([]byte(nil), b[:n]...)
		b = b[n:]
		return part
	}
	header := cut(arpHeader)
	*p = ARP{
		Type:     binary.BigEndian.Uint16(header),
		Op:       binary.BigEndian.Uint16(header[6:]),
		Sender:   cut(size),
		SenderIP: addrOf(cut(4)),
		Target:   cut(size),
		TargetIP: addrOf(cut(4)),
	}
	return nil
}
