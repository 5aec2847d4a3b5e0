package process

import (
	"fmt"
	"net"
	"time"

	"ocfbox/test/hanasim/wire"
)

// activate takes the time that a start takes, and tells the nameserver when the service does its work.
func (s *service) activate() error {
	took := map[string]time.Duration{"nameserver": nameserverStart, "indexserver": indexStart}[s.service.Name]
	if took == 0 {
		took = serviceStart
	}
	time.Sleep(s.system.Lasts(took))
	if v := s.volume; v != nil {
		v.mu.Lock()
		for !v.contact {
			v.await(time.Second)
		}
		v.mu.Unlock()
		if err := s.openSQL(); err != nil {
			return err
		}
		return s.orders.Send(wire.ServiceMessage{Active: true, Usable: v.usable()})
	}
	return s.orders.Send(wire.ServiceMessage{Active: true})
}

// obey carries out an order of the nameserver.
func (s *service) obey(o wire.Order) error {
	if o.Active {
		tell("active")
	}
	if s.volume == nil {
		return nil
	}
	if o.Reported > 0 {
		s.volume.passedOn(o.Reported)
	}
	if o.Role == nil {
		return nil
	}
	if err := s.volume.take(*o.Role); err != nil {
		return err
	}
	if s.volume.ready() {
		if err := s.openSQL(); err != nil {
			return err
		}
	}
	go s.confirm(*o.Role)
	return nil
}

// confirm tells the nameserver that a role is taken; of a suspended primary, when the secondaries have everything.
func (s *service) confirm(r wire.Role) {
	end := time.Now().Add(s.volume.patience)
	for r.Suspended && !s.volume.drained() && time.Now().Before(end) {
		time.Sleep(10 * time.Millisecond)
	}
	drained := s.volume.drained()
	s.volume.reports <- wire.ServiceMessage{Applied: r.Version, Drained: drained, Usable: s.volume.usable()}
}

// openSQL opens the port for clients where there may be any.
func (s *service) openSQL() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.volume.mu.Lock()
	r := s.volume.role
	s.volume.mu.Unlock()
	if s.sql != nil || s.service.SQL == 0 || r.Mode.Secondary() && r.OperationMode != "logreplay_readaccess" {
		return nil
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", s.service.SQL))
	if err != nil {
		return fmt.Errorf("open the SQL port: %w", err)
	}
	s.sql = l
	go s.serveClients(l)
	return nil
}
