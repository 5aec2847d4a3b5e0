package pair

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ocfbox/agents/saphana"
	"ocfbox/internal/ocf"
	"ocfbox/test/scheduler"
)

// tick is the time from one monitor to the next.
const tick = time.Minute

// The intervals of the guide's monitors.
const (
	promotedMonitor   = 60 * time.Second
	unpromotedMonitor = 61 * time.Second
)

// maxFailures bounds the failures of one transition.
const maxFailures = 4

// A setback is why a plan is not carried out as it is: an action that fails, or scores that are not those of the plan any
// more when it comes to a promotion. Pacemaker aborts a plan when an attribute changes.
type setback struct {
	failure *scheduler.Event
	scores  [2]string
}

// Play lets the scheduler work through one transition. The agent carries out the actions of the plan. One that fails is
// carried out again by crm_simulate, as a failure. Scores that change before a promotion make Pacemaker plan anew.
func (p *Pair) Play(ctx context.Context, events ...scheduler.Event) (*scheduler.Transition, error) {
	cluster := p.Cluster
	for range maxFailures {
		after := p.Copy()
		after.written, after.lost = nil, nil
		t, err := cluster.Simulate(ctx, events...)
		if err != nil {
			return nil, err
		}
		back, err := after.carryOut(t, events, scoresOf(cluster))
		switch {
		case err != nil:
			return nil, err
		case back == nil:
		case back.failure != nil:
			events = append(slices.Clone(events), *back.failure)
			continue
		default:
			cluster = rescore(cluster, back.scores)
			continue
		}
		after.Cluster = t.Cluster()
		for _, w := range after.written {
			after.put(w)
		}
		after.places = t.After[Resource]
		*p = *after
		return t, nil
	}
	return nil, fmt.Errorf("more than %d failures in one transition: %v", maxFailures, events)
}

// carryOut has the agent carry out the plan. It returns the first setback that was not planned.
func (p *Pair) carryOut(t *scheduler.Transition, planned []scheduler.Event, scores [2]string) (*setback, error) {
	for _, action := range t.Actions {
		if action.Op == "fence" {
			p.Crash(action.Node)
			delete(p.unknown, action.Node)
			p.Cluster = p.Cluster.Offline(action.Node)
		}
		occasion, ok := occasionOf(action)
		if action.Resource != Resource || !ok {
			continue
		}
		if now := p.scores(); occasion == saphana.Promote && rescored(scores, now) {
			return &setback{scores: now}, nil
		}
		code, err := p.Act(action.Node, occasion)
		if err != nil {
			return nil, err
		}
		p.Inform()
		failure := scheduler.WillFail(Resource, action.Op, action.Node, int(code))
		if code != ocf.Success && !slices.Contains(planned, failure) {
			return &setback{failure: &failure}, nil
		}
	}
	return nil, nil
}

// occasionOf is the agent's action. Recurring monitors are those of Monitor.
func occasionOf(a scheduler.Action) (saphana.Occasion, bool) {
	occasion, ok := map[string]saphana.Occasion{
		"start": saphana.Start, "stop": saphana.Stop, "promote": saphana.Promote, "demote": saphana.Demote,
	}[a.Op]
	return occasion, ok
}

// Monitor lets time pass: the hook and the topology agents tell what has changed, and the recurring monitors of the
// agent run. What a monitor reports that Pacemaker does not expect is an event of the next transition.
func (p *Pair) Monitor() ([]scheduler.Event, error) {
	p.Inform()
	return p.Judge()
}

// Judge lets the recurring monitors run with what the cluster has been told so far.
func (p *Pair) Judge() ([]scheduler.Event, error) {
	p.clock = p.clock.Add(tick)
	var events []scheduler.Event
	for _, place := range p.places {
		if !p.Cluster.Member(place.Node) || place.Role == "Failed" {
			continue
		}
		expected, interval := ocf.Success, unpromotedMonitor
		if place.Role == "Promoted" {
			expected, interval = ocf.RunningPromoted, promotedMonitor
		}
		code, err := p.Act(place.Node, saphana.Monitor)
		if err != nil {
			return nil, err
		}
		if code != expected {
			events = append(events, scheduler.Reports(Resource, "monitor", interval, place.Node, int(code)))
		}
	}
	return events, nil
}

// Refresh forgets what is known of the agent's resource on a node and probes it, as `crm resource refresh` does.
func (p *Pair) Refresh(node string) error {
	p.Cluster = p.Cluster.Unprobed(Resource, node)
	code, err := p.Act(node, saphana.Probe)
	if err == nil {
		p.Cluster = p.Cluster.Did(Resource, "monitor", 0, node, int(code))
	}
	return err
}

// maxRounds bounds a way to rest; that of a takeover with a registration takes six.
const maxRounds = 12

// Settle lets transitions and monitors follow each other until neither has anything to do, and returns the transitions.
// It begins with the transition of the events. A transition that [Check] finds fault with is an error.
func (p *Pair) Settle(ctx context.Context, events ...scheduler.Event) ([]*scheduler.Transition, error) {
	var all []*scheduler.Transition
	for range maxRounds {
		start := p.Copy()
		t, err := p.Play(ctx, events...)
		if err == nil {
			err = Check(start, p, t)
		}
		if err != nil {
			return all, err
		}
		all = append(all, t)
		before := p.scores()
		if events, err = p.Monitor(); err == nil {
			err = CheckScores(p)
		}
		if err != nil {
			return all, err
		}
		if t.Quiet() && len(events) == 0 && p.scores() == before {
			return all, nil
		}
	}
	return all, fmt.Errorf("no rest after %d transitions", maxRounds)
}

func (p *Pair) scores() [2]string { return scoresOf(p.Cluster) }

func scoresOf(c *scheduler.Cluster) [2]string {
	return [2]string{c.TransientValue(First, score), c.TransientValue(Second, score)}
}

// rescored reports whether a node has another score now. One that has left has none.
func rescored(before, now [2]string) bool {
	return slices.ContainsFunc([]int{0, 1}, func(i int) bool { return now[i] != "" && now[i] != before[i] })
}

// rescore is the cluster with those scores of the nodes that are there.
func rescore(c *scheduler.Cluster, scores [2]string) *scheduler.Cluster {
	for i, node := range []string{First, Second} {
		if scores[i] != "" {
			c = c.Score(Resource, node, scores[i])
		}
	}
	return c
}
