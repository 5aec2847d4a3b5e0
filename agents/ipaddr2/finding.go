package ipaddr2

import (
	"fmt"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// A state is what the kernel has of the address at its place (ipaddr2.md 3).
type state int

const (
	absent     state = iota // not there with this prefix length
	held                    // there and usable
	noLink                  // there, but the interface has no link
	otherLabel              // there, with another label
	dadFailed               // there, but another host has it too: the kernel does not use it
	noRules                 // there, but nothing keeps this node from answering other nodes' clients
	noBucket                // there, for other instances of the clone
)

// A finding is what was learned about the address. Decisions are made from it and nothing else.
type finding struct {
	at    place
	state state
	// entry is the address as the kernel has it, unless absent.
	entry netif.Address
	// lost says that it cannot be told where the address belongs, and is nil when it can.
	lost *misplaced
	// wished tells that the prefix length was configured, so that a place without its interface is
	// known not to have the address.
	wished bool
	// elsewhere are entries of the address on whatever interface, looked for when it is lost.
	elsewhere []found
}

// stateOf is the state of an entry that is there.
func stateOf(at place, entry netif.Address, checkLink bool) state {
	switch {
	case checkLink && at.link.OperState.Failed():
		return noLink
	case at.label != "" && entry.Label != at.label:
		return otherLabel
	case entry.Flags.DADFailed():
		return dadFailed
	}
	return held
}

// sharedState is the state of an entry that is there for a load-sharing clone: first of all this instance
// must be here, because of other instances' addresses it knows nothing.
func sharedState(shared netif.Shared, bucket int, entry state) state {
	switch {
	case !shared.Ruled:
		return noRules
	case !shared.Has(bucket):
		return noBucket
	}
	return entry
}

// verdict is the outcome of a monitor, recurring or probe (ipaddr2.md 5.3). A probe answers 7 only when
// the address is certainly not on this node.
func (f finding) verdict(probe bool) error {
	switch {
	case f.lost != nil:
		return f.lostVerdict(probe)
	case f.state == absent:
		return ocf.NotRunning
	case probe && (f.state == noRules || f.state == noBucket):
		return ocf.NotRunning
	case f.state == noRules || f.state == noBucket:
		return ocf.NotRunning.With("%s", f.describe())
	case f.state == noLink && probe:
		return ocf.ErrGeneric.With("%s", f.describe())
	case f.state == noLink:
		return ocf.NotRunning.With("%s", f.describe())
	case f.state != held:
		return ocf.ErrGeneric.With("%s", f.describe())
	}
	return nil
}

func (f finding) lostVerdict(probe bool) error {
	switch {
	case len(f.elsewhere) > 0:
		return ocf.ErrGeneric.With("%s is on %s, but %w", f.elsewhere[0].IP, f.elsewhere[0].nic, f.lost)
	case f.lost.cause == longLabel:
		// Wrong wherever the interface has this name, and the shell agents say so in every action.
		return ocf.ErrConfigured.With("%w", f.lost)
	case probe, f.lost.cause == noInterface && f.wished:
		return ocf.NotRunning
	}
	return ocf.ErrGeneric.With("%w", f.lost)
}

// describe says what is wrong with an address that is there.
func (f finding) describe() string {
	switch f.state {
	case noLink:
		return fmt.Sprintf("%s is on %s, which has no link (operational state %s)",
			f.entry.IP, f.at.link.Name, f.at.link.OperState)
	case otherLabel:
		return fmt.Sprintf("%s has label %s instead of %s", f.entry.IP, f.entry.Label, f.at.label)
	case dadFailed:
		return fmt.Sprintf("another host on %s has %s: duplicate address detection failed",
			f.at.link.Name, f.entry.IP)
	case noRules:
		return fmt.Sprintf("%s is on %s without the rules of a load-sharing clone", f.entry.IP, f.at.link.Name)
	case noBucket:
		return fmt.Sprintf("%s is on %s for other instances of the clone only", f.entry.IP, f.at.link.Name)
	}
	return fmt.Sprintf("%s is on %s", f.entry.IP, f.at.link.Name)
}
