package netif

import (
	"context"
	"errors"
	"net/netip"
)

// A Group selects what a Watch hears of.
type Group uint32

// The groups, in the kernel's numbering.
const (
	LinkChanges     Group = 1
	Address4Changes Group = 5
	Address6Changes Group = 9
)

// A Watch hears of changes from the moment it was made: make it before the
// change that is to be awaited.
type Watch struct{}

// Watch subscribes to the groups.
func (n *Net) Watch(groups ...Group) (*Watch, error) { return nil, errors.ErrUnsupported }

// Close ends the subscription.
func (w *Watch) Close() error { return nil }

// A DADResult says how duplicate address detection ended.
type DADResult uint8

// The results.
const (
	DADPending DADResult = iota // the context ended first
	DADPassed                   // nobody else has the address
	DADFailed                   // somebody has; the entry is still there
	DADRemoved                  // there is no such address (any more)
)

// WaitDAD waits until duplicate detection of an address has ended, or the
// context has (DADPending and no error then). The Watch must hear
// Address6Changes.
func (n *Net) WaitDAD(ctx context.Context, w *Watch, index int, ip netip.Addr) (DADResult, error) {
	return DADPending, errors.ErrUnsupported
}

// WaitCarrier waits until the interface is usable (set up and neither Down
// nor LowerLayerDown, ...) or the context has ended, and returns the
// interface as seen last. The Watch must hear LinkChanges.
func (n *Net) WaitCarrier(ctx context.Context, w *Watch, index int) (Link, error) {
	return Link{}, errors.ErrUnsupported
}
