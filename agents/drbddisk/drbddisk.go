// Package drbddisk is the drbddisk resource agent, and heartbeat's resource script of that name: a DRBD resource is
// primary where it runs.
//
// It is a plain resource: start promotes, stop demotes, and the cluster runs one instance of it. DRBD itself is brought
// up at boot on all nodes. Pacemaker knows nothing of the data's quality then, so the agent does: it refuses to promote
// a copy that is inconsistent, outdated, without a disk, being overwritten, or one side of a split brain, and says which
// side has what. What nobody could find out is unknown, and never stopped.
//
// The facts are those of docs/spec/drbddisk.md. A look asks DRBD once (observe.go), the decisions ask nobody
// (standing.go, decide.go), and start.go, stop.go and monitor.go carry them out. script.go is the door for heartbeat.
package drbddisk

import (
	"time"

	"ocfbox/internal/ocf"
)

// Agent is the drbddisk resource agent.
var Agent = ocf.Agent{
	Name:    "drbddisk",
	Version: "1.0",
	Short:   "Makes a DRBD resource primary where it runs",
	Long: `This agent makes a DRBD resource primary on the node where it is started, and secondary where it is stopped. It
is a plain resource, the first one of a group with a file system, an address and a service; it is no clone, and cannot be
promoted. DRBD itself must be up on all nodes. A copy that is inconsistent, outdated, without a disk, being overwritten by
a resync, or one side of a split brain is not promoted. A DRBD resource that ocf:linbit:drbd manages must not be managed
by this agent too.`,
	OneWord: true,
	Ops: []ocf.Op{
		{Name: "start", Timeout: startTimeout},
		{Name: "stop", Timeout: stopTimeout},
		{Name: "monitor", Depth: "0", Timeout: statusTimeout, Interval: 10 * time.Second},
		{Name: "status", Timeout: statusTimeout},
		{Name: "validate-all", Timeout: statusTimeout},
		{Name: "meta-data", Timeout: 5 * time.Second},
	},
	New: func(p *ocf.Params) ocf.Actions { return bind(p, "/").actions() },
	Heartbeat: &ocf.Heartbeat{
		Names: []string{"drbddisk"},
		Usage: "[RESOURCE]",
		Door: func(env *ocf.Env, agent *ocf.Agent, program string, args []string) (int, bool) {
			return door{root: "/"}.answer(env, agent, program, args)
		},
	},
}

// The advised time-outs, which a script's actions have as well: six attempts of thirty seconds and their pauses fit.
const (
	startTimeout  = 240 * time.Second
	stopTimeout   = 100 * time.Second
	statusTimeout = 20 * time.Second
)

// bind makes the agent for a host whose files are below root.
func bind(p *ocf.Params, root string) *disk {
	d := &disk{root: root}
	d.bindParams(p)
	return d
}

func (d *disk) actions() ocf.Actions {
	return ocf.Actions{Start: d.start, Stop: d.stop, Monitor: d.monitor, Status: d.status, Validate: d.validate}
}
