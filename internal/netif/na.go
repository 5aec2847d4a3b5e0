package netif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// An Advertisement is an unsolicited neighbour advertisement (RFC 4861, 4.4
// and 7.2.6): an ICMPv6 message whose Override flag is set.
type Advertisement struct {
	Router   bool
	Target   netip.Addr       // the IPv6 address that is announced
	Hardware net.HardwareAddr // its owner; 6 bytes, or 20 on InfiniBand
}

var errAdvertisement = errors.New("not an advertisement")

const (
	icmpAdvertisement  = 136
	flagRouter         = 0x80
	flagOverride       = 0x20
	optionTargetLink   = 2
	ethernetHardware   = 6 // bytes
	infiniBandHardware = 20
)

// MarshalBinary returns the message with checksum 0: the kernel fills it in.
//
// On InfiniBand two bytes of padding precede the address in its option, which
// then is three units of eight bytes (RFC 4391, 9.3).
func (a Advertisement) MarshalBinary() ([]byte, error) {
	if !a.Target.Is6() {
		return nil, fmt.Errorf("%w: target %v", errAdvertisement, a.Target)
	}
	var padding []byte
	switch len(a.Hardware) {
	case ethernetHardware:
	case infiniBandHardware:
		padding = []byte{0, 0}
	default:
		return nil, fmt.Errorf("%w: hardware address of %d bytes", errAdvertisement, len(a.Hardware))
	}
	flags := byte(flagOverride)
	if a.Router {
		flags |= flagRouter
	}
	b := []byte{icmpAdvertisement, 0}
	b = binary.BigEndian.AppendUint16(b, 0)
	b = append(b, flags, 0, 0, 0)
	b = append(b, a.Target.AsSlice()...)
	b = append(b, optionTargetLink, byte((2+len(padding)+len(a.Hardware))/8))
	b = append(b, padding...)
	return append(b, a.Hardware...), nil
}
