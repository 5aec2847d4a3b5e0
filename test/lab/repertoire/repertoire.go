// Package repertoire is the list of all scenarios that the laboratory knows.
package repertoire

import (
	"fmt"
	"slices"

	"ocfbox/test/lab/files"
	"ocfbox/test/lab/guide"
	"ocfbox/test/lab/heartbeat"
	"ocfbox/test/lab/mirror"
	"ocfbox/test/lab/scenario"
	"ocfbox/test/lab/service"
)

// All lists the scenarios in the order in which they run.
func All() []scenario.Scenario {
	return slices.Concat(
		scenario.Address(), guide.Scenarios(), mirror.Scenarios(), files.Scenarios(), service.Scenarios(), heartbeat.Scenarios(),
	)
}

// Find returns the named scenarios, in the order of the names.
func Find(names []string) ([]scenario.Scenario, error) {
	all := All()
	var found []scenario.Scenario
	for _, name := range names {
		i := slices.IndexFunc(all, func(s scenario.Scenario) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("scenario %q is unknown; `ocflab scenario list` shows all", name)
		}
		found = append(found, all[i])
	}
	return found, nil
}

// Smoke returns the short selection.
func Smoke() []scenario.Scenario {
	return slices.DeleteFunc(All(), func(s scenario.Scenario) bool { return !s.Smoke })
}
