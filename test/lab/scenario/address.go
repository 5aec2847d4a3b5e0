package scenario

import (
	"fmt"
	"net/netip"

	"ocfbox/test/lab/network"
)

// The addresses that scenarios move. No node has them by itself.
func virtual4() netip.Addr { return netip.MustParseAddr("192.168.101.50") }
func virtual6() netip.Addr { return netip.MustParseAddr("fd00:101::50") }

// virtualIP is the crmsh text for a resource "vip" with more parameters. The interval of 10 s is what
// the scenarios' times to recover depend on.
func virtualIP(address netip.Addr, more string) string {
	bits := 24
	if address.Is6() {
		bits = 64
	}
	return fmt.Sprintf("primitive vip ocf:ocfbox:IPaddr2 params ip=%s cidr_netmask=%d %s op start timeout=20s op stop timeout=20s op monitor interval=10s timeout=20s\n",
		address, bits, more)
}

func addressScenarios() []Scenario {
	return []Scenario{{
		Name: "address-starts", Smoke: true,
		Title: "A virtual address comes up on one node, and the client reaches it.",
		Run:   func(s *Stage) { s.startAddress(virtual4(), "") },
	}, {
		Name: "address-moves-on-standby", Smoke: true,
		Title: "The address leaves a node in standby, and comes back or stays as the configuration says.",
		Run:   movesOnStandby,
	}, {
		Name: "address-moves-on-crash", Smoke: true,
		Title: "When its node loses power, the address comes up on the other one after fencing is confirmed.",
		Run:   movesOnCrash,
	}, {
		Name:  "address6-moves-on-standby",
		Title: "An IPv6 address starts, is reached, and moves.",
		Run: func(s *Stage) {
			home := s.startAddress(virtual6(), "")
			s.Standby(home)
			s.movedAddress(virtual6(), home)
		},
	}, {
		Name:  "address6-moves-on-crash",
		Title: "When its node loses power, the IPv6 address comes up on the other one.",
		Run: func(s *Stage) {
			home := s.startAddress(virtual6(), "")
			s.Crash(home)
			s.movedAddress(virtual6(), home)
		},
	}, {
		Name:  "address-shared-by-clone",
		Title: "Two nodes share an address and its clients; when one loses power, the other answers all of them.",
		Run:   sharedAddress,
	}, {
		Name: "client-link-down", Smoke: true,
		Title: "When the address's card loses its carrier, the monitor notices and the address moves.",
		Run: func(s *Stage) {
			home := s.startAddress(virtual4(), "")
			s.Configure("rsc_defaults rsc-options: migration-threshold=1\n")
			s.Cut(network.Client, home)
			s.movedAddress(virtual4(), home)
			s.Heal(network.Client, home)
		},
	}}
}

// startAddress configures an address and sees it come up; it returns the node that has it.
func (s *Stage) startAddress(address netip.Addr, more string) string {
	s.Step("configure the virtual address %s", address)
	s.Configure(virtualIP(address, more))
	home := s.AwaitStarted("vip")
	s.AwaitReached(address)
	s.RequireHeldBy(address, home)
	s.RequireNeverTwice(address)
	return home
}

// movedAddress sees the address leave a node and be reached on another, which it returns.
func (s *Stage) movedAddress(address netip.Addr, from string) string {
	home := s.AwaitLeft("vip", from)
	s.AwaitReached(address)
	s.RequireHeldBy(address, home)
	s.RequireNeverTwice(address)
	return home
}

func movesOnStandby(s *Stage) {
	first, second := s.Members()[0], s.Members()[1]
	s.Configure(fmt.Sprintf("location prefer vip 100: %s\n", first) + virtualIP(virtual4(), ""))
	s.Step("configure the virtual address %s, which prefers %s", virtual4(), first)
	s.AwaitOn("vip", first)
	s.AwaitReached(virtual4())

	s.Broke()
	s.Standby(first)
	s.AwaitOn("vip", second)
	s.AwaitReached(virtual4())
	s.RequireHeldBy(virtual4(), second)

	s.Unstandby(first)
	s.AwaitOn("vip", first)

	s.Step("from now on resources stay where they are")
	s.Configure("rsc_defaults rsc-options: resource-stickiness=200\n")
	s.Standby(first)
	s.AwaitOn("vip", second)
	s.Unstandby(first)
	s.AwaitSettled()
	s.AwaitOn("vip", second)
	s.RequireHeldBy(virtual4(), second)
	s.RequireNeverTwice(virtual4())
}

func movesOnCrash(s *Stage) {
	s.Configure("rsc_defaults rsc-options: resource-stickiness=1\n")
	home := s.startAddress(virtual4(), "")
	survivor := s.Other(home)
	s.Crash(home)
	s.AwaitOn("vip", survivor)
	s.AwaitReached(virtual4())
	s.RequireHeldBy(virtual4(), survivor)
	s.RequireFencedFirst(virtual4(), survivor, home)

	s.Step("%s was switched on again by fencing; it must come back and take nothing", home)
	s.AwaitReady()
	s.AwaitSettled()
	s.AwaitOn("vip", survivor)
	s.RequireHeldBy(virtual4(), survivor)
	s.RequireNeverTwice(virtual4())
}
