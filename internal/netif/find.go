package netif

import (
	"errors"
	"net/netip"
)

// A Query names an address entry for Find.
type Query struct {
	// Link is where to look. The zero Link means anywhere.
	Link Link
	// IP is the address.
	IP netip.Addr
	// Prefix is the prefix length; 0 means any.
	Prefix int
	// Label is the IPv4 label to try, "" the interface's name. It only tells
	// Find where to look: an address with another label is Unsure, not Absent.
	Label string
}

// A Presence is the answer of Find.
type Presence uint8

// The answers. Present and Absent are certain.
const (
	// Unsure means that the single questions do not decide, for example
	// because the address has another label or is on more than one
	// interface: list the addresses instead.
	Unsure Presence = iota
	// Absent means that no interface (with a Link in the query: that
	// interface not) has the address with that prefix length.
	Absent
	// Present means that the returned entry exists.
	Present
)

// Find looks for one address entry without listing any: at most three
// requests, whose cost does not depend on how many addresses there are
// beyond a short walk in the kernel.
//
// When Present, the returned Address is complete for IPv6; for IPv4 it has
// Index, IP, Prefix and Label only. With the zero Link, Present returns one
// entry, and there may be others on other interfaces.
//
// When Unsure, the returned Address has an Index if one interface is known
// to hold the address, else 0.
func (n *Net) Find(q Query) (Address, Presence, error) {
	return Address{}, Unsure, errors.ErrUnsupported
}
