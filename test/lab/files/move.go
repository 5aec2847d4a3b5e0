package files

import (
	"net/netip"

	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/scenario"
)

// The names of the configuration.
const (
	group  = "files"
	folder = "/srv/files"
)

func address() netip.Addr { return netip.MustParseAddr("192.168.101.50") }

// configuration is that of a file server.
func configuration() string {
	return `primitive fs ocf:heartbeat:Filesystem \
    params device=` + disk.Default().Device() + ` directory=` + folder + ` fstype=ext4 options=noatime \
    op start interval=0 timeout=60s \
    op stop interval=0 timeout=60s \
    op monitor interval=10s timeout=40s
primitive ip ocf:heartbeat:IPaddr2 \
    params ip=` + address().String() + ` cidr_netmask=24 \
    op monitor interval=10s timeout=20s
group ` + group + ` fs ip
rsc_defaults rsc-options: resource-stickiness=100
`
}

func move(s *scenario.Stage) {
	s.Step("configure a file server at %s", address())
	s.Configure(configuration())
	home := s.AwaitStarted("ip")
	s.AwaitReached(address())
	s.Run(home, "sh", "-c", "echo 'the first node' >"+folder+"/note")

	other := s.Other(home)
	moveTo(s, other)
	requireNote(s, other, "the first node\n")
	s.Run(other, "sh", "-c", "echo 'the second node' >>"+folder+"/note")

	moveTo(s, home)
	requireNote(s, home, "the first node\nthe second node\n")
}

// moveTo moves the group as an administrator does, and sees it work there.
func moveTo(s *scenario.Stage, node string) {
	s.Step("crm resource move %s %s", group, node)
	s.Broke()
	s.Run(node, "crm", "resource", "move", group, node)
	s.AwaitOn("ip", node)
	s.AwaitOn("fs", node)
	s.AwaitReached(address())
	s.RequireHeldBy(address(), node)
	s.Run(node, "crm", "resource", "clear", group)
}

func requireNote(s *scenario.Stage, node, want string) {
	if have := s.Run(node, "cat", folder+"/note"); have != want {
		s.Fail("the note on %s says %q", node, have)
	}
}
