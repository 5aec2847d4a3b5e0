package netif

import (
	"encoding/binary"
	"errors"
	"iter"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
)

// Numbers that x/sys does not have yet.
const (
	ifaProto            = 11     // IFA_PROTO, Linux 5.18
	rtextFilterSkipStat = 1 << 3 // RTEXT_FILTER_SKIP_STATS
	nlaTypeMask         = 0x3fff // all but NLA_F_NESTED and NLA_F_NET_BYTEORDER
)

var errShort = errors.New("short netlink message")

// attributesAfter returns the attributes behind the fixed part of a message,
// by kind without its flag bits.
func attributesAfter(b []byte, fixed int) (iter.Seq2[uint16, []byte], error) {
	if len(b) < fixed {
		return nil, errShort
	}
	attributes, err := nl.ParseRouteAttr(b[fixed:])
	if err != nil {
		return nil, err
	}
	return func(yield func(uint16, []byte) bool) {
		for _, a := range attributes {
			if !yield(a.Attr.Type&nlaTypeMask, a.Value) {
				return
			}
		}
	}, nil
}

// uint8Of and uint32Of read a number; a missing one is 0.
func uint8Of(b []byte) uint8 {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func uint32Of(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}

// addrOf reads an address of 4 or 16 bytes; any other length gives an invalid
// one.
func addrOf(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}
