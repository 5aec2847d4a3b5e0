package scenario

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/referee"
)

// Await waits for a condition.
func (s *Stage) Await(what string, within time.Duration, check func(context.Context) error) {
	s.Must(cluster.Await(s.ctx, what, within, check))
}

// Stays demands that something holds for a while.
func (s *Stage) Stays(long time.Duration, what string, check func(context.Context) error) {
	for until := time.Now().Add(long); time.Now().Before(until); {
		if err := check(s.ctx); err != nil {
			s.Fail("%s: %w", what, err)
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-s.ctx.Done():
			s.Fail("%w", s.ctx.Err())
		}
	}
	s.Step("for %s %s", long, what)
}

// AwaitReady waits until all nodes that are on form a cluster.
func (s *Stage) AwaitReady() {
	s.Must(s.lab.AwaitReady(s.ctx, Patience))
}

// AwaitStarted waits until the cluster says that a resource runs on exactly one node, and returns that.
func (s *Stage) AwaitStarted(id string) string {
	return s.awaitPlace(id, "somewhere", func(string) bool { return true })
}

// AwaitOn waits until a resource runs on node and nowhere else.
func (s *Stage) AwaitOn(id, node string) {
	s.awaitPlace(id, "on "+node, func(n string) bool { return n == node })
}

// AwaitLeft waits until a resource runs on one node other than the named, and returns that.
func (s *Stage) AwaitLeft(id, node string) string {
	return s.awaitPlace(id, "away from "+node, func(n string) bool { return n != node })
}

func (s *Stage) awaitPlace(id, where string, right func(string) bool) string {
	var place string
	s.Await(fmt.Sprintf("%s runs %s", id, where), Patience, func(ctx context.Context) error {
		view, err := s.view(ctx)
		if err != nil {
			return err
		}
		on := view.On(id)
		if len(on) != 1 || !right(on[0]) {
			return fmt.Errorf("it runs on %v; %s", on, view)
		}
		place = on[0]
		return nil
	})
	s.Step("%s runs on %s, says the cluster", id, place)
	return place
}

// view asks a running node that has a quorum and a DC, or else any running one.
func (s *Stage) view(ctx context.Context) (cluster.View, error) {
	nodes, err := s.lab.Running(ctx)
	if err != nil {
		return cluster.View{}, err
	}
	last, lastErr := cluster.View{}, fmt.Errorf("no node is on")
	for _, n := range nodes {
		v, err := s.lab.View(ctx, n)
		if err == nil && v.Quorate && v.DC != "" {
			return v, nil
		}
		if err == nil || last.Nodes == nil {
			last, lastErr = v, err
		}
	}
	return last, lastErr
}

// AwaitEvent waits for the n-th event of the rack that fits.
func (s *Stage) AwaitEvent(what string, n int, fits func(rack.Event) bool) rack.Event {
	var found rack.Event
	s.Await(what, 2*Patience, func(context.Context) error {
		matching := s.events.matching(fits)
		if len(matching) < n {
			return fmt.Errorf("%d of %d seen; last event: %s", len(matching), n, s.events.last())
		}
		found = matching[n-1]
		return nil
	})
	return found
}

// AwaitReached waits until the client reaches an address.
func (s *Stage) AwaitReached(address netip.Addr) {
	s.Await(fmt.Sprintf("the client reaches %s", address), Patience, func(context.Context) error {
		if !s.client.reaches(address) {
			return fmt.Errorf("it does not; the kernel has the address on %v", s.referee.Holders(address))
		}
		return nil
	})
	s.Step("the client reaches %s", address)
}

// RequireHeldBy demands that, in truth, exactly this node has the address.
func (s *Stage) RequireHeldBy(address netip.Addr, node string) {
	s.Await(fmt.Sprintf("only %s has %s", node, address), 5*time.Second, func(context.Context) error {
		if holders := s.referee.Holders(address); !slices.Equal(holders, []string{node}) {
			return fmt.Errorf("the kernel has it on %v", holders)
		}
		return nil
	})
}

// Spans are the times in which nodes had an address, as their kernels said.
func (s *Stage) Spans(address netip.Addr) []referee.Span { return s.referee.Spans(address) }

// RequireNeverTwice demands that no two nodes ever had the address at once.
func (s *Stage) RequireNeverTwice(address netip.Addr) {
	s.Must(s.referee.Twice(address, time.Now()))
}

// RequireFencedFirst demands that, since the failure, a node got the address only after the other was confirmed to be
// off, whichever node had asked for that.
func (s *Stage) RequireFencedFirst(address netip.Addr, taker, fenced string) {
	off := s.AwaitEvent("fencing of "+fenced, 1, func(e rack.Event) bool {
		return e.What == rack.Fencing && e.Node == fenced && strings.HasSuffix(e.Detail, " asked for off: done, says the device")
	})
	for _, span := range s.referee.Spans(address) {
		if span.Node == taker && span.From.After(s.broke) && span.From.Before(off.Time) {
			s.Fail("%s had %s at %s, before %s was confirmed to be off at %s", taker, address,
				span.From.Format("15:04:05.000"), fenced, off.Time.Format("15:04:05.000"))
		}
	}
}

// RequireNotFenced demands that no node has been fenced since the scenario began.
func (s *Stage) RequireNotFenced() {
	for _, e := range s.events.matching(fenced) {
		s.Fail("%s was fenced at %s", e.Node, e.Time.Format("15:04:05.000"))
	}
}

// AwaitSettled waits until the cluster has nothing more to do.
func (s *Stage) AwaitSettled() {
	dc := ""
	s.Await("a DC", Patience, func(ctx context.Context) error {
		view, err := s.view(ctx)
		if err != nil {
			return err
		}
		if dc = view.DC; dc == "" {
			return fmt.Errorf("there is none: %s", view)
		}
		return nil
	})
	s.Run(dc, "crm_resource", "--wait", "--timeout", "60s")
}
