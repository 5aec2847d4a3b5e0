package files

import (
	"slices"

	"ocfbox/test/lab/scenario"
)

// Scenarios lists the scenarios of file servers.
func Scenarios() []scenario.Scenario {
	list := slices.Concat(moves(), splits(), busy(), full(), checked(), servers())
	list[0].Smoke = true
	return append(list, broken())
}
