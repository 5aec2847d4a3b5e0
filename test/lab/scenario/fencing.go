package scenario

import (
	"context"
	"fmt"
	"strings"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/rack"
)

// In all of these the cluster network is cut while both nodes live. With two_node both halves have
// a quorum, so each takes the other for lost and asks for fencing: only fencing keeps the address single.
func fencingScenarios() []Scenario {
	return []Scenario{{
		Name: "split-fencing-works", Smoke: true,
		Title: "When the nodes lose sight of each other, one is fenced and the address stays single.",
		Run:   splitAndWorks,
	}, {
		Name: "split-fencing-fails", Smoke: true,
		Title: "While the fencing device refuses, the address does not come up a second time.",
		Run:   func(s *Stage) { s.splitWith(fence.Fails, 3) },
	}, {
		Name:  "split-fencing-hangs",
		Title: "While the fencing device hangs, the address does not come up a second time.",
		Run:   func(s *Stage) { s.splitWith(fence.Hangs, 2) },
	}, {
		Name:  "split-fencing-lies",
		Title: "A device that only claims to have switched a node off is found out by the agent, which verifies.",
		Run:   func(s *Stage) { s.splitWith(fence.Lies, 2) },
	}, {
		Name: "split-fencing-swears",
		Title: "A device that lies about the node's state too cannot be found out by fencing; " +
			"with run_arping the address refuses to start where another machine answers for it.",
		Run: func(s *Stage) { s.splitUndetected("run_arping=true"); s.refusedTwin() },
	}, {
		Name:  "split-fencing-swears-unprotected",
		Title: "The same without run_arping: the address comes up twice, and the referee sees it.",
		Red:   "was up twice",
		Run:   func(s *Stage) { s.splitUndetected(""); s.acceptedTwin() },
	}}
}

// splitAndWorks is the reference: of two nodes that fence each other one wins.
func splitAndWorks(s *Stage) {
	s.startAddress(virtual4(), "")
	s.Cut(network.Cluster, s.Members()...)
	loser := s.AwaitEvent("one node is fenced", 1, fenced).Node
	winner := s.Other(loser)
	s.Step("%s fenced %s", winner, loser)
	s.AwaitOn("vip", winner)
	s.AwaitReached(virtual4())
	s.RequireHeldBy(virtual4(), winner)
	s.Heal(network.Cluster, s.Members()...)
	s.AwaitReady()
	s.RequireNeverTwice(virtual4())
}

func fenced(e rack.Event) bool {
	return e.What == rack.PowerOff && e.Detail == "fenced"
}

// splitWith cuts the cluster while fencing does not do its work, sees the cluster try a number of
// times, then repairs the device: one node is fenced and the other goes on.
func (s *Stage) splitWith(mode fence.Mode, attempts int) {
	s.Step("let fencing take at most 12 s, and a node 5 s to be off")
	s.Configure("property stonith-timeout=12s\n")
	s.Run(s.Members()[0], "crm_resource", "--resource", cluster.FencingDevice, "--set-parameter", "power_timeout", "--parameter-value", "5")
	home := s.startAddress(virtual4(), "")
	s.Fencing(mode)
	s.Cut(network.Cluster, s.Members()...)
	s.AwaitEvent(fmt.Sprintf("%s tries to fence %s %d times", s.Other(home), home, attempts), attempts, func(e rack.Event) bool {
		return e.What == rack.Fencing && e.Node == home && strings.HasPrefix(e.Detail, s.Other(home)+" asked for off")
	})
	s.Step("%s asked %d times for %s to be switched off, in vain", s.Other(home), attempts, home)
	s.RequireHeldBy(virtual4(), home)
	s.RequireNeverTwice(virtual4())

	s.Fencing(fence.Works)
	loser := s.AwaitEvent("one node is fenced", 1, fenced).Node
	s.Step("%s fenced %s", s.Other(loser), loser)
	s.Heal(network.Cluster, s.Members()...)
	s.AwaitReady()
	s.AwaitStarted("vip")
	s.AwaitReached(virtual4())
	s.RequireNeverTwice(virtual4())
}

// splitUndetected cuts the cluster while the device swears that it switches nodes off, and
// waits until the node without the address believes that the other is off.
func (s *Stage) splitUndetected(parameters string) {
	home := s.startAddress(virtual4(), parameters)
	other := s.Other(home)
	s.Fencing(fence.Swears)
	s.Cut(network.Cluster, s.Members()...)
	s.Await(other+" believes that "+home+" is off", Patience, func(ctx context.Context) error {
		view, err := s.lab.View(ctx, other)
		if err != nil {
			return err
		}
		for _, n := range view.Nodes {
			if n.Name == home && n.State() == "offline" {
				return nil
			}
		}
		return fmt.Errorf("it sees: %s", view)
	})
	s.Step("%s believes that %s is off, which it is not", other, home)
}

// refusedTwin sees the start of the second address fail and the first go on.
func (s *Stage) refusedTwin() {
	home := s.holder()
	s.awaitFailedStart(s.Other(home))
	s.Step("%s tried to start the address and refused", s.Other(home))
	s.RequireHeldBy(virtual4(), home)
	s.AwaitReached(virtual4())
	s.RequireNeverTwice(virtual4())
}

func (s *Stage) awaitFailedStart(on string) {
	s.Await("the start fails on "+on, Patience, func(ctx context.Context) error {
		view, err := s.lab.View(ctx, on)
		if err != nil {
			return err
		}
		for _, f := range view.Failures {
			if strings.HasPrefix(f, "vip_start_0 on "+on) {
				return nil
			}
		}
		return s.twinOr(fmt.Errorf("it sees: %s", view))
	})
}

// twinOr is err, or better the news that the address is up twice.
func (s *Stage) twinOr(err error) error {
	if holders := s.referee.Holders(virtual4()); len(holders) > 1 {
		return fmt.Errorf("the kernel has %s on %v; %w", virtual4(), holders, err)
	}
	return err
}

// acceptedTwin waits for the second address, which the referee then objects to.
func (s *Stage) acceptedTwin() {
	s.Await("the address is on both nodes", Patience, func(context.Context) error {
		if holders := s.referee.Holders(virtual4()); len(holders) < 2 {
			return fmt.Errorf("the kernel has it on %v", holders)
		}
		return nil
	})
	s.Await("the overlap lasts long enough to be sure", Patience, func(context.Context) error {
		s.RequireNeverTwice(virtual4())
		return fmt.Errorf("the nodes had it at once for less than the referee can tell")
	})
}

// holder is the one node that has the address in truth.
func (s *Stage) holder() string {
	holders := s.referee.Holders(virtual4())
	if len(holders) == 0 {
		s.Fail("no node has %s", virtual4())
	}
	return holders[0]
}
