package defect

import (
	"fmt"
	"path/filepath"
	"slices"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
)

// resources is where Pacemaker finds agents, in a folder for each provider.
const resources = "/usr/lib/ocf/resource.d"

// Install lets the nodes of a laboratory call, in place of our agents, those of this package. They are variants of
// ours: other agents than ours are an error.
func Install(o *cluster.Options) error {
	if o.Agents.Folder != "" {
		return fmt.Errorf("the broken agents are variants of ours, and there are none of those in %s", o.Agents.Folder)
	}
	o.Agents.List = slices.Clone(o.Agents.List)
	for i := range o.Agents.List {
		agent := &o.Agents.List[i]
		if !breaks(agent.Name) {
			continue
		}
		for _, provider := range agent.Providers {
			o.Files = append(o.Files, link(provider, agent.Name))
		}
		agent.Providers = nil
		if other := slices.DeleteFunc(slices.Clone(agent.Heartbeat), func(name string) bool { return name == agent.Name }); len(other) < len(agent.Heartbeat) {
			o.Files = append(o.Files, link("heartbeat", agent.Name))
			agent.Heartbeat = other
		}
	}
	return nil
}

func link(provider, agent string) node.File {
	return node.File{Path: filepath.Join(resources, provider, agent), Link: node.Binary}
}
