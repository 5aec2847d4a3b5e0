package scenario

import (
	"fmt"
	"net/netip"
)

// DemoVirtualAddress is the address that DemoAddress moves.
func DemoVirtualAddress() netip.Addr { return virtual4() }

// DemoAddress is the show for newcomers: an address survives the loss of its node.
func DemoAddress() Scenario {
	return Scenario{
		Name:  "demo-ip",
		Title: "A virtual address survives the loss of its node.",
		Run: func(s *Stage) {
			text := fmt.Sprintf("primitive vip ocf:ocfbox:IPaddr2 params ip=%s cidr_netmask=24 op monitor interval=10s", virtual4())
			s.Step("crm configure rsc_defaults resource-stickiness=100")
			s.Step("crm configure %s", text)
			s.Configure("rsc_defaults rsc-options: resource-stickiness=100\n" + text + "\n")
			home := s.AwaitStarted("vip")
			s.AwaitReached(virtual4())
			s.RequireHeldBy(virtual4(), home)
			survivor := s.Other(home)
			s.Crash(home)
			s.AwaitOn("vip", survivor)
			s.AwaitReached(virtual4())
			s.RequireHeldBy(virtual4(), survivor)
			s.RequireFencedFirst(virtual4(), survivor, home)
			s.Step("fencing has switched %s on again; it must rejoin and take nothing", home)
			s.AwaitReady()
			s.Step("%s is back, and %s has kept the address", home, survivor)
			s.RequireHeldBy(virtual4(), survivor)
			s.RequireNeverTwice(virtual4())
		},
	}
}
