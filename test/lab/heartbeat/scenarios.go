package heartbeat

import (
	"context"
	"time"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/scenario"
)

// Scenarios lists the scenarios of heartbeat.
func Scenarios() []scenario.Scenario {
	return []scenario.Scenario{{
		Name: "heartbeat-takeover", Smoke: true, Kit: kit(1, false),
		Title: "A service is taken over when its node loses power, and given back when that returns.",
		Run:   func(s *scenario.Stage) { takeover(s) },
	}, {
		Name: "heartbeat-both", Kit: kit(2, false),
		Title: "Each node is the home of a service and takes over the other one's: first one node is lost, then the other.",
		Run:   func(s *scenario.Stage) { both(s) },
	}, {
		Name: "heartbeat-stays", Kit: kit(2, true),
		Title: "Without auto_failback a service stays where it is when its node returns, until it is called home.",
		Run:   func(s *scenario.Stage) { stays(s) },
	}, {
		Name: "heartbeat-by-hand", Kit: kit(1, false),
		Title: "What an administrator moves with the scripts, step by step, is as what heartbeat moves.",
		Run:   func(s *scenario.Stage) { byHand(s) },
	}, {
		Name: "heartbeat-mirror", Kit: mirrorKit(),
		Title: "Two databases on mirrored disks cross over, and each comes home to data that are up to date.",
		Run:   func(s *scenario.Stage) { mirrors(s) },
	}, {
		Name: "heartbeat-mirror-by-hand", Kit: mirrorKit(),
		Title: "Secondary here, primary there: what an administrator does to a mirrored disk is what heartbeat does.",
		Run:   func(s *scenario.Stage) { mirrorByHand(s) },
	}, {
		Name: "heartbeat-split", Kit: plain(), Red: "was up twice",
		Title: "The nodes lose sight of each other: without fencing both have the address.",
		Run:   func(s *scenario.Stage) { split(s) },
	}}
}

// takeover loses the home of the service, and gets it back.
func takeover(s *scenario.Stage) {
	one := services(s.Members())[0]
	begin(s, one)
	loseAndReturn(s, one.home, one)
	requireRows(s, one, one.home, s.Other(one.home), one.home)
	requireNeverTwice(s, one)
}

// both loses each of the nodes.
func both(s *scenario.Stage) {
	one, two := services(s.Members())[0], services(s.Members())[1]
	begin(s, one, two)
	loseAndReturn(s, one.home, one, two)
	loseAndReturn(s, two.home, one, two)
	requireRows(s, one, one.home, two.home, one.home)
	requireRows(s, two, two.home, one.home, two.home)
	requireNeverTwice(s, one, two)
}

// loseAndReturn takes the power from a node: the services run on the other one until it is back, and then at home.
func loseAndReturn(s *scenario.Stage, lost string, all ...service) {
	survivor := s.Other(lost)
	s.Crash(lost)
	for _, v := range all {
		awaitOn(s, v, survivor)
	}
	awaitHolds(s, survivor, cluster.HoldsAll)
	boot(s, lost)
	for _, v := range all {
		awaitOn(s, v, v.home)
	}
	for _, node := range s.Members() {
		awaitHolds(s, node, cluster.HoldsLocal)
	}
}

// goneBack is longer than a service takes to go back after its node has returned.
const goneBack = 8 * time.Second

// stays gives a service back only when somebody asks for it.
func stays(s *scenario.Stage) {
	one, two := services(s.Members())[0], services(s.Members())[1]
	begin(s, one, two)
	s.Crash(one.home)
	awaitOn(s, one, two.home)
	boot(s, one.home)
	s.AwaitReady()
	s.Stays(goneBack, "both services stay on "+two.home, func(ctx context.Context) error {
		for _, v := range []service{one, two} {
			if err := notOn(ctx, s, v, one.home); err != nil {
				return err
			}
		}
		return nil
	})
	awaitHolds(s, one.home, cluster.HoldsNone)
	awaitHolds(s, two.home, cluster.HoldsAll)
	awaitOn(s, one, two.home)
	awaitOn(s, two, two.home)

	s.Step("%s calls its service home", one.home)
	s.Run(one.home, programs+"hb_takeover", "local")
	awaitOn(s, one, one.home)
	awaitOn(s, two, two.home)
	requireRows(s, one, one.home, two.home, one.home)
	requireRows(s, two, two.home)
	requireNeverTwice(s, one, two)
}

// split cuts the only network on which the nodes hear of each other.
func split(s *scenario.Stage) {
	address := cluster.HeartbeatAddress(0)
	home := s.Members()[0]
	s.AwaitReached(address)
	s.RequireHeldBy(address, home)
	s.Cut(network.Cluster, s.Members()...)
	awaitHolds(s, s.Other(home), cluster.HoldsAll)
	s.Heal(network.Cluster, s.Members()...)
	s.RequireNeverTwice(address)
}
