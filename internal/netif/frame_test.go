package netif_test

import (
	"encoding/hex"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
)

// bytesOf reads hexadecimal bytes, with blanks for the eye.
func bytesOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return b
}

// The example of RFC 826 in today's terms, and the layout of RFC 4391, 6.
func TestARPOnTheWire(t *testing.T) {
	t.Parallel()
	long := make(net.HardwareAddr, 20)
	for i := range long {
		long[i] = byte(i + 1)
	}
	tests := []struct {
		name string
		give netif.ARP
		want string
	}{
		{"an Ethernet request", netif.ARP{
			Type: netif.Ethernet, Op: netif.ARPRequest, Sender: mac, SenderIP: ip("192.168.144.2"),
			Target: make(net.HardwareAddr, 6), TargetIP: ip("192.168.144.2"),
		}, "0001 0800 06 04 0001 020000000001 c0a89002 000000000000 c0a89002"},
		{"an Ethernet reply", netif.ARP{
			Type: netif.Ethernet, Op: netif.ARPReply, Sender: mac, SenderIP: ip("192.168.144.2"),
			Target: mac, TargetIP: ip("192.168.144.2"),
		}, "0001 0800 06 04 0002 020000000001 c0a89002 020000000001 c0a89002"},
		{"an InfiniBand request", netif.ARP{
			Type: netif.InfiniBand, Op: netif.ARPRequest, Sender: long, SenderIP: ip("10.0.0.1"),
			Target: make(net.HardwareAddr, 20), TargetIP: ip("10.0.0.2"),
		}, "0020 0800 14 04 0001 0102030405060708090a0b0c0d0e0f1011121314 0a000001" +
			"0000000000000000000000000000000000000000 0a000002"},
	}
	for _, tt := range tests {
		b, err := tt.give.MarshalBinary()
		require.NoError(t, err, tt.name)
		require.Equal(t, bytesOf(t, tt.want), b, tt.name)
		var back netif.ARP
		require.NoError(t, back.UnmarshalBinary(append(b, make([]byte, 18)...)), "%s, padded", tt.name)
		require.Equal(t, tt.give, back, tt.name)
	}
}

func TestARPRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]netif.ARP{
		"no hardware address":    {SenderIP: ip("10.0.0.1"), TargetIP: ip("10.0.0.1")},
		"lengths differ":         {Sender: mac, Target: mac[:5], SenderIP: ip("10.0.0.1"), TargetIP: ip("10.0.0.1")},
		"IPv6 addresses":         {Sender: mac, Target: mac, SenderIP: ip("::1"), TargetIP: ip("10.0.0.1")},
		"no addresses":           {Sender: mac, Target: mac},
		"too long for its field": {Sender: make([]byte, 256), Target: make([]byte, 256), SenderIP: ip("10.0.0.1"), TargetIP: ip("10.0.0.1")},
	} {
		_, err := give.MarshalBinary()
		require.Error(t, err, name)
	}
	for name, give := range map[string]string{
		"nothing":              "",
		"a part of the header": "0001 0800 06 04 00",
		"a part of the packet": "0001 0800 06 04 0001 020000000001 c0a89002 000000000000 c0a890",
		"IPv6 addresses":       "0001 86dd 06 10 0001 020000000001 c0a89002 000000000000 c0a89002",
		"another protocol":     "0001 0801 06 04 0001 020000000001 c0a89002 000000000000 c0a89002",
		"no hardware address":  "0001 0800 00 04 0001 c0a89002 c0a89002",
	} {
		var p netif.ARP
		require.Error(t, p.UnmarshalBinary(bytesOf(t, give)), name)
	}
}

func FuzzARP(f *testing.F) {
	f.Add(bytesOf(f, "0001 0800 06 04 0001 020000000001 c0a89002 000000000000 c0a89002"))
	f.Add(bytesOf(f, "0001 0800 06 04 0002 020000000001 c0a89002 020000000001 c0a89002 0000"))
	f.Add(bytesOf(f, "0020 0800 14 04 0001 0102030405060708090a0b0c0d0e0f1011121314 0a000001"+
		"0000000000000000000000000000000000000000 0a000002"))
	f.Add([]byte{0, 1, 8, 0, 255, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		var p netif.ARP
		if p.UnmarshalBinary(b) != nil {
			return
		}
		again, err := p.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, b[:len(again)], again)
	})
}

func TestAdvertisementOnTheWire(t *testing.T) {
	t.Parallel()
	long := bytesOf(t, "0102030405060708090a0b0c0d0e0f1011121314")
	tests := []struct {
		name string
		give netif.Advertisement
		want string
	}{
		{"of a host", netif.Advertisement{Target: ip("2001:db8:1234::2"), Hardware: mac},
			"88 00 0000 20000000 20010db8123400000000000000000002 02 01 020000000001"},
		{"of a router", netif.Advertisement{Target: ip("2001:db8:1234::2"), Hardware: mac, Router: true},
			"88 00 0000 a0000000 20010db8123400000000000000000002 02 01 020000000001"},
		{"on InfiniBand", netif.Advertisement{Target: ip("2001:db8:1234::2"), Hardware: long},
			"88 00 0000 20000000 20010db8123400000000000000000002 02 03 0000 0102030405060708090a0b0c0d0e0f1011121314"},
	}
	for _, tt := range tests {
		b, err := tt.give.MarshalBinary()
		require.NoError(t, err, tt.name)
		require.Equal(t, bytesOf(t, tt.want), b, tt.name)
	}
	for name, give := range map[string]netif.Advertisement{
		"an IPv4 target":              {Target: ip("10.0.0.1"), Hardware: mac},
		"no target":                   {Hardware: mac},
		"no hardware address":         {Target: ip("2001:db8::1")},
		"an odd hardware address":     {Target: ip("2001:db8::1"), Hardware: mac[:5]},
		"one that overflows a length": {Target: ip("2001:db8::1"), Hardware: make([]byte, 256*8-2)},
	} {
		_, err := give.MarshalBinary()
		require.Error(t, err, name)
	}
}

// FuzzNA reads each advertisement with a reader of its own.
func FuzzNA(f *testing.F) {
	f.Add(ip("2001:db8:1234::2").AsSlice(), []byte(mac), false)
	f.Add(ip("fe80::2").AsSlice(), make([]byte, 20), true)
	f.Add([]byte{10, 0, 0, 1}, []byte(mac), true)
	f.Fuzz(func(t *testing.T, target, hardware []byte, router bool) {
		addr, _ := netip.AddrFromSlice(target)
		b, err := netif.Advertisement{Target: addr, Hardware: hardware, Router: router}.MarshalBinary()
		if err != nil {
			return
		}
		require.Zero(t, len(b)%8)
		require.Equal(t, byte(136), b[0])
		require.Equal(t, router, b[4]&0x80 != 0)
		require.Equal(t, target, b[8:24])
		require.Equal(t, byte(2), b[24])
		require.Len(t, b[24:], int(b[25])*8)
		require.Equal(t, hardware, b[len(b)-len(hardware):])
	})
}
