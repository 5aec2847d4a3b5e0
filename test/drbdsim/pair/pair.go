// Package pair is two nodes with the simulated DRBD in memory, a network between them that can be cut, and a clock that moves only
// when it is told to. It is for tests of the simulator, and of what reads its answers.
package pair

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"ocfbox/test/drbdsim/core"
)

// step is how far the clock moves at a time, notice how long a dead connection is believed in.
const (
	step   = 100 * time.Millisecond
	notice = 8 * time.Second
)

// A Pair is the nodes and what is between them.
type Pair struct {
	Sides []*Side
	// Now is the time.
	Now time.Time
	// Handler answers for the fence-peer handler with an exit code.
	Handler func(on string) int

	generation core.Generation
	random     *rand.Rand
	cut        bool
	// dead is since when the connections have carried nothing, by resource; wires are the messages under way.
	wires map[string]*wire
}

// A wire is the connection of a resource between the two.
type wire struct {
	queue []core.Envelope
	from  []string
	since time.Time
}

// A Side is one node.
type Side struct {
	Name string
	// Node is nil while it has no power.
	Node     *core.Node
	Backings map[string]*core.Backing
	// Log is its kernel's log.
	Log  []string
	pair *Pair
}

// New makes two nodes with power and empty disks of a size, for the volumes that are named.
func New(g core.Generation, names [2]string, sizes map[string]int64) *Pair {
	p := &Pair{
		Now: time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC), generation: g, random: rand.New(rand.NewPCG(1, uint64(g))), wires: map[string]*wire{},
	}
	for _, name := range names {
		s := &Side{Name: name, Backings: map[string]*core.Backing{}, pair: p}
		for volume, size := range sizes {
			s.Backings[volume] = &core.Backing{Size: size, Data: map[int]uint64{}}
		}
		p.Sides = append(p.Sides, s)
		s.Boot()
	}
	return p
}

// Side is the node of a name.
func (p *Pair) Side(name string) *Side {
	i := slices.IndexFunc(p.Sides, func(s *Side) bool { return s.Name == name })
	return p.Sides[i]
}

// Cut takes the network away: what is sent stays on its way, and after some time both notice.
func (p *Pair) Cut() { p.cut = true }

// Heal brings it back.
func (p *Pair) Heal() { p.cut = false }

// Boot gives a node power. Nothing is up then.
func (s *Side) Boot() {
	if s.Node == nil {
		s.Node = &core.Node{Name: s.Name, Generation: s.pair.generation, Backings: s.Backings, NewID: func() uint64 { return s.pair.random.Uint64() &^ 1 }}
	}
}

// Crash takes its power: what is on the disks stays.
func (s *Side) Crash() { s.Node, s.Log = nil, nil }

func (p *Pair) other(s *Side) *Side {
	if p.Sides[0] == s {
		return p.Sides[1]
	}
	return p.Sides[0]
}

// Advance moves the clock, in steps, and carries messages.
func (p *Pair) Advance(d time.Duration) {
	for end := p.Now.Add(d); p.Now.Before(end); {
		p.Now = p.Now.Add(step)
		p.settle()
		for _, s := range p.Sides {
			if s.Node != nil {
				s.Node.Tick(p.Now)
			}
		}
		p.settle()
	}
}

// settle carries messages until none is left, without time passing.
func (p *Pair) settle() {
	for again := true; again; {
		p.collect()
		again = p.connect()
		again = p.carry() || again
	}
	p.collect()
}

// collect takes messages and lines of the logs.
func (p *Pair) collect() {
	for _, s := range p.Sides {
		if s.Node == nil {
			continue
		}
		s.Log = append(s.Log, s.Node.Log()...)
		for _, e := range s.Node.Outbox() {
			w := p.wire(e.Resource)
			w.queue, w.from = append(w.queue, e), append(w.from, s.Name)
		}
	}
}

func (p *Pair) wire(resource string) *wire {
	if p.wires[resource] == nil {
		p.wires[resource] = &wire{}
	}
	return p.wires[resource]
}

// wish is what a side wants of a resource: nothing, a connection, or the one it has.
func (s *Side) wish(resource string) (wanted, linked bool) {
	if s.Node == nil {
		return false, false
	}
	for _, w := range s.Node.Wishes() {
		if w.Resource == resource {
			return true, w.Linked
		}
	}
	return false, false
}

// resources are all that anybody has.
func (p *Pair) resources() []string {
	var names []string
	for _, s := range p.Sides {
		if s.Node == nil {
			continue
		}
		for _, w := range s.Node.Wishes() {
			if !slices.Contains(names, w.Resource) {
				names = append(names, w.Resource)
			}
		}
	}
	for name := range p.wires {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// connect makes connections where both want one, and lets those notice whose other end is gone. It tells whether
// something happened.
func (p *Pair) connect() (did bool) {
	for _, r := range p.resources() {
		a, b := p.Sides[0], p.Sides[1]
		wantA, linkA := a.wish(r)
		wantB, linkB := b.wish(r)
		w := p.wire(r)
		dead := p.cut || a.Node == nil || b.Node == nil
		if !linkA && !linkB {
			w.queue, w.from = nil, nil
		}
		switch {
		case linkA && linkB && !dead:
			w.since = time.Time{}
		case !linkA && !linkB && wantA && wantB && !dead:
			a.Node.LinkUp(p.Now, r, b.Name)
			b.Node.LinkUp(p.Now, r, a.Name)
			did = true
		case linkA || linkB:
			did = p.notice(w, r, dead, linkA, linkB) || did
		}
	}
	return did
}

// notice lets the ends of a connection know that it is dead: at once when the other end closed it, else after some time.
func (p *Pair) notice(w *wire, resource string, dead, linkA, linkB bool) bool {
	if dead && w.since.IsZero() {
		w.since = p.Now
	}
	if dead && p.Now.Sub(w.since) < notice || !dead && len(w.queue) > 0 {
		return false
	}
	w.since, w.queue, w.from = time.Time{}, nil, nil
	for i, linked := range []bool{linkA, linkB} {
		if s := p.Sides[i]; linked && s.Node != nil {
			s.Node.LinkDown(p.Now, resource, p.other(s).Name)
		}
	}
	return true
}

// carry delivers messages where the network is whole.
func (p *Pair) carry() (did bool) {
	if p.cut {
		return false
	}
	for _, r := range p.resources() {
		w := p.wire(r)
		queue, from := w.queue, w.from
		w.queue, w.from = nil, nil
		for i, e := range queue {
			to := p.Side(e.Peer)
			if to.Node != nil {
				to.Node.Receive(p.Now, r, from[i], e.Message)
				did = true
			}
		}
	}
	return did
}

// errNever says that a command did not come to its end.
var errNever = errors.New("the command did not end within a minute")

// Do carries out a command and lets time pass until its end.
func (s *Side) Do(ctx context.Context, c core.Command) (core.Result, error) {
	if s.Node == nil {
		return core.Result{}, fmt.Errorf("%s has no power", s.Name)
	}
	for end := s.pair.Now.Add(time.Minute); s.pair.Now.Before(end); {
		if err := ctx.Err(); err != nil {
			return core.Result{}, err
		}
		r := s.Node.Do(s.pair.Now, &c)
		s.pair.settle()
		switch {
		case r.Fence:
			c.Fenced = s.pair.Handler(s.Name)
		case !r.Wait:
			return r, nil
		default:
			// An answer that is there already needs no time.
			if again := s.Node.Do(s.pair.Now, &c); !again.Wait && !again.Fence {
				s.pair.settle()
				return again, nil
			}
			s.pair.Advance(step)
		}
	}
	return core.Result{}, errNever
}

// View shows the node.
func (s *Side) View(context.Context) (core.View, error) {
	if s.Node == nil {
		return core.View{}, fmt.Errorf("%s has no power", s.Name)
	}
	v := s.Node.View(s.pair.Now)
	v.Loaded = true
	return v, nil
}

// Await lets time pass and shows the node: with a clock that stands still nothing changes by itself.
func (s *Side) Await(ctx context.Context, since uint64) (core.View, uint64, error) {
	s.pair.Advance(step)
	v, err := s.View(ctx)
	return v, since + 1, err
}
