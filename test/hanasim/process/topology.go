package process

import (
	"slices"
	"strings"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// role is what services are told. The caller holds the lock.
func (c *coordinator) role() wire.Role {
	m := c.memory
	return wire.Role{
		Version: c.version, Mode: m.Mode, ID: m.ID, Name: m.Name, OperationMode: m.OperationMode, Peers: m.Peers,
		Epoch: m.Epoch, Remote: m.Remote, Suspended: m.Suspended, FullCopy: m.FullCopy, FullSync: c.fullSync, Timeout: c.timeout,
	}
}

// change alters what the site knows, on disk and in all services.
func (c *coordinator) change(how func(*site.Memory)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.system.Change(how)
	if err != nil {
		return err
	}
	c.memory = m
	c.version++
	role := c.role()
	c.channels = slices.DeleteFunc(c.channels, func(k wire.Channel) bool {
		return m.Mode == core.None || !slices.ContainsFunc(m.Fed(), func(p site.Peer) bool { return p.ID == k.Site })
	})
	for _, me := range c.members {
		if me.service.Volume > 0 {
			// One that is gone by now gets the role when it comes back.
			_ = me.conn.Send(wire.Order{Role: &role})
		}
	}
	return nil
}

// heardOf takes over what another site says of the sites: the one that we get our data from knows all,
// one that gets its data from us knows those below it.
func (c *coordinator) heardOf(peers []site.Peer, from int) {
	c.mu.Lock()
	m := c.memory
	c.mu.Unlock()
	next := m
	if from == 0 {
		fed := m.Fed()
		next.Peers = nil
		for _, p := range append(slices.Clone(peers), fed...) {
			next.Set(p)
		}
	} else {
		for _, p := range m.Peers {
			if p.Source == from && !slices.ContainsFunc(peers, func(q site.Peer) bool { return q.ID == p.ID }) {
				next.Drop(p.ID)
			}
		}
		for _, p := range peers {
			next.Set(p)
		}
	}
	if slices.Equal(next.Peers, m.Peers) && !m.FullCopy {
		return
	}
	err := c.change(func(m *site.Memory) {
		m.Peers = next.Peers
		m.FullCopy = m.FullCopy && from != 0
	})
	if err != nil {
		c.trace.line('e', "sr_nameserver", "Simulator.cpp(00005)", "%v", err)
	}
}

// state is what the commands show.
func (c *coordinator) state() *wire.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &wire.State{
		Memory: c.memory, Mode: c.memory.Mode, ID: c.memory.ID, Name: c.memory.Name, OpMode: c.memory.OperationMode,
		Channels: slices.Clone(c.channels),
	}
	for _, v := range c.system.Services() {
		active := "no"
		usable := false
		if me := c.members[v.Port]; me != nil {
			active, usable = me.active, me.usable
		}
		s.Services = append(s.Services, wire.ServiceState{Service: v, Active: active, Usable: usable})
	}
	for i := range s.Channels {
		s.Channels[i].Report.Mode = core.Mode(strings.ToLower(string(s.Channels[i].Report.Mode)))
	}
	return s
}
