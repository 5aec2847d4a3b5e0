package process

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// A coordinator is what a nameserver does besides keeping its own volume: it knows the site's role and
// the services, and calls the HA/DR providers.
type coordinator struct {
	system site.System
	trace  *trace
	hooks  *hooks
	// calls are made one after the other, as HANA does.
	calls chan func()

	mu       sync.Mutex
	changed  chan struct{}
	memory   site.Memory
	fullSync bool
	timeout  time.Duration
	version  uint64
	members  map[int]*member
	channels []wire.Channel
	stopping bool
}

// A member is a service that is there.
type member struct {
	conn    *wire.Conn
	service site.Service
	active  string
	usable  bool
	applied uint64
	drained bool
}

// startCoordinator loads the providers and opens the sockets.
func startCoordinator(s *service) (*coordinator, error) {
	memory, err := s.system.Recall()
	if err != nil {
		return nil, err
	}
	fullSync, timeout, err := shipping(s.system)
	if err != nil {
		return nil, err
	}
	c := &coordinator{
		system: s.system, trace: s.trace, memory: memory, members: map[int]*member{}, version: 1,
		fullSync: fullSync, timeout: timeout,
		calls: make(chan func(), 1000), changed: make(chan struct{}),
	}
	c.hooks = newHooks(s.system, s.trace)
	c.hooks.load()
	go func() {
		for call := range c.calls {
			call()
		}
	}()
	services, err := net.Listen("unix", c.system.Socket("services"))
	if err != nil {
		return nil, fmt.Errorf("open the services' socket: %w", err)
	}
	questions, err := net.Listen("unix", c.system.Socket("nameserver"))
	if err != nil {
		return nil, fmt.Errorf("open the nameserver's socket: %w", err)
	}
	go accept(services, c.attend)
	go accept(questions, c.answer)
	return c, nil
}

func accept(l net.Listener, serve func(*wire.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			c := wire.New(conn)
			defer c.Close()
			serve(c)
		}()
	}
}

// shipping reads how commits wait for secondaries: for ever with enable_full_sync, else for logshipping_timeout.
func shipping(s site.System) (fullSync bool, timeout time.Duration, err error) {
	ini, err := site.ReadIni(s.GlobalIni())
	if err != nil {
		return false, 0, err
	}
	timeout = logshippingTimeout
	if seconds, err := strconv.Atoi(ini.Get("system_replication", "logshipping_timeout")); err == nil && seconds > 0 {
		timeout = time.Duration(seconds) * time.Second
	}
	return ini.Get("system_replication", "enable_full_sync") == "true", s.Lasts(timeout), nil
}

// attend follows a service from its first message to its end.
func (c *coordinator) attend(conn *wire.Conn) {
	var m wire.ServiceMessage
	if conn.Receive(&m) != nil || m.Service == nil {
		return
	}
	me := &member{conn: conn, service: *m.Service, active: "starting"}
	c.mu.Lock()
	c.members[me.service.Port] = me
	role := c.role()
	if me.service.Volume > 0 {
		// One that is gone by now is noticed below.
		_ = conn.Send(wire.Order{Role: &role})
	}
	c.mu.Unlock()
	c.serviceChanged(me.service, "starting", "no")
	for {
		m = wire.ServiceMessage{}
		if conn.Receive(&m) != nil {
			break
		}
		c.hear(me, m)
	}
	c.gone(me)
}

func (c *coordinator) hear(me *member, m wire.ServiceMessage) {
	c.mu.Lock()
	was := me.active
	if m.Active {
		me.active = "yes"
	}
	me.usable = me.usable || m.Usable
	if m.Applied > 0 {
		me.applied, me.drained = m.Applied, m.Drained
	}
	close(c.changed)
	c.changed = make(chan struct{})
	now := me.active
	c.mu.Unlock()
	if m.Active {
		// A service that is gone by now is noticed by attend.
		_ = me.conn.Send(wire.Order{Active: true})
	}
	if was != now {
		c.serviceChanged(me.service, now, was)
	}
	if m.Report != nil {
		c.reported(me, *m.Report)
	}
	if m.Peers != nil {
		c.heardOf(m.Peers, m.From)
	}
}

// reported takes the news of a channel to the providers. The service may go on when they know.
func (c *coordinator) reported(me *member, r wire.Report) {
	c.mu.Lock()
	i := slices.IndexFunc(c.channels, func(k wire.Channel) bool { return k.Port == me.service.Port && k.Site == r.Site })
	before := wire.Report{Status: core.NoReplication}
	if i >= 0 {
		before = c.channels[i].Report
		c.channels[i].Report = r
	} else {
		c.channels = append(c.channels, wire.Channel{Service: me.service, Report: r})
		slices.SortFunc(c.channels, func(a, b wire.Channel) int { return a.Volume*100 + a.Site - b.Volume*100 - b.Site })
	}
	tells := c.memory.Mode == core.Primary && before.Status != r.Status &&
		(r.Status == core.Error || r.Status == core.Active || r.Status == core.Unknown || before.InSync && !r.InSync)
	c.mu.Unlock()
	c.calls <- func() {
		if tells {
			c.hooks.connectionChanged(c.event(me.service, r))
		}
		// A service that is gone by now needs no answer.
		_ = me.conn.Send(wire.Order{Reported: r.Number})
	}
}

// event is what srConnectionChanged gets.
func (c *coordinator) event(v site.Service, r wire.Report) connectionEvent {
	c.mu.Lock()
	defer c.mu.Unlock()
	var system, database []core.Status
	for _, k := range c.channels {
		if k.Site != r.Site {
			continue
		}
		system = append(system, k.Status)
		if k.Database == v.Database {
			database = append(database, k.Status)
		}
	}
	return connectionEvent{
		host: c.system.Host, service: v, report: r,
		database: core.Together(database), system: core.Together(system),
	}
}

// gone notes that a service is not there any more.
func (c *coordinator) gone(me *member) {
	c.mu.Lock()
	if c.members[me.service.Port] != me {
		c.mu.Unlock()
		return
	}
	was := me.active
	delete(c.members, me.service.Port)
	var lost []wire.Report
	for i, k := range c.channels {
		if k.Port == me.service.Port && !c.stopping {
			c.channels[i].Status = core.Unknown
			lost = append(lost, c.channels[i].Report)
		}
	}
	primary := c.memory.Mode == core.Primary
	c.mu.Unlock()
	c.serviceChanged(me.service, "no", was)
	for _, r := range lost {
		if primary {
			c.calls <- func() { c.hooks.connectionChanged(c.event(me.service, r)) }
		}
	}
}

func (c *coordinator) serviceChanged(v site.Service, status, before string) {
	c.mu.Lock()
	daemon := "yes"
	if c.stopping {
		daemon = "stopping"
	}
	c.mu.Unlock()
	c.calls <- func() { c.hooks.serviceChanged(c.system.Host, v, status, before, daemon) }
}
