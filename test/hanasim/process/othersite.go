package process

import (
	"errors"
	"fmt"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// askedByOtherSite serves what another site's hdbnsutil or nameserver wants.
func (c *coordinator) askedByOtherSite(m wire.Message) (wire.Message, error) {
	if m.Key != keyDigest(c.system) {
		return m, errors.New("the PKI files SSFS_" + c.system.SID + " of the sites differ; copy them from the primary")
	}
	switch m.Kind {
	case wire.Register:
		return c.register(*m.Site, m.Force)
	case wire.Unregister:
		return wire.Message{Kind: wire.Done}, c.drop(m.Site.ID, m.Site.Name)
	case wire.Suspend:
		return c.suspend()
	}
	return m, fmt.Errorf("request %q is unknown", m.Kind)
}

// register takes a site as our secondary.
func (c *coordinator) register(p site.Peer, force bool) (wire.Message, error) {
	c.mu.Lock()
	m := c.memory
	c.mu.Unlock()
	if m.Mode == core.None {
		return wire.Message{}, errors.New("the remote system is not enabled for system replication")
	}
	if m.Suspended {
		return wire.Message{}, errors.New("the remote system is a suspended primary")
	}
	taken := 0
	for _, q := range m.Peers {
		taken = max(taken, q.ID)
		if q.Name == p.Name && q.Host != p.Host && !force {
			return wire.Message{}, fmt.Errorf("site name %s is in use already", p.Name)
		}
		if q.Host == p.Host {
			p.ID = q.ID
		}
	}
	if q, known := m.Peer(p.ID); p.ID == 0 || known && q.Host != p.Host {
		p.ID = taken + 1
	}
	p.Source = m.ID
	if err := c.change(func(m *site.Memory) { m.Set(p) }); err != nil {
		return wire.Message{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return wire.Message{Kind: wire.Done, Site: &p, Peers: c.memory.Peers}, nil
}

// suspend ends this primary's right to write, for a takeover with handshake.
func (c *coordinator) suspend() (wire.Message, error) {
	if c.state().Mode != core.Primary {
		return wire.Message{}, errors.New("not a primary")
	}
	if err := c.change(func(m *site.Memory) { m.Suspended = true }); err != nil {
		return wire.Message{}, err
	}
	if err := c.awaitApplied(true); err != nil {
		return wire.Message{}, errors.Join(err, c.change(func(m *site.Memory) { m.Suspended = false }))
	}
	return wire.Message{Kind: wire.Done}, nil
}
