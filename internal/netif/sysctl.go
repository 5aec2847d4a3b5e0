package netif

import "errors"

// PromotesSecondaries reports whether the kernel keeps the other addresses of
// a subnet when the first one is deleted from the interface of that name
// (sysctl promote_secondaries, of all or of the interface).
func (n *Net) PromotesSecondaries(link string) (bool, error) { return false, errors.ErrUnsupported }

// Forwards6 reports whether the interface of that name forwards IPv6, that
// is, whether this machine is a router on it.
func (n *Net) Forwards6(link string) (bool, error) { return false, errors.ErrUnsupported }
