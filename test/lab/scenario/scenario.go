package scenario

import (
	"context"
	"slices"

	"ocfbox/test/lab/cluster"
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
	// Subject is what the time to recover is about, Bar what the scenario may take.
	Subject Subject
	Bar     Bar
	// Kit is what the laboratory needs beyond the runner's options; the zero value is nothing.
	Kit Kit
	Run func(*Stage)
}

// A Kit is what the laboratory of some scenarios is made of. Scenarios whose kits have the same name are run
// in the same laboratory, which is brought back to its first state in between.
type Kit struct {
	Name string
	// Change adds to the runner's options.
	Change func(*cluster.Options) error
	// Prepare brings the laboratory, fresh or reset, to where scenarios of this kit begin.
	Prepare func(context.Context, *cluster.Lab) error
}

// Address lists the scenarios of virtual addresses and of fencing, which need no database.
func Address() []Scenario {
	return slices.Concat(addressScenarios(), fencingScenarios())
}
