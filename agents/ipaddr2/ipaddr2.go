// Package ipaddr2 is the IPaddr2 resource agent: it holds virtual IPv4 and IPv6 addresses.
//
// The facts it follows are those of docs/spec/ipaddr2.md, whose sections the comments cite. One action
// is: read what the configuration wishes (config.go), ask the kernel (place.go), decide without asking
// anybody (finding.go), and act (start.go, stop.go).
package ipaddr2

import (
	"time"

	"ocfbox/internal/ocf"
)

// Agent is the IPaddr2 resource agent.
var Agent = ocf.Agent{
	Name:    "IPaddr2",
	Version: "1.0",
	Short:   "Manages virtual IPv4 and IPv6 addresses",
	Long: `This agent holds a virtual IP address: it adds the address to an interface, tells the
neighbours where it now lives, watches it, and takes it away again.

Give just the address, and interface and prefix length are taken from the routing table. Give nic and
cidr_netmask, and nothing is guessed.`,
	Ops: []ocf.Op{
		{Name: "start", Timeout: 20 * time.Second},
		{Name: "stop", Timeout: 20 * time.Second},
		{Name: "status", Depth: "0", Timeout: 20 * time.Second, Interval: 10 * time.Second},
		{Name: "monitor", Depth: "0", Timeout: 20 * time.Second, Interval: 10 * time.Second},
		{Name: "meta-data", Timeout: 5 * time.Second},
		{Name: "validate-all", Timeout: 20 * time.Second},
	},
	New: func(p *ocf.Params) ocf.Actions {
		a := new(config)
		a.bindAddress(p)
		a.bindLVS(p)
		a.bindCluster(p)
		a.bindAnnouncement(p)
		a.bindKernel(p)
		return ocf.Actions{
			Start: a.start, Stop: a.stop, Monitor: a.monitor, Status: a.status, Validate: a.validate,
		}
	},
	Heartbeat: &ocf.Heartbeat{
		Names:  []string{"IPaddr2", "IPaddr"},
		Usage:  "IP[/BITS[/NIC[:LABEL]][/BROADCAST]]",
		Params: heartbeatParams,
	},
}
