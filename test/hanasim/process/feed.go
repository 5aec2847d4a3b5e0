package process

import (
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// keyDigest identifies the PKI files of a system.
func keyDigest(s site.System) string {
	sum := sha256.New()
	for _, path := range s.Keys() {
		text, err := os.ReadFile(path)
		if err != nil {
			return "missing"
		}
		sum.Write(text)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// listen opens the replication port on the address that the site's own host name has there.
func listen(s site.System, port int) (net.Listener, error) {
	address := s.Resolve(s.Host)
	listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", address, port))
	if err != nil {
		return nil, fmt.Errorf("open the replication port: %w", err)
	}
	return listener, nil
}

// serveSecondaries accepts secondaries. asked gets what is no greeting of one.
func (v *volume) serveSecondaries(l net.Listener, asked func(*wire.Conn, wire.Message)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			conn := wire.New(c)
			defer conn.Close()
			var m wire.Message
			// A peer that connects and says nothing must not stay for ever.
			_ = conn.SetReadDeadline(time.Now().Add(v.patience))
			if conn.Receive(&m) != nil {
				return
			}
			if m.Kind != wire.Hello {
				asked(conn, m)
				return
			}
			v.feed(conn, m)
		}()
	}
}

// feed serves one secondary until its connection ends.
func (v *volume) feed(conn *wire.Conn, hello wire.Message) {
	id := hello.Site.ID
	plan, why := v.greet(conn, hello)
	if why != "" {
		// The other side sees the end of the connection anyway.
		_ = conn.Send(wire.Message{Kind: wire.Refuse, Why: why})
		return
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		v.hear(conn, id)
	}()
	details := v.ship(conn, id, plan, gone)
	conn.Close()
	<-gone
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.feeds[id] == conn {
		v.lose(id, details)
	}
}

// greet answers a secondary's greeting, or says why not.
func (v *volume) greet(conn *wire.Conn, hello wire.Message) (core.Plan, string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id := hello.Site.ID
	switch {
	case v.closed || v.role.Mode == core.None || v.role.Mode == "":
		return core.Plan{}, "this system does not replicate"
	case hello.Key != keyDigest(v.system):
		return core.Plan{}, "the PKI files differ"
	case v.role.Mode.Secondary() && !(core.Target{Log: v.log}).Usable():
		return core.Plan{}, "this secondary has no data yet"
	case v.role.Suspended:
		return core.Plan{}, "this primary is suspended"
	}
	common, _ := v.log.Common(hello.Turns, hello.Last)
	plan, ok := v.source.Connect(id, hello.Turns, hello.Last, hello.Usable)
	if !ok {
		return core.Plan{}, fmt.Sprintf("site %d is not registered here", id)
	}
	v.hangUp(id)
	v.feeds[id] = conn
	v.reportLoss(id)
	v.wake()
	err := conn.Send(wire.Message{Kind: wire.Plan, Plan: &plan, Turns: v.log.Turns, Common: common, Peers: v.role.Peers})
	if err != nil {
		return plan, err.Error()
	}
	return plan, ""
}

// ship sends what a secondary lacks, and says in the end why it stopped.
func (v *volume) ship(conn *wire.Conn, id int, plan core.Plan, gone <-chan struct{}) string {
	takes := deltaTime
	if plan.Full {
		takes = fullCopyTime
	}
	if !v.pause(conn, gone, takes) {
		return ending(conn)
	}
	v.mu.Lock()
	whole := v.log.Last()
	v.mu.Unlock()
	sent, told, first := plan.From, 0, true
	for {
		v.mu.Lock()
		entries, changed, topology, peers := v.source.Next(id, 500), v.changed, v.topology, v.role.Peers
		v.mu.Unlock()
		m := wire.Message{Kind: wire.Ping}
		switch {
		case len(entries) > 0 || first:
			// The first one is answered even if it is empty, and makes the channel active then.
			m, first = wire.Message{Kind: wire.Rows, Entries: entries}, false
			sent += uint64(len(entries))
		case plan.Full && sent >= whole:
			m, plan.Full = wire.Message{Kind: wire.Whole}, false
		case told != topology:
			m, told = wire.Message{Kind: wire.Topology, Peers: peers}, topology
		default:
			select {
			case <-gone:
				return ending(conn)
			case <-changed:
				continue
			case <-time.After(v.system.Lasts(pingInterval)):
			}
		}
		_ = conn.SetWriteDeadline(time.Now().Add(v.patience))
		if conn.Send(m) != nil {
			return ending(conn)
		}
	}
}

// pause lets a time go by in which the secondary is only kept informed that we live.
func (v *volume) pause(conn *wire.Conn, gone <-chan struct{}, takes time.Duration) bool {
	end := time.After(v.system.Lasts(takes))
	for {
		select {
		case <-gone:
			return false
		case <-end:
			return true
		case <-time.After(v.system.Lasts(pingInterval)):
			if conn.Send(wire.Message{Kind: wire.Ping}) != nil {
				return false
			}
		}
	}
}

// ending says why a connection ended, as systemReplicationStatus.py prints it.
func ending(conn *wire.Conn) string {
	if conn.TimedOut() {
		return "CONNECTION TIMEOUT"
	}
	return "CONNECTION CLOSED"
}

// hear reads what a secondary says until it is silent for too long.
func (v *volume) hear(conn *wire.Conn, id int) {
	var below []site.Peer
	for {
		_ = conn.SetReadDeadline(time.Now().Add(v.patience))
		var m wire.Message
		if conn.Receive(&m) != nil {
			return
		}
		if m.Kind == wire.Ack {
			v.acknowledge(conn, id, m.Position)
		}
		if m.Kind == wire.Pong && !slices.Equal(below, m.Peers) {
			below = m.Peers
			v.reports <- wire.ServiceMessage{Peers: below, From: id}
		}
	}
}

func (v *volume) acknowledge(conn *wire.Conn, id int, position uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.feeds[id] != conn {
		return
	}
	if v.source.Ack(id, position, time.Now()) {
		v.trace.info("site %d is in sync at position %d", id, position)
		v.remember()
		v.report(id, "", nil)
	}
	v.wake()
}
