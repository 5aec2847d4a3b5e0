package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ocfbox/test/drbdsim"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

const hand = drbdsim.Hand

// patience is how long a copy may take to find its peer again and to be brought up to date, which begins with the
// boot of a node and is slow while other laboratories run on the machine.
const patience = 2 * scenario.Patience

// begin configures the service with further text and waits until it runs on a whole mirror. It returns where, and the
// other node.
func begin(s *scenario.Stage, more string) (home, other string) {
	s.Step("configure the mirror's watcher and a service on it")
	s.Configure(configuration + more)
	home = s.AwaitStarted(service)
	other = s.Other(home)
	awaitState(s, home, "PRIM")
	awaitState(s, other, "SOK")
	return home, other
}

// awaitState waits until the cluster has this state of a node's copy.
func awaitState(s *scenario.Stage, node, want string) { awaitValue(s, node, attribute, want) }

// awaitValue waits until an attribute of a node has this value.
func awaitValue(s *scenario.Stage, node, name, want string) {
	what := fmt.Sprintf("%s of %s is %s", name, node, want)
	s.Await(what, patience, func(ctx context.Context) error {
		view, err := look(ctx, s.Lab())
		if err != nil {
			return err
		}
		if have := view.Attributes[node][name]; have != want {
			return fmt.Errorf("it is %q", have)
		}
		return nil
	})
	s.Step("%s", what)
}

// look is the cluster as the first node sees it that answers.
func look(ctx context.Context, lab *cluster.Lab) (cluster.View, error) {
	nodes, err := lab.Running(ctx)
	if err != nil {
		return cluster.View{}, err
	}
	err = errors.New("no node is on")
	for _, node := range nodes {
		var view cluster.View
		if view, err = lab.View(ctx, node); err == nil && view.DC != "" {
			return view, nil
		}
	}
	return cluster.View{}, err
}

// awaitFenced waits until the cluster knows that a node is off.
func awaitFenced(s *scenario.Stage, node string) {
	s.AwaitEvent("fencing of "+node, 1, func(e rack.Event) bool {
		return e.What == rack.Fencing && e.Node == node && strings.HasSuffix(e.Detail, "done, says the device")
	})
	s.Step("%s is known to be off", node)
}

// notOn checks that neither the cluster nor the device has the service on a node.
func notOn(s *scenario.Stage, node string) func(context.Context) error {
	return func(ctx context.Context) error {
		view, err := look(ctx, s.Lab())
		if err != nil {
			return err
		}
		for _, id := range []string{disk, service} {
			if slices.Contains(view.On(id), node) {
				return fmt.Errorf("%s runs on %s", id, node)
			}
		}
		role, err := s.Lab().Run(ctx, node, "drbdadm", "role", resource)
		if err == nil && strings.HasPrefix(role, "Primary") {
			return fmt.Errorf("%s is primary on %s", resource, node)
		}
		return nil
	}
}

// stays demands that something holds for a while.
func stays(s *scenario.Stage, long time.Duration, what string, check func(context.Context) error) {
	for until := time.Now().Add(long); time.Now().Before(until); {
		if err := check(s.Context()); err != nil {
			s.Fail("%s: %w", what, err)
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-s.Context().Done():
			s.Fail("%w", s.Context().Err())
		}
	}
	s.Step("for %s %s", long, what)
}
