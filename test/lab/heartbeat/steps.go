package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/scenario"
)

// programs are those that heartbeat brings for administrators.
const programs = "/usr/share/heartbeat/"

// begin waits until every service is at home.
func begin(s *scenario.Stage, all ...service) {
	for _, v := range all {
		awaitOn(s, v, v.home)
	}
}

// boot switches a node on.
func boot(s *scenario.Stage, node string) {
	s.Step("switch %s on", node)
	s.Must(s.Lab().Boot(s.Context(), node))
}

// awaitOn waits until all of a service is on a node, in truth: heartbeat's word is not asked for. One with rows adds some,
// and nothing of it may be on the other node.
func awaitOn(s *scenario.Stage, v service, node string) {
	s.Await(fmt.Sprintf("%s runs on %s", v.name, node), scenario.Patience, func(ctx context.Context) error {
		for _, r := range v.resources {
			if on, err := runs(ctx, s, node, r); !on {
				return errors.Join(fmt.Errorf("%s does not run there", r[0]), err)
			}
		}
		if v.rows == "" {
			return nil
		}
		before, err := rows(ctx, s, v, node)
		if err != nil {
			return err
		}
		return awaitMore(ctx, s, v, node, len(before))
	})
	s.AwaitReached(v.address)
	s.RequireHeldBy(v.address, node)
	s.Must(notOn(s.Context(), s, v, s.Other(node)))
	s.Step("service %s runs on %s", v.name, node)
}

// awaitMore waits for a row after the first so many.
func awaitMore(ctx context.Context, s *scenario.Stage, v service, node string, than int) error {
	return cluster.Await(ctx, "another row of "+v.name, 3*time.Second, func(ctx context.Context) error {
		now, err := rows(ctx, s, v, node)
		if err == nil && len(now) <= than {
			err = fmt.Errorf("there are %d", len(now))
		}
		return err
	})
}

// runs asks a script for its status, and reads the answer as heartbeat does. A machine that is off runs nothing.
func runs(ctx context.Context, s *scenario.Stage, node string, r script) (bool, error) {
	args := append([]string{scripts + r[0]}, r[1:]...)
	// The exit code is not zero for what is stopped.
	text, err := s.Lab().Run(ctx, node, append(args, "status")...)
	return strings.Contains(text, "running") || strings.Contains(text, "OK"), err
}

// notOn demands that a node, if it is on, has nothing of a service.
func notOn(ctx context.Context, s *scenario.Stage, v service, node string) error {
	up, err := s.Lab().Running(ctx)
	if err != nil || !slices.Contains(up, node) {
		return err
	}
	for _, r := range v.resources {
		// An error is the answer "stopped", too.
		if on, _ := runs(ctx, s, node, r); on {
			return fmt.Errorf("%s of service %s runs on %s, too", r[0], v.name, node)
		}
	}
	return nil
}

// awaitHolds waits until a node says of itself that it holds so much of haresources.
func awaitHolds(s *scenario.Stage, node, want string) {
	s.Await(fmt.Sprintf("%s holds its resources: %s", node, want), scenario.Patience, func(ctx context.Context) error {
		view, err := s.Lab().View(ctx, node)
		if err != nil {
			return err
		}
		for _, r := range view.Resources {
			if r.Role != want {
				return fmt.Errorf("it says %q", r.Role)
			}
		}
		return nil
	})
	s.Step("%s says that it holds: %s", node, want)
}

// rows are the lines of the service's file, where it is mounted.
func rows(ctx context.Context, s *scenario.Stage, v service, node string) ([]string, error) {
	text, err := s.Lab().Run(ctx, node, "cat", v.rows)
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), err
}

// requireRows demands that the service's rows are those of the named nodes, in turn, and without a gap: each node counts
// from 1. The service is on the last one.
func requireRows(s *scenario.Stage, v service, turns ...string) {
	list, err := rows(s.Context(), s, v, turns[len(turns)-1])
	s.Must(err)
	s.Must(follow(list, turns))
	s.Fact("service %s has %d rows, of %s in turn", v.name, len(list), strings.Join(turns, ", "))
}

// follow tells where rows are not what the nodes wrote in turn.
func follow(list, turns []string) error {
	var seen []string
	count := 0
	for i, row := range list {
		var node string
		var number int
		if _, err := fmt.Sscanf(row, "%s %d", &node, &number); err != nil {
			return fmt.Errorf("row %d is %q", i+1, row)
		}
		if number == 1 {
			seen, count = append(seen, node), 0
		}
		if count++; len(seen) == 0 || node != seen[len(seen)-1] || number != count {
			return fmt.Errorf("row %d is %q, after %d of %v", i+1, row, count-1, seen)
		}
	}
	if !slices.Equal(seen, turns) {
		return fmt.Errorf("the rows are of %v in turn, not of %v", seen, turns)
	}
	return nil
}

func requireNeverTwice(s *scenario.Stage, all ...service) {
	for _, v := range all {
		s.RequireNeverTwice(v.address)
	}
}
