package scenario

import (
	"fmt"
	"slices"
)

// A Scenario is one procedure.
type Scenario struct {
	Name string
	// Title is one sentence: what must hold.
	Title string
	// Smoke scenarios are the short selection that every test run takes.
	Smoke bool
	// Red is set for a scenario with a part that is broken on purpose: it passes only when the
	// procedure fails with a message that contains this.
	Red string
	Run func(*Stage)
}

// All lists the scenarios in the order in which they run.
func All() []Scenario {
	return slices.Concat(addressScenarios(), fencingScenarios())
}

// Find returns the named scenarios.
func Find(names []string) ([]Scenario, error) {
	var found []Scenario
	for _, name := range names {
		i := slices.IndexFunc(All(), func(s Scenario) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("scenario %q is unknown; `ocflab scenario list` shows all", name)
		}
		found = append(found, All()[i])
	}
	return found, nil
}

// Smoke returns the short selection.
func Smoke() []Scenario {
	return slices.DeleteFunc(All(), func(s Scenario) bool { return !s.Smoke })
}
