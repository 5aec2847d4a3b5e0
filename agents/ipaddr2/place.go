package ipaddr2

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// A session is one action's dealings with the kernel, inside the resource's network namespace.
type session struct {
	*config
	call *ocf.Call
	net  *netif.Net
}

// inside runs an action in the resource's network namespace. What a missing one means is the action's
// to say: the error matches netif.ErrNoNamespace.
func (a *config) inside(c *ocf.Call, act func(*session) error) error {
	return netif.In(a.namespace, func() error {
		net := &netif.Net{Trace: c.Log.Trace}
		defer net.Close()
		return act(&session{config: a, call: c, net: net})
	})
}

// A place is where the address belongs, and how the entry looks there.
type place struct {
	link      netif.Link
	prefix    int
	label     string
	scope     uint8
	metric    uint32
	broadcast netip.Addr
	// hardware is announced as the address's owner; nil is the link's own.
	hardware net.HardwareAddr
}

// locate says where the address belongs (ipaddr2.md 4). Start wants the entry complete, with broadcast
// and metric; the others want only what tells one entry from another. The error is *misplaced unless
// the kernel refused to answer.
func (s *session) locate(complete bool) (place, error) {
	params := s.selectionParams()
	if complete {
		params = append(params, "broadcast")
	}
	if err := s.call.Params.Err(params...); err != nil {
		return place{}, &misplaced{badSyntax, err}
	}
	var link netif.Link
	if s.nic != "" {
		var err error
		link, err = s.net.LinkByName(s.nic)
		if errors.Is(err, netif.ErrNoLink) {
			return place{}, &misplaced{noInterface, fmt.Errorf("interface %s does not exist on this node", s.nic)}
		}
		if err != nil {
			return place{}, err
		}
	}
	choice, err := s.choose(link, complete)
	if err != nil {
		return place{}, err
	}
	if s.nic == "" {
		if link, err = s.net.LinkByIndex(choice.Index); err != nil {
			return place{}, err
		}
	}
	return s.placeOn(link, choice, complete)
}

// choose completes interface and prefix length from the routing table where they are not configured.
func (s *session) choose(link netif.Link, complete bool) (netif.Choice, error) {
	wish := netif.Wish{IP: s.ip, Prefix: s.prefix(), Index: link.Index, Proto: s.proto}
	family := netif.FamilyOf(s.ip)
	var err error
	if wish.Prefix == 0 || wish.Index == 0 || (complete && (s.ip.Is6() || s.bcast == broadcast{})) {
		if wish.Routes, err = s.net.Routes(family); err != nil {
			return netif.Choice{}, err
		}
	}
	if s.ip.IsLoopback() && s.ip.Is4() && wish.Prefix == 0 && wish.Index == 0 {
		route, found, err := s.net.CoveringLocal(s.ip)
		if err != nil {
			return netif.Choice{}, err
		}
		if found {
			wish.Loopback = &route
		}
	}
	choice, err := netif.Select(wish)
	switch {
	case errors.Is(err, netif.ErrNoInterface):
		err = &misplaced{badSyntax, fmt.Errorf("link-local address %s needs the parameter nic", s.ip)}
	case errors.Is(err, netif.ErrBadPrefix):
		err = &misplaced{badSyntax, err}
	case errors.Is(err, netif.ErrNoRoute):
		err = &misplaced{noRoute, s.explainNoRoute()}
	}
	return choice, err
}

// explainNoRoute says what was looked for and how to do without.
func (s *session) explainNoRoute() error {
	what, hint := s.ip.String(), "set nic and cidr_netmask"
	if s.prefix() != 0 {
		what = fmt.Sprintf("%s/%d", s.ip, s.prefix())
		hint = "set nic"
	}
	on := "any interface"
	if s.nic != "" {
		on, hint = s.nic, "set cidr_netmask"
	}
	if s.proto != 0 {
		on += " with protocol " + s.call.Params.Value("proto")
	}
	return fmt.Errorf("no connected route to %s on %s; add one, or %s", what, on, hint)
}

// placeOn is the place for a choice; broadcast and metric only when it is to be complete.
func (s *session) placeOn(link netif.Link, choice netif.Choice, complete bool) (place, error) {
	label, err := s.fullLabel(link)
	if err != nil {
		return place{}, err
	}
	at := place{link: link, prefix: choice.Prefix, label: label, scope: choice.Scope}
	if !complete {
		return at, nil
	}
	if s.ip.Is6() {
		at.metric = choice.Metric
		return at, nil
	}
	var copied netip.Addr
	if (s.bcast == broadcast{}) && choice.Source.IsValid() {
		addresses, err := s.net.Addresses(link.Index, netif.IPv4)
		if err != nil {
			return place{}, err
		}
		copied = netif.BroadcastOf(choice.Source, addresses)
	}
	at.broadcast = s.bcast.of(netip.PrefixFrom(s.ip, at.prefix), copied)
	return at, nil
}

// entry is the address entry that start adds at the place.
func (s *session) entry(at place) netif.Address {
	address := netif.Address{
		Index: at.link.Index, IP: s.ip, Prefix: at.prefix, Label: at.label, Scope: at.scope,
		Broadcast: at.broadcast, Metric: at.metric,
		ValidLft: netif.Forever, PreferredLft: netif.Forever,
	}
	if s.noPrefixRoute {
		address.Flags |= netif.NoPrefixRoute
	}
	if s.ip.Is6() {
		address.PreferredLft = s.preferred.seconds
		if s.noDAD {
			address.Flags |= netif.NoDAD
		}
	}
	return address
}
