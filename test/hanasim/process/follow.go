package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/wire"
)

// A follower keeps the connection of a secondary volume to its source.
type follower struct {
	volume *volume
	remote string
	end    context.CancelFunc
	ended  chan struct{}
}

// follow starts a follower, unless there is one of the same source. The caller holds the lock.
func (v *volume) follow(before wire.Role) {
	if v.follower != nil && before.Remote == v.role.Remote && before.ID == v.role.ID {
		return
	}
	v.unfollow()
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{volume: v, remote: v.role.Remote, end: cancel, ended: make(chan struct{})}
	v.follower = f
	go f.run(ctx)
}

// unfollow ends the follower and waits for it. The caller holds the lock, which is let go meanwhile.
func (v *volume) unfollow() {
	f := v.follower
	if f == nil {
		return
	}
	v.follower = nil
	v.mu.Unlock()
	f.end()
	<-f.ended
	v.mu.Lock()
}

// run connects again and again until the follower's end.
func (f *follower) run(ctx context.Context) {
	defer close(f.ended)
	v := f.volume
	last := ""
	for ctx.Err() == nil {
		err := f.once(ctx)
		if err != nil && err.Error() != last && ctx.Err() == nil {
			last = err.Error()
			v.trace.line('w', "sr_simulator", "Simulator.cpp(00003)", "replication from %s: %v", f.remote, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(v.system.Lasts(reconnectInterval)):
		}
	}
}

// once holds one connection to its end.
func (f *follower) once(ctx context.Context) error {
	v := f.volume
	dialer := net.Dialer{Timeout: v.patience}
	c, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", v.system.Resolve(f.remote), site.ReplicationPort(v.service.Port)))
	if err != nil {
		return err
	}
	conn := wire.New(c)
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	plan, err := f.greet(conn)
	if err != nil {
		return err
	}
	if err := f.start(plan); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go f.flushing(ctx, conn)
	return f.receive(conn)
}

func (f *follower) greet(conn *wire.Conn) (wire.Message, error) {
	v := f.volume
	v.mu.Lock()
	me := site.Peer{ID: v.role.ID, Name: v.role.Name, Host: v.system.Host, Mode: v.role.Mode}
	usable := core.Target{Log: v.log}.Usable() && !v.role.FullCopy
	hello := wire.Message{Kind: wire.Hello, Site: &me, Key: keyDigest(v.system), Turns: v.log.Turns, Last: v.log.Last(), Usable: usable}
	v.mu.Unlock()
	_ = conn.SetDeadline(time.Now().Add(v.patience))
	var m wire.Message
	if err := conn.Ask(hello, &m); err != nil {
		return m, err
	}
	_ = conn.SetDeadline(time.Time{})
	if m.Kind != wire.Plan || m.Plan == nil {
		return m, fmt.Errorf("refused: %s", m.Why)
	}
	return m, nil
}

// start makes room for what comes.
func (f *follower) start(m wire.Message) error {
	v := f.volume
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.journal.flush(); err != nil {
		return err
	}
	lost := core.Target{Log: v.log}.Start(*m.Plan, m.Turns, m.Common)
	var err error
	what := truth.Resumed
	if m.Plan.Full {
		what = truth.Copied
		for id := range v.feeds {
			v.lose(id, "CONNECTION CLOSED")
		}
		err = v.journal.restart(m.Turns)
	} else {
		err = v.journal.write(record{Turns: m.Turns})
	}
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		v.trace.info("%d rows that the source does not have are discarded", len(lost))
		if err := v.noted.note(truth.Discarded, v.role.Name, v.log.Epoch(), lost...); err != nil {
			return err
		}
	}
	v.contact = true
	v.role.FullCopy = false
	v.wake()
	v.reports <- wire.ServiceMessage{Peers: m.Peers, Usable: !v.log.Loading}
	return v.noted.note(what, v.role.Name, v.log.Epoch())
}

// receive takes what the source sends.
func (f *follower) receive(conn *wire.Conn) error {
	for {
		_ = conn.SetReadDeadline(time.Now().Add(f.volume.patience))
		var m wire.Message
		if err := conn.Receive(&m); err != nil {
			return err
		}
		answer, err := f.handle(m)
		if err != nil {
			return err
		}
		_ = conn.SetWriteDeadline(time.Now().Add(f.volume.patience))
		if err := conn.Send(answer); err != nil {
			return err
		}
	}
}

func (f *follower) handle(m wire.Message) (wire.Message, error) {
	v := f.volume
	v.mu.Lock()
	defer v.mu.Unlock()
	target := core.Target{Log: v.log}
	switch m.Kind {
	case wire.Rows:
		if err := target.Take(m.Entries); err != nil {
			return m, err
		}
		if err := v.keep(m.Entries); err != nil {
			return m, err
		}
	case wire.Whole:
		target.Finish()
		no := false
		if err := errors.Join(v.journal.flush(), v.journal.write(record{Loading: &no})); err != nil {
			return m, err
		}
		v.reports <- wire.ServiceMessage{Usable: true}
	case wire.Topology:
		v.reports <- wire.ServiceMessage{Peers: m.Peers}
	}
	v.source.Noticed(time.Now())
	v.wake()
	if v.log.Loading || m.Kind != wire.Rows && m.Kind != wire.Whole {
		return wire.Message{Kind: wire.Pong, Peers: v.below()}, nil
	}
	return wire.Message{Kind: wire.Ack, Position: v.log.Last()}, nil
}

// keep makes entries durable before they are acknowledged; in the other modes soon after. The caller
// holds the lock.
func (v *volume) keep(entries []core.Entry) error {
	if v.role.Mode == core.Sync {
		return v.journal.entries(entries)
	}
	v.journal.lazy = append(v.journal.lazy, entries...)
	return nil
}

// flushing makes durable now and then what is in memory only.
func (f *follower) flushing(ctx context.Context, conn *wire.Conn) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(f.volume.system.Lasts(lazyFlush)):
		}
		f.volume.mu.Lock()
		err := f.volume.journal.flush()
		f.volume.mu.Unlock()
		if err != nil {
			conn.Close()
			return
		}
	}
}

// below lists the sites that get their data from here, for the source to know. The caller holds the lock.
func (v *volume) below() []site.Peer {
	var list []site.Peer
	for _, p := range v.role.Peers {
		if p.Source == v.role.ID && p.ID != v.role.ID {
			list = append(list, p)
		}
	}
	return list
}
