// Package agents has the list of resource agents. Each agent lives in a package of its own below.
package agents

import (
	"strings"

	"ocfbox/agents/drbddisk"
	"ocfbox/agents/filesystem"
	"ocfbox/agents/ipaddr2"
	"ocfbox/agents/saphana"
	"ocfbox/agents/saphanatopology"
	"ocfbox/agents/synccheck"
	"ocfbox/internal/ocf"
)

// All is the one list of agents: links, help, manual pages and packages are made from it.
func All() []*ocf.Agent {
	return []*ocf.Agent{
		&ipaddr2.Agent,
		&filesystem.Agent,
		&saphana.Agent,
		&saphanatopology.Agent,
		&synccheck.Agent,
		&drbddisk.Agent,
	}
}

// Find is the agent that answers to name, which may be one of heartbeat's names for it, or that of a link for
// one DRBD resource; nil when there is none.
func Find(name string) *ocf.Agent {
	if resource, ok := strings.CutPrefix(name, drbddisk.Linked); ok && resource != "" {
		return &drbddisk.Agent
	}
	for _, agent := range All() {
		if agent.Name == name {
			return agent
		}
		if agent.Heartbeat == nil {
			continue
		}
		for _, other := range agent.Heartbeat.Names {
			if other == name {
				return agent
			}
		}
	}
	return nil
}
