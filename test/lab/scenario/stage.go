package scenario

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/referee"
	"ocfbox/test/lab/trajectory"
)

// Patience is how long a scenario waits for something the cluster does by itself, such as moving a resource
// after a failure: detection, fencing, and an operation or two on a busy machine.
const Patience = 60 * time.Second

// A Stage is where one scenario acts. Methods that cannot do what they say end the scenario.
type Stage struct {
	ctx     context.Context
	lab     *cluster.Lab
	out     io.Writer
	members []string
	began   time.Time

	recorder *trajectory.Recorder
	referee  referee.Referee
	events   events
	client   prober
	broke    time.Time
	err      error
}

// Fail ends the scenario.
func (s *Stage) Fail(format string, args ...any) {
	s.err = fmt.Errorf(format, args...)
	runtime.Goexit()
}

func (s *Stage) must(err error) {
	if err != nil {
		s.Fail("%w", err)
	}
}

// Step says what comes next, on the screen and in the trajectory.
func (s *Stage) Step(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(s.out, "  %5.1f s  %s\n", time.Since(s.began).Seconds(), text)
	s.recorder.Add(trajectory.Entry{Kind: trajectory.Step, What: text})
}

// Members are the names of the nodes.
func (s *Stage) Members() []string { return s.members }

// Other is a member that is not the named one.
func (s *Stage) Other(node string) string {
	i := slices.IndexFunc(s.members, func(m string) bool { return m != node })
	return s.members[i]
}

// Run runs a program on a node. It must succeed.
func (s *Stage) Run(on string, args ...string) string {
	out, err := s.lab.Run(s.ctx, on, args...)
	s.must(err)
	return out
}

// Configure adds crmsh text to the cluster's configuration.
func (s *Stage) Configure(text string) {
	s.must(s.lab.LoadConfiguration(s.ctx, s.members[0], text))
}

// Standby moves all resources away from a node.
func (s *Stage) Standby(node string) {
	s.Step("put %s into standby", node)
	s.Run(node, "crm_attribute", "--type", "nodes", "--node", node, "--name", "standby", "--update", "on")
}

// Unstandby lets a node run resources again.
func (s *Stage) Unstandby(node string) {
	s.Step("let %s run resources again", node)
	s.Run(node, "crm_attribute", "--type", "nodes", "--node", node, "--name", "standby", "--delete")
}

// Crash takes the power from a node. The time to recover counts from here.
func (s *Stage) Crash(node string) {
	s.Step("take the power from %s", node)
	s.Broke()
	s.must(s.lab.Crash(s.ctx, node))
}

// Cut cuts the cables of nodes to a local network.
func (s *Stage) Cut(link string, nodes ...string) {
	s.Step("cut the %s network of %v", link, nodes)
	s.Broke()
	for _, n := range nodes {
		s.must(s.lab.SetLink(s.ctx, n, link, true))
	}
}

// Heal repairs the cables of nodes.
func (s *Stage) Heal(link string, nodes ...string) {
	s.Step("heal the %s network of %v", link, nodes)
	for _, n := range nodes {
		s.must(s.lab.SetLink(s.ctx, n, link, false))
	}
}

// Fencing makes the fencing device behave so.
func (s *Stage) Fencing(m fence.Mode) {
	s.Step("from now on the fencing device %s", m)
	s.must(s.lab.SetFencing(s.ctx, m))
}

// Broke marks the begin of the time to recover.
func (s *Stage) Broke() {
	if s.broke.IsZero() {
		s.broke = time.Now()
	}
}

// Await waits for a condition.
func (s *Stage) Await(what string, within time.Duration, check func(context.Context) error) {
	s.must(cluster.Await(s.ctx, what, within, check))
}

// AwaitReady waits until all nodes that are on form a cluster.
func (s *Stage) AwaitReady() {
	s.must(s.lab.AwaitReady(s.ctx, Patience))
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

// RequireNeverTwice demands that no two nodes ever had the address at once.
func (s *Stage) RequireNeverTwice(address netip.Addr) {
	s.must(s.referee.Twice(address, time.Now()))
}

// RequireFencedFirst demands that a node got the address only after the other was confirmed to be off.
func (s *Stage) RequireFencedFirst(address netip.Addr, taker, fenced string) {
	off := s.AwaitEvent("fencing of "+fenced, 1, func(e rack.Event) bool {
		return e.What == rack.Fencing && e.Node == fenced && e.Detail == taker+" asked for off: done, says the device"
	})
	for _, span := range s.referee.Spans(address) {
		if span.Node == taker && span.From.Before(off.Time) {
			s.Fail("%s had %s at %s, before %s was confirmed to be off at %s", taker, address,
				span.From.Format("15:04:05.000"), fenced, off.Time.Format("15:04:05.000"))
		}
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
