package ipaddr2

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"ocfbox/internal/netif"
)

// observe learns what is to be known about the address, without changing anything. When all is well it
// asks single questions only: where interface or prefix length are not configured, those kept by start
// are tried before the routing table is read.
func (s *session) observe() (finding, error) {
	if f, ok := s.observeKept(); ok {
		return f, nil
	}
	at, err := s.locate(false)
	if lost := asMisplaced(err); lost != nil {
		return s.observeLost(lost)
	}
	if err != nil {
		return finding{}, err
	}
	return s.look(at)
}

// observeKept looks where start has put the address. Only a healthy address counts: anything else is
// decided by the whole procedure.
func (s *session) observeKept() (finding, bool) {
	if s.nic != "" && s.prefix() != 0 {
		return finding{}, false
	}
	kept, err := s.loadRecord()
	if err != nil || kept.Wish != s.wish() {
		return finding{}, false
	}
	link, err := s.net.LinkByIndex(kept.Index)
	if err != nil {
		return finding{}, false
	}
	at, err := s.placeOn(link, netif.Choice{Index: kept.Index, Prefix: kept.Prefix}, false)
	if err != nil || !link.Up {
		return finding{}, false
	}
	f, err := s.look(at)
	return f, err == nil && f.state == held
}

// look asks whether the address is at the place.
func (s *session) look(at place) (finding, error) {
	f := finding{at: at}
	entry, presence, err := s.net.Find(netif.Query{Link: at.link, IP: s.ip, Prefix: at.prefix, Label: at.label})
	if err != nil {
		return f, err
	}
	if presence == netif.Unsure {
		entry, presence, err = s.list(at)
	}
	if errors.Is(err, netif.ErrNoLink) {
		return f, nil // the interface has gone since it was looked up
	}
	if err != nil {
		return f, err
	}
	if presence == netif.Present {
		f.entry = entry
		f.state = stateOf(at, entry, s.checkLink)
	}
	if f.state == absent || !s.shares(at.link) {
		return f, nil
	}
	shared, err := s.net.Shared(s.ip)
	if err != nil && !errors.Is(err, netif.ErrNoFilter) {
		return f, err
	}
	f.state = sharedState(shared, s.bucket(), f.state)
	return f, nil
}

// list looks through all addresses of the interface, and prefers the entry with the right label.
func (s *session) list(at place) (netif.Address, netif.Presence, error) {
	addresses, err := s.net.Addresses(at.link.Index, netif.FamilyOf(s.ip))
	if err != nil {
		return netif.Address{}, netif.Unsure, err
	}
	best, presence := netif.Address{}, netif.Absent
	for _, address := range addresses {
		if address.IP != s.ip || address.Prefix != at.prefix {
			continue
		}
		if presence == netif.Absent || address.Label == at.label {
			best, presence = address, netif.Present
		}
	}
	return best, presence, nil
}

// observeLost looks for the address on every interface, because nobody can tell where it belongs.
func (s *session) observeLost(lost *misplaced) (finding, error) {
	f := finding{lost: lost, wished: s.prefix() != 0}
	if !s.ip.IsValid() {
		return f, nil
	}
	all, err := s.entries(s.ip)
	f.elsewhere = s.withoutMirrors(all)
	return f, err
}

// A found is an address entry with what is known of its interface.
type found struct {
	netif.Address
	nic      string
	loopback bool
}

// entries are all entries of an address on this node.
func (s *session) entries(ip netip.Addr) ([]found, error) {
	all, err := s.net.AllAddresses(netif.FamilyOf(ip))
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(address netif.Address) bool { return address.IP != ip })
	var entries []found
	for _, address := range all {
		link, err := s.net.LinkByIndex(address.Index)
		if errors.Is(err, netif.ErrNoLink) {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, found{address, link.Name, link.Loopback})
	}
	return entries, nil
}

// withoutMirrors leaves out entries that nobody would take for the resource's without being told: those
// of IPsec interfaces, and those of the loopback interface unless the address is one of loopback's or
// the configuration names that interface.
func (s *session) withoutMirrors(entries []found) []found {
	return slices.DeleteFunc(slices.Clone(entries), func(entry found) bool {
		return isIPsec(entry.nic) || (entry.loopback && !entry.IP.IsLoopback() && s.nic != entry.nic)
	})
}

// isIPsec reports the interfaces of the old kernel IPsec, which mirror the addresses of others.
func isIPsec(name string) bool {
	digits, ok := strings.CutPrefix(name, "ipsec")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}
