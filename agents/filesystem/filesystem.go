// Package filesystem is the Filesystem resource agent: it mounts file systems.
//
// The facts it follows are those of docs/spec/filesystem.md, whose sections the comments cite. One action is: read
// what the configuration wishes (config.go, source.go), look at the mounts (observe.go), decide without asking
// anybody (observation.go), and act (start.go, stop.go).
//
// Nothing in stop, and nothing in a monitor of check level 0, asks the mounted file system anything: its server may
// be dead, and a question would not return.
package filesystem

import (
	"time"

	"ocfbox/internal/ocf"
)

// Agent is the Filesystem resource agent.
var Agent = ocf.Agent{
	Name:    "Filesystem",
	Version: "1.1",
	Short:   "Mounts file systems",
	Long: `This agent mounts a file system on one node at a time, watches that it is mounted, and unmounts it
again, ending what still uses it where that is permitted. It knows local file systems on block devices and in image
files, network and cluster file systems, and bind mounts.

With OCF_CHECK_LEVEL=10 a monitor reads from the device; with 20 it also writes a status file to the file system,
syncs it and reads it back.`,
	OneWord: true,
	Ops: []ocf.Op{
		{Name: "start", Timeout: 60 * time.Second},
		{Name: "stop", Timeout: 60 * time.Second},
		{Name: "monitor", Depth: "0", Timeout: 40 * time.Second, Interval: 20 * time.Second},
		{Name: "validate-all", Timeout: 5 * time.Second},
		{Name: "meta-data", Timeout: 5 * time.Second},
	},
	New: func(p *ocf.Params) ocf.Actions {
		a := new(config)
		a.bindMount(p)
		a.bindChecks(p)
		a.bindStop(p)
		return ocf.Actions{
			Start: a.start, Stop: a.stop, Monitor: a.monitor, Status: a.status, Validate: a.validate,
		}
	},
	Heartbeat: &ocf.Heartbeat{
		Names:  []string{"Filesystem"},
		Usage:  "DEVICE DIRECTORY [FSTYPE [OPTIONS]]",
		Params: heartbeatParams,
	},
}
