package saphana

import (
	"time"

	"ocfbox/internal/ocf"
)

// Agent is the SAPHana resource agent.
var Agent = ocf.Agent{
	Name:    "SAPHana",
	Version: "1.0",
	Short:   "Runs two SAP HANA databases in system replication as a promotable clone",
	Long: `This agent runs two SAP HANA databases, one on each of two nodes, that replicate to each other, as a
promotable clone: the promoted instance is the primary, the other the secondary. It starts and stops HANA,
sets the promotion scores by the state of database and replication, takes over on promote when the secondary
is in sync, and registers a former primary as the new secondary where that is allowed. It needs the agent
SAPHanaTopology as a clone on both nodes, and works best with the hook SAPHanaSR.py in HANA.`,
	OneWord: true,
	Ops: []ocf.Op{
		{Name: "start", Timeout: 3600 * time.Second},
		{Name: "stop", Timeout: 3600 * time.Second},
		{Name: "status", Timeout: 60 * time.Second},
		{Name: "monitor", Depth: "0", Timeout: 700 * time.Second, Interval: 120 * time.Second},
		{Name: "monitor", Depth: "0", Timeout: 700 * time.Second, Interval: 121 * time.Second, Role: "Unpromoted"},
		{Name: "monitor", Depth: "0", Timeout: 700 * time.Second, Interval: 119 * time.Second, Role: "Promoted"},
		{Name: "promote", Timeout: 3600 * time.Second},
		{Name: "demote", Timeout: 320 * time.Second},
		{Name: "validate-all", Timeout: 5 * time.Second},
		{Name: "meta-data", Timeout: 5 * time.Second},
		{Name: "reload", Timeout: 5 * time.Second},
	},
	New: func(p *ocf.Params) ocf.Actions { return bind(p, "/") },
}

// bind makes the agent for a host whose files are below root.
func bind(p *ocf.Params, root string) ocf.Actions {
	a := &system{root: root}
	a.bindParams(p)
	return ocf.Actions{
		Start: a.action(Start), Stop: a.action(Stop), Monitor: a.action(Monitor), Status: a.action(Monitor),
		Promote: a.action(Promote), Demote: a.action(Demote),
		Validate: a.validate, Reload: a.reload, Notify: notify,
	}
}
