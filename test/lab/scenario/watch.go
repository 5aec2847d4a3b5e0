package scenario

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/trajectory"
)

// events are those of the rack since the scenario began.
type events struct {
	mu   sync.Mutex
	list []rack.Event
}

func (l *events) add(e rack.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, e)
}

func (l *events) matching(fits func(rack.Event) bool) []rack.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var matching []rack.Event
	for _, e := range l.list {
		if fits(e) {
			matching = append(matching, e)
		}
	}
	return matching
}

func (l *events) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return "none"
	}
	e := l.list[len(l.list)-1]
	return e.Node + " " + e.What + " " + e.Detail
}

// watch starts everything that observes, until ctx ends; wait returns when all of it has.
func (s *Stage) watch(ctx context.Context) (wait func(), err error) {
	s.referee.Changed = func(t time.Time, node string, address netip.Addr, up bool) {
		s.recorder.Add(trajectory.Entry{Time: t, Kind: trajectory.Address, Node: node, Address: address.String(), Up: up})
	}
	s.client.changed = func(t time.Time, address netip.Addr, up bool) {
		s.recorder.Add(trajectory.Entry{Time: t, Kind: trajectory.Reach, Node: cluster.ClientHost, Address: address.String(), Up: up})
	}
	for _, m := range s.members {
		if err := s.watchAddresses(ctx, m); err != nil {
			return nil, err
		}
	}
	s.watchers.Go(func() { s.watchRack(ctx) })
	for _, m := range s.members {
		s.watchers.Go(func() { s.sample(ctx, m) })
	}
	s.watchers.Go(func() { s.client.run(ctx, s.lab) })
	return s.watchers.Wait, nil
}

func (s *Stage) watchAddresses(ctx context.Context, node string) error {
	process, err := s.lab.Process(ctx, node)
	if err != nil {
		return err
	}
	defer process.Close()
	return s.referee.Watch(ctx, node, process)
}

// watchRack follows power, links and fencing.
func (s *Stage) watchRack(ctx context.Context) {
	// It ends with ctx, or with the laboratory, which every other step will notice.
	_ = s.lab.Events(ctx, func(e rack.Event) {
		if e.Time.Before(s.began) {
			return
		}
		s.events.add(e)
		s.recorder.Add(trajectory.Entry{Time: e.Time, Kind: trajectory.Event, Node: e.Node, What: e.What, Detail: e.Detail})
		switch e.What {
		case rack.PowerOff:
			s.referee.Off(e.Time, e.Node)
		case rack.PowerOn:
			if err := errors.Join(s.watchAddresses(ctx, e.Node), s.rejoined(ctx, e.Node)); err != nil && ctx.Err() == nil {
				s.recorder.Add(trajectory.Entry{Kind: trajectory.Event, Node: e.Node, What: "unwatched", Detail: err.Error()})
			}
		}
	})
}

// sample asks a node once a second what it thinks of the cluster. A node that does not answer
// leaves no sample.
func (s *Stage) sample(ctx context.Context, node string) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if view, err := s.lab.View(ctx, node); err == nil {
			s.recorder.Add(trajectory.Entry{Kind: trajectory.State, Node: node, Sample: sampleOf(view)})
		}
	}
}

func sampleOf(v cluster.View) *trajectory.Sample {
	p := &trajectory.Sample{
		DC: v.DC, Quorate: v.Quorate, Attributes: v.Attributes, Failures: v.Failures,
		Nodes: map[string]string{}, Placements: map[string]map[string]string{},
	}
	for _, n := range v.Nodes {
		p.Nodes[n.Name] = n.State()
	}
	for _, r := range v.Resources {
		if r.Node == "" {
			continue
		}
		if p.Placements[r.ID] == nil {
			p.Placements[r.ID] = map[string]string{}
		}
		p.Placements[r.ID][r.Node] = r.Role
	}
	return p
}
