package pair

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ocfbox/internal/hana"
	"ocfbox/test/scheduler"
)

// Check finds what must never be in a transition from the pair before to the pair after: two promoted at once, a
// secondary promoted that is not in sync, one that takes over and lacks data, a promoted database that is no running
// primary, one that was started and is down or waits and may be promoted, the address elsewhere than with the promoted, or anything of it taken
// over from a node that has not been fenced.
func Check(before, after *Pair, t *scheduler.Transition) error {
	return errors.Join(onePromoted(t), noneBroken(before, t), nothingLost(after), promotedRuns(after, t),
		waitingWaits(after, t), startedIsBarred(after, t), addressFollows(t), nothingUnfenced(t))
}

// onePromoted follows the plan step by step: a demotion has to come before the other promotion.
func onePromoted(t *scheduler.Transition) error {
	var promoted []string
	for _, place := range t.Before[Resource] {
		if place.Role == "Promoted" {
			promoted = append(promoted, place.Node)
		}
	}
	for _, action := range t.Actions {
		gone := action.Op == "fence" || action.Resource == Resource && (action.Op == "demote" || action.Op == "stop")
		switch {
		case gone:
			promoted = slices.DeleteFunc(promoted, func(node string) bool { return node == action.Node })
		case action.Resource == Resource && action.Op == "promote" && !slices.Contains(promoted, action.Node):
			promoted = append(promoted, action.Node)
		}
		if len(promoted) > 1 {
			return fmt.Errorf("two promoted after %q: %v", action, promoted)
		}
	}
	if after := t.Nodes(Resource, "Promoted"); len(after) > 1 {
		return fmt.Errorf("two promoted: %v", after)
	}
	return nil
}

func noneBroken(before *Pair, t *scheduler.Transition) error {
	for _, action := range t.Actions {
		if action.Resource != Resource || action.Op != "promote" || before.Databases[action.Node].Role != hana.Secondary {
			continue
		}
		if state := before.Effective(action.Node); state == "SFAIL" {
			return fmt.Errorf("%q, a secondary whose replication is %s", action, state)
		}
	}
	return nil
}

func nothingLost(after *Pair) error {
	if len(after.lost) > 0 {
		return fmt.Errorf("takeover on %v, which lacks data", after.lost)
	}
	return nil
}

// promotedRuns holds for those that the transition has promoted; the database of one that was promoted before may have
// failed since.
func promotedRuns(after *Pair, t *scheduler.Transition) error {
	for _, node := range t.Nodes(Resource, "Promoted") {
		promoted := slices.ContainsFunc(t.Actions, func(a scheduler.Action) bool {
			return a.Op == "promote" && a.Resource == Resource && a.Node == node
		})
		if d := after.Databases[node]; promoted && (!d.Up || d.Role != hana.Primary) {
			return fmt.Errorf("%s is promoted, and its database is no primary that runs: %+v", node, d)
		}
	}
	return nil
}

// waitingWaits is that a database that waits is not promoted, and has no score to be promoted with.
func waitingWaits(after *Pair, t *scheduler.Transition) error {
	for _, node := range []string{First, Second} {
		state := after.node(node).CloneState
		if !strings.HasPrefix(state, "WAITING") {
			continue
		}
		switch score := after.Score(node); {
		case !strings.HasPrefix(score, "-"):
			return fmt.Errorf("%s is %s, and its score is %s", node, state, score)
		case slices.Contains(t.Nodes(Resource, "Promoted"), node):
			return fmt.Errorf("%s is %s, and promoted", node, state)
		}
	}
	return nil
}

// startedIsBarred is that a database that a start has left down, with success, has no score to be promoted with: Pacemaker
// promotes at 0.
func startedIsBarred(after *Pair, t *scheduler.Transition) error {
	for _, place := range t.After[Resource] {
		did := func(op string) bool {
			return slices.ContainsFunc(t.Actions, func(a scheduler.Action) bool {
				return a.Op == op && a.Resource == Resource && a.Node == place.Node
			})
		}
		// What has failed before a promotion was the start.
		started, score := did("start") && (place.Role != "Failed" || did("promote")), after.Score(place.Node)
		if started && !after.Databases[place.Node].Up && !strings.HasPrefix(score, "-") {
			return fmt.Errorf("%s is started with its database down, and its score is %q", place.Node, score)
		}
	}
	return nil
}

// CheckScores is Check for what the monitors have written: a secondary whose replication is known to be SFAIL has no
// score above the 0 that a start leaves until the next monitor: Pacemaker would choose it, and it would refuse.
func CheckScores(p *Pair) error {
	for _, place := range p.places {
		d, score := p.Databases[place.Node], p.Score(place.Node)
		judged := p.Cluster.Member(place.Node) && place.Role != "Failed" && d.Up && !d.Silent
		if judged && d.Role == hana.Secondary && p.Effective(place.Node) == "SFAIL" && !strings.HasPrefix(score, "-") && score != "0" {
			return fmt.Errorf("%s is a secondary whose replication is SFAIL, and its score is %q", place.Node, score)
		}
	}
	return nil
}

func addressFollows(t *scheduler.Transition) error {
	promoted := t.Nodes(Resource, "Promoted")
	for _, node := range t.Nodes(Address, "") {
		if len(promoted) == 1 && node != promoted[0] {
			return fmt.Errorf("the address is on %s, the promoted on %s", node, promoted[0])
		}
	}
	return nil
}

func nothingUnfenced(t *scheduler.Transition) error {
	if len(t.Fenced()) == 0 {
		return nil
	}
	for _, action := range t.WithoutFencing() {
		if action.Op == "promote" || action.Op == "start" && action.Resource == Address {
			return fmt.Errorf("%q would not wait for fencing of %v", action, t.Fenced())
		}
	}
	return nil
}
