package scheduler

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// An Action is a step of the scheduler's plan that reaches a node. Clone instances have no numbers here: the node says
// which it is.
type Action struct {
	// Op is start, stop, promote, demote, monitor or fence.
	Op string
	// Resource is the primitive's id; "" when a node is fenced.
	Resource string
	// Node is where, or who is fenced.
	Node string
	// Interval is that of a recurring monitor.
	Interval time.Duration
}

// String is the action as a case expects it: "promote rsc_SAPHana on suse02", "fence suse01".
func (a Action) String() string {
	switch {
	case a.Op == "fence":
		return "fence " + a.Node
	case a.Interval > 0:
		return fmt.Sprintf("%s/%s %s on %s", a.Op, a.Interval, a.Resource, a.Node)
	}
	return fmt.Sprintf("%s %s on %s", a.Op, a.Resource, a.Node)
}

// A Place is where a resource runs, and in which role: Started, Promoted, Unpromoted, or Failed where its
// start, promotion or stop has failed.
type Place struct{ Node, Role string }

// A Transition is what the scheduler does about an event, and what has become of the cluster then.
type Transition struct {
	// Actions are in the order in which crm_simulate carried them out. An action that a case lets fail is one of them.
	Actions []Action
	// Before and After are where each primitive runs.
	Before, After map[string][]Place
	// Scores are the promotion scores, by primitive and node, as the scheduler sees them.
	Scores map[string]map[string]string

	events []Event
	graph  graph
	after  *Cluster
}

// Cluster is the cluster after the transition.
func (t *Transition) Cluster() *Cluster { return t.after }

// Fenced are the nodes that the plan fences.
func (t *Transition) Fenced() []string {
	var nodes []string
	for _, a := range t.Actions {
		if a.Op == "fence" && !slices.Contains(nodes, a.Node) {
			nodes = append(nodes, a.Node)
		}
	}
	return nodes
}

// Quiet reports whether there is nothing to do.
func (t *Transition) Quiet() bool { return len(t.Actions) == 0 }

// Nodes are where a primitive is in that role after the transition; any role when role is "".
func (t *Transition) Nodes(resource, role string) []string { return nodes(t.After[resource], role) }

func nodes(places []Place, role string) []string {
	var all []string
	for _, place := range places {
		if role == "" || place.Role == role {
			all = append(all, place.Node)
		}
	}
	slices.Sort(all)
	return all
}

// String is what crm_simulate has said, for the message of a case that fails.
func (t *Transition) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "events: %v\n", t.events)
	for _, a := range t.Actions {
		fmt.Fprintf(&text, "  %s\n", a)
	}
	for _, resource := range sortedKeys(t.After) {
		fmt.Fprintf(&text, "  %s: %v -> %v, scores %v\n", resource, t.Before[resource], t.After[resource], t.Scores[resource])
	}
	return text.String()
}

func parseTransition(said *etree.Element) *Transition {
	t := &Transition{Scores: make(map[string]map[string]string)}
	for _, element := range said.FindElements("transition/*") {
		if action, ok := parseAction(element); ok {
			t.Actions = append(t.Actions, action)
		}
	}
	t.Before = places(said.SelectElement("cluster_status"))
	t.After = places(said.SelectElement("revised_cluster_status"))
	for _, score := range said.FindElements("allocations/promotion_score") {
		resource, node := instance(score.SelectAttrValue("id", "")), score.SelectAttrValue("node", "")
		if node == "" {
			continue
		}
		if t.Scores[resource] == nil {
			t.Scores[resource] = make(map[string]string)
		}
		t.Scores[resource][node] = score.SelectAttrValue("score", "")
	}
	return t
}

// parseAction reads a step of the transition. What only orders other steps, and the cancelling of a monitor, is none.
func parseAction(e *etree.Element) (Action, bool) {
	if e.Tag == "fencing_action" {
		return Action{Op: "fence", Node: e.SelectAttrValue("target", "")}, true
	}
	op := e.SelectAttrValue("op", "")
	if e.Tag != "rsc_action" || op == "cancel" {
		return Action{}, false
	}
	ms, err := strconv.Atoi(e.SelectAttrValue("interval", "0"))
	if err != nil {
		return Action{}, false
	}
	return Action{
		Op:       op,
		Resource: instance(e.SelectAttrValue("resource", "")),
		Node:     e.SelectAttrValue("node", ""),
		Interval: time.Duration(ms) * time.Millisecond,
	}, true
}

// places are where the primitives of a status run.
func places(status *etree.Element) map[string][]Place {
	all := make(map[string][]Place)
	for _, resource := range status.FindElements(".//resource") {
		id := instance(resource.SelectAttrValue("id", ""))
		for _, node := range resource.SelectElements("node") {
			place := Place{node.SelectAttrValue("name", ""), resource.SelectAttrValue("role", "")}
			all[id] = append(all[id], place)
		}
		if _, known := all[id]; !known {
			all[id] = nil
		}
	}
	return all
}

// instance is a primitive's id without the number of a clone's instance.
func instance(id string) string {
	name, _, _ := strings.Cut(id, ":")
	return name
}
