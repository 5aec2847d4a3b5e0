// Package saphanatopology is the SAPHanaTopology resource agent: it watches the SAP HANA instance of its
// node and publishes what it sees as attributes of the cluster, from which SAPHana decides.
//
// The facts it follows are those of docs/spec/saphana-topology.md, whose sections the comments cite. A
// monitor asks everything once and side by side (observe.go), decides without asking anybody
// (decide.go), and writes what has changed (act.go). "Started" is a marker file and no more (marker.go):
// the agent starts and stops no database, and its result does not depend on one.
package saphanatopology

import (
	"time"

	"ocfbox/internal/ocf"
)

// Agent is the SAPHanaTopology resource agent.
var Agent = ocf.Agent{
	Name:    "SAPHanaTopology",
	Version: "1.0",
	Short:   "Publishes the topology and state of SAP HANA system replication",
	Long: `This agent runs as a clone on the nodes of a SAP HANA system replication pair. It watches the
local instance and publishes its landscape status, host roles, site, replication mode, replication partner
and virtual host name as node attributes, on which the agent SAPHana decides. It keeps SAP's host agent
running. It never starts, stops, registers or takes over a database.`,
	OneWord: true,
	Ops: []ocf.Op{
		{Name: "start", Timeout: 600 * time.Second},
		{Name: "stop", Timeout: 300 * time.Second},
		{Name: "status", Timeout: 60 * time.Second},
		{Name: "monitor", Depth: "0", Timeout: 600 * time.Second, Interval: 10 * time.Second},
		{Name: "validate-all", Timeout: 5 * time.Second},
		{Name: "meta-data", Timeout: 5 * time.Second},
		{Name: "reload", Timeout: 5 * time.Second},
	},
	New: func(p *ocf.Params) ocf.Actions { return bind(p, "/") },
}

// bind makes the agent for a host whose files are below root.
func bind(p *ocf.Params, root string) ocf.Actions {
	a := &topology{root: root}
	a.bindParams(p)
	return ocf.Actions{
		Start: a.start, Stop: a.stop, Monitor: a.monitor, Status: a.monitor,
		Validate: a.validate, Reload: a.validate, Notify: notify,
	}
}
