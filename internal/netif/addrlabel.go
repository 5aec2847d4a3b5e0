package netif

import (
	"errors"
	"net/netip"
)

// An AddrLabel is an entry of the IPv6 source address selection policy
// (RFC 6724), as `ip addrlabel` shows it.
type AddrLabel struct {
	Prefix netip.Prefix
	Value  uint32
	Index  int // of the interface; 0 for all
}

// AddAddrLabel adds the label. The error carries the errno, unix.EEXIST when
// the prefix has one already.
func (n *Net) AddAddrLabel(l AddrLabel) error { return errors.ErrUnsupported }

// DeleteAddrLabel deletes the label. The error carries the errno,
// unix.ESRCH when there is none.
func (n *Net) DeleteAddrLabel(l AddrLabel) error { return errors.ErrUnsupported }

// AddrLabels lists the labels, those the kernel starts with included.
func (n *Net) AddrLabels() ([]AddrLabel, error) { return nil, errors.ErrUnsupported }
