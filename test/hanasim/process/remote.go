package process

import (
	"errors"
	"fmt"
	"net"
	"time"

	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// askSite asks the nameserver of another site.
func askSite(s site.System, host string, m wire.Message) (wire.Message, error) {
	patience := s.Lasts(logshippingTimeout)
	c, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", s.Resolve(host), site.ReplicationPort(s.Port(1))), patience)
	if err != nil {
		return m, err
	}
	conn := wire.New(c)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
	var a wire.Message
	if err := conn.Ask(m, &a); err != nil {
		return a, err
	}
	if a.Kind != wire.Done {
		return a, errors.New(a.Why)
	}
	return a, nil
}

// RegisterAt registers a site as the secondary of a host. It returns the site's number and all sites.
func RegisterAt(s site.System, host string, p site.Peer, force bool) (site.Peer, []site.Peer, error) {
	a, err := askSite(s, host, wire.Message{Kind: wire.Register, Site: &p, Key: keyDigest(s), Force: force})
	if err != nil {
		return p, nil, err
	}
	return *a.Site, a.Peers, nil
}

// UnregisterAt takes a site from its source's list.
func UnregisterAt(s site.System, host string, p site.Peer) error {
	_, err := askSite(s, host, wire.Message{Kind: wire.Unregister, Site: &p, Key: keyDigest(s)})
	return err
}
