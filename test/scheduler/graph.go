package scheduler

import (
	"maps"
	"slices"

	"github.com/beevik/etree"
)

// A graph is the scheduler's plan: steps that wait for others.
type graph []step

// A step is an action of the plan; the numbers are the plan's own.
type step struct {
	id     string
	action Action
	// pseudo steps only order others, and take place nowhere.
	pseudo bool
	after  []string
}

func parseGraph(root *etree.Element) graph {
	var g graph
	for _, synapse := range root.SelectElements("synapse") {
		var after []string
		for _, trigger := range synapse.FindElements("inputs/trigger/*") {
			after = append(after, trigger.SelectAttrValue("id", ""))
		}
		for _, element := range synapse.FindElements("action_set/*") {
			g = append(g, parseStep(element, after))
		}
	}
	return g
}

func parseStep(element *etree.Element, after []string) step {
	s := step{id: element.SelectAttrValue("id", ""), after: after, pseudo: element.Tag == "pseudo_event"}
	s.action = Action{Op: element.SelectAttrValue("operation", ""), Node: element.SelectAttrValue("on_node", "")}
	if s.action.Op == "stonith" {
		s.action.Op = "fence"
	}
	if primitive := element.SelectElement("primitive"); primitive != nil {
		s.action.Resource = instance(primitive.SelectAttrValue("id", ""))
	}
	return s
}

// WithoutFencing are the actions that take place although every attempt to fence a node fails: those that wait for no
// fencing, not even through others.
func (t *Transition) WithoutFencing() []Action {
	waits := make(map[string]bool)
	for _, s := range t.graph {
		waits[s.id] = s.action.Op == "fence"
	}
	for before := -1; before != count(waits); {
		before = count(waits)
		for _, s := range t.graph {
			waits[s.id] = waits[s.id] || slices.ContainsFunc(s.after, func(id string) bool { return waits[id] })
		}
	}
	var free []Action
	for _, s := range t.graph {
		if !waits[s.id] && !s.pseudo {
			free = append(free, s.action)
		}
	}
	return free
}

func count(set map[string]bool) int {
	n := 0
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
