package ipaddr2

import (
	"net/netip"
	"time"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// arpOf matches the ARP packets in which the address tells of itself.
func arpOf(ip string) func(lab.Captured) bool {
	want := netip.MustParseAddr(ip)
	return func(c lab.Captured) bool {
		var packet netif.ARP
		return c.ARP() && packet.UnmarshalBinary(c.Payload) == nil && packet.SenderIP == want && packet.TargetIP == want
	}
}

// advertisementOf matches the neighbour advertisements of an address.
func advertisementOf(ip string) func(lab.Captured) bool {
	want := netip.MustParseAddr(ip)
	return func(c lab.Captured) bool {
		return c.Advertisement() && len(c.Payload) >= 64 && netip.AddrFrom16([16]byte(c.Payload[48:64])) == want
	}
}
