// Package synccheck is the synccheck resource agent: a clone that tells the cluster, in attributes of its nodes,
// which of them have data that may be used.
//
// It runs on each node of a replicated device, and only looks. A location rule on the attribute keeps the service
// away from a node whose copy is older than what the service has promised to its clients. Whether a copy is old can
// be told by its own node only while it is connected; after that only the node with the writer knows. So the agent
// on a primary writes the attribute of the other nodes as well, and nobody else raises it while there is a primary.
//
// The facts are those of docs/spec/replication-checker.md, sections 17 and 18. A monitor asks DRBD once and the
// cluster once (observe.go), decides without asking anybody (decide.go and what follows it), and writes what has
// changed (act.go, wave.go). There is no helper in the background: a monitor costs less than looking after one.
package synccheck

import (
	"time"

	"ocfbox/internal/ocf"
)

// Agent is the synccheck resource agent.
var Agent = ocf.Agent{
	Name:    "synccheck",
	Version: "1.0",
	Short:   "Publishes whether a replicated device is in sync",
	Long: `This agent runs as a clone on the nodes of a DRBD resource. It watches the replication and publishes as
node attributes whether the node's copy of the data may be used (PRIM, SOK) or may not (SWAIT, SFAIL, SBRAIN, UNKNOWN),
so that a location rule keeps the service away from a node whose data are stale. It changes nothing in the replication,
and by default its result does not depend on it.`,
	OneWord: true,
	Ops: []ocf.Op{
		{Name: "start", Timeout: 30 * time.Second},
		{Name: "stop", Timeout: 30 * time.Second},
		{Name: "monitor", Depth: "0", Timeout: 30 * time.Second, Interval: 10 * time.Second},
		{Name: "validate-all", Timeout: 5 * time.Second},
		{Name: "meta-data", Timeout: 5 * time.Second},
	},
	New: func(p *ocf.Params) ocf.Actions { return bind(p, "/") },
}

// bind makes the agent for a host whose files are below root.
func bind(p *ocf.Params, root string) ocf.Actions {
	a := &checker{root: root}
	a.bindParams(p)
	return ocf.Actions{Start: a.start, Stop: a.stop, Monitor: a.monitor, Validate: a.validate}
}
