package mirror

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/lab/network"
	"ocfbox/test/lab/scenario"
)

// Scenarios lists the scenarios of mirrored disks.
func Scenarios() []scenario.Scenario {
	return []scenario.Scenario{{
		Name: "mirror-stale-passed-over", Smoke: true, Kit: kit(),
		Title: "The mirror is cut while the primary writes, and then the primary's node dies: its stale copy is not used.",
		Run:   func(s *scenario.Stage) { stalePassedOver(s) },
	}, {
		Name: "mirror-stale-without-rule", Kit: kit(), Red: "stale data are in use on",
		Title: "The same without the location rule: the service starts on the stale copy.",
		Run:   func(s *scenario.Stage) { staleInUse(s) },
	}, {
		Name: "mirror-fails-over", Kit: kit(),
		Title: "The primary's node dies while the mirror is whole: the service goes on where all its data are.",
		Run:   func(s *scenario.Stage) { failsOver(s) },
	}, {
		Name: "mirror-target-waits", Kit: kit(),
		Title: "While a copy is brought up to date the service does not come to it, and when that is done it does.",
		Run:   func(s *scenario.Stage) { targetWaits(s) },
	}}
}

// stalePassedOver cuts the mirror, takes the power from the primary, and sees nothing run until its data are back.
func stalePassedOver(s *scenario.Stage) {
	home, other := begin(s, rule)
	s.Cut(network.Replication, home, other)
	awaitState(s, other, "SFAIL")
	s.Crash(home)
	awaitFenced(s, home)
	stays(s, 8*time.Second, fmt.Sprintf("the service is not on %s, whose data are stale", other), notOn(s, other))

	s.Step("%s is switched on again, and without the mirror knows no better than %s", home, other)
	s.AwaitReady()
	awaitState(s, home, "SFAIL")
	stays(s, 3*time.Second, "the service is nowhere", func(ctx context.Context) error {
		for _, node := range s.Members() {
			if err := notOn(s, node)(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	s.Heal(network.Replication, home, other)
	awaitValue(s, home, attribute+"-link", "UP")
	s.AwaitOn(service, home)
	if err := notOn(s, other)(s.Context()); err != nil {
		s.Fail("%w", err)
	}
}

// staleInUse is what the rule prevents.
func staleInUse(s *scenario.Stage) {
	home, other := begin(s, "")
	s.Cut(network.Replication, home, other)
	awaitState(s, other, "SFAIL")
	s.Crash(home)
	s.AwaitOn(service, other)
	s.Fail("stale data are in use on %s", other)
}

// failsOver takes the power from the primary of a pair that is in sync.
func failsOver(s *scenario.Stage) {
	home, other := begin(s, rule)
	s.Crash(home)
	s.AwaitOn(service, other)
	awaitState(s, other, "PRIM")
	s.AwaitReady()
	s.Step("%s was switched on again by fencing; its copy is brought up to date", home)
	awaitValue(s, home, attribute+"-link", "UP")
	awaitState(s, home, "SOK")
	s.AwaitOn(service, other)
}

// targetWaits lets the copy fall behind, and moves the service away from the node with the data while it catches up.
func targetWaits(s *scenario.Stage) {
	home, other := begin(s, rule)
	s.Cut(network.Replication, home, other)
	awaitState(s, other, "SFAIL")
	s.Step("write 10 MiB on %s, which its peer does not get", home)
	s.Run(home, hand, "write", resource, "10240")
	s.Heal(network.Replication, home, other)
	awaitState(s, other, "SWAIT")
	s.Standby(home)
	s.Await(home+" has stopped the service", scenario.Patience, notOn(s, home))
	stays(s, 6*time.Second, fmt.Sprintf("the service waits for the data of %s", other), func(ctx context.Context) error {
		if !syncing(s, other) {
			return nil
		}
		return notOn(s, other)(ctx)
	})
	s.Await("the copy of "+other+" is up to date", patience, func(context.Context) error {
		if syncing(s, other) {
			return errors.New("it is still a target")
		}
		return nil
	})
	s.AwaitOn(service, other)
	if syncing(s, other) {
		s.Fail("the service has started on %s, which is still a target", other)
	}
	awaitState(s, other, "PRIM")
	s.Unstandby(home)
	awaitState(s, home, "SOK")
}

// syncing reports whether a node is being brought up to date.
func syncing(s *scenario.Stage, node string) bool {
	return strings.Contains(s.Run(node, "drbdadm", "cstate", resource), "SyncTarget")
}
