package service

import (
	"context"
	"fmt"
	"time"

	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/scenario"
	"ocfbox/test/topologies"
)

// A play is one group on a stage, with its client.
type play struct {
	*scenario.Stage
	group
	store  store
	client *client
	// rest ends the client and waits for it.
	rest func()
}

// begin fills the disk, brings the group up, and lets a client write. It returns where.
func begin(s *scenario.Stage, g group) (p *play, home string) {
	p = &play{Stage: s, group: g}
	s.Step("fill the shared disk on %s, as an administrator does before there is a group", s.Members()[0])
	s.Run(s.Members()[0], "sh", "-ec", fmt.Sprintf("mkdir -p %[2]s\nmount %[1]s %[2]s\ncd %[2]s\n%[3]s\ncd /\numount %[2]s",
		disk.Default().Device(), mountpoint, g.fill))
	s.Step("configure the group %s at %s", g.id, address())
	s.Configure(topologies.Configuration(g.name))
	home = s.AwaitStarted(g.resource)
	s.AwaitReached(address())
	g.ready(s, home)
	p.store = g.open(s)
	p.write()
	p.awaitRows(enough)
	s.Step("a client writes rows through %s, one after the other", address())
	return p, home
}

// write starts the client.
func (p *play) write() {
	ctx, cancel := context.WithCancel(p.Context())
	ended := make(chan struct{})
	p.rest = func() { cancel(); <-ended }
	p.client = &client{put: p.store.put, served: p.Served}
	p.Go(func(context.Context) {
		defer close(ended)
		p.client.run(ctx)
	})
}

// enough rows are acknowledged before something happens.
const enough = 10

func (p *play) awaitRows(n int) {
	p.Await(fmt.Sprintf("%d rows are written through %s", n, address()), scenario.Patience, func(context.Context) error {
		if have := len(acknowledged(p.client.attempts())); have < n {
			return fmt.Errorf("%d are", have)
		}
		return nil
	})
}

// awaitRow waits until a row is acknowledged that was asked for after since.
func (p *play) awaitRow(since time.Time) {
	p.Await("a row is written through "+address().String(), scenario.Patience, func(context.Context) error {
		list := p.client.attempts()
		if len(list) == 0 {
			return fmt.Errorf("the client has no answer yet")
		}
		last := list[len(list)-1]
		if last.err == nil && last.asked.Before(since) {
			return fmt.Errorf("the last one was asked for at %s", clock(last.asked))
		}
		return last.err
	})
}

// resumed waits until the service runs where it may, and answers there, and says how long it did not. It returns where.
func (p *play) resumed(since time.Time, what string, place func() string) string {
	node := place()
	p.awaitRow(time.Now())
	p.RequireHeldBy(address(), node)
	p.Fact("%s: %.1f s from one acknowledged row to the next", what, outage(p.client.attempts(), since).Seconds())
	return node
}

// end stops the client, reads back what there is, and judges.
func (p *play) end() {
	p.rest()
	p.RequireNeverTwice(address())
	ctx, cancel := context.WithTimeout(p.Context(), 10*time.Second)
	defer cancel()
	rows, err := p.store.rows(ctx)
	p.Must(err)
	attempts := p.client.attempts()
	p.Must(verdict(attempts, rows, p.Spans(address())))
	p.Fact("%d of %d rows were acknowledged, and none of them is lost", len(acknowledged(attempts)), len(attempts))
}
