package scheduler

import (
	"fmt"
	"slices"
	"strings"
)

// A Want is what a case expects of a transition. Its error says what is expected and what is so instead.
type Want func(*Transition) error

// Promoted expects the primitive to be promoted on exactly these nodes afterwards.
func Promoted(resource string, on ...string) Want { return inRole(resource, "Promoted", on) }

// Runs expects the primitive to run on exactly these nodes afterwards, in whatever role.
func Runs(resource string, on ...string) Want { return inRole(resource, "", on) }

func inRole(resource, role string, on []string) Want {
	return func(t *Transition) error {
		if _, known := t.After[resource]; !known {
			return fmt.Errorf("there is no resource %s", resource)
		}
		have := t.Nodes(resource, role)
		if want := slices.Sorted(slices.Values(on)); !slices.Equal(want, have) {
			return fmt.Errorf("want %s on %v, have %v", strings.TrimSpace(resource+" "+strings.ToLower(role)), want, have)
		}
		return nil
	}
}

// Fenced expects exactly these nodes to be fenced.
func Fenced(want ...string) Want {
	return func(t *Transition) error {
		have := t.Fenced()
		slices.Sort(have)
		if want := slices.Sorted(slices.Values(want)); !slices.Equal(want, have) {
			return fmt.Errorf("want fencing of %v, have of %v", want, have)
		}
		return nil
	}
}

// OneAtATime expects no start of the primitive while it still runs elsewhere.
func OneAtATime(resource string) Want {
	return func(t *Transition) error {
		running := nodes(t.Before[resource], "")
		for _, action := range t.Actions {
			gone := action.Op == "fence" || action.Resource == resource && action.Op == "stop"
			switch {
			case gone:
				running = slices.DeleteFunc(running, func(node string) bool { return node == action.Node })
			case action.Resource == resource && action.Op == "start" && len(running) > 0:
				return fmt.Errorf("want one %s at a time, have %q while it runs on %v", resource, action, running)
			}
		}
		return nil
	}
}

// InOrder expects these actions, as Action.String writes them, each after the one before.
func InOrder(actions ...string) Want {
	return func(t *Transition) error {
		at := -1
		for _, want := range actions {
			i := slices.IndexFunc(t.Actions, func(a Action) bool { return a.String() == want })
			switch {
			case i < 0:
				return fmt.Errorf("want %q, which is not done", want)
			case i <= at:
				return fmt.Errorf("want %q after %q, have it before", want, t.Actions[at])
			}
			at = i
		}
		return nil
	}
}

// Never expects none of the actions, as Action.String writes them or only their beginning, such as "stop rsc_ip".
func Never(actions ...string) Want {
	return func(t *Transition) error {
		for _, action := range t.Actions {
			for _, unwanted := range actions {
				if strings.HasPrefix(action.String(), unwanted) {
					return fmt.Errorf("want no %q, have %q", unwanted, action)
				}
			}
		}
		return nil
	}
}

// Nothing expects the scheduler to have nothing to do.
func Nothing() Want {
	return func(t *Transition) error {
		if !t.Quiet() {
			return fmt.Errorf("want no action, have %v", t.Actions)
		}
		return nil
	}
}

// BlockedUntilFenced expects that, while fencing fails, no node does any of this with the primitive.
func BlockedUntilFenced(resource string, operations ...string) Want {
	return func(t *Transition) error {
		if len(t.Fenced()) == 0 {
			return fmt.Errorf("want fencing before %s of %s, have none", strings.Join(operations, " and "), resource)
		}
		for _, action := range t.WithoutFencing() {
			if action.Resource == resource && slices.Contains(operations, action.Op) {
				return fmt.Errorf("want no %q while fencing fails", action)
			}
		}
		return nil
	}
}
