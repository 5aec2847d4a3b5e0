// Package ipaddr2 is the IPaddr2 resource agent: it holds virtual IPv4 and IPv6 addresses.
package ipaddr2

import (
	"time"

	"ocfbox/internal/ocf"
)

// AnnouncerName is the name under which this binary is started again to announce an address in the
// background.
const AnnouncerName = "ocfbox-announce"

// Announcer sends announcements.
func Announcer(args []string) int { return 0 }

// Agent is the IPaddr2 resource agent.
var Agent = ocf.Agent{
	Name:    "IPaddr2",
	Version: "1.0",
	Short:   "Manages virtual IPv4 and IPv6 addresses",
	Ops: []ocf.Op{
		{Name: "start", Timeout: 20 * time.Second},
	},
	New: func(p *ocf.Params) ocf.Actions { return ocf.Actions{} },
}
