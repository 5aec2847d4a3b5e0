package scheduler

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// A Case is a cluster, what happens to it, and what is expected then. It may go on: each later When starts from where
// the cluster was left.
type Case struct {
	name  string
	start *Cluster
	acts  []act
}

// An act is one transition of a case.
type act struct {
	events []Event
	wants  []Want
}

// Given names a case, as a sentence, and says where it starts.
func Given(name string, start *Cluster) *Case { return &Case{name: name, start: start} }

// Name is the case's sentence.
func (c *Case) Name() string { return c.name }

// When adds a transition, which begins with these events.
func (c *Case) When(events ...Event) *Case {
	c.acts = append(c.acts, act{events: events})
	return c
}

// Then says what the last transition must come to.
func (c *Case) Then(wants ...Want) *Case {
	last := &c.acts[len(c.acts)-1]
	last.wants = append(last.wants, wants...)
	return c
}

// Always says what every transition of the case must come to.
func (c *Case) Always(wants ...Want) *Case {
	for i := range c.acts {
		c.acts[i].wants = append(c.acts[i].wants, wants...)
	}
	return c
}

// Run plays the case, and fails the test with all that is not as expected.
func (c *Case) Run(t testing.TB) {
	t.Helper()
	if err := c.Play(t.Context()); err != nil {
		t.Error(err)
	}
}

// Play plays the case up to the first transition that is not as expected.
func (c *Case) Play(ctx context.Context) error {
	cluster := c.start
	for i, act := range c.acts {
		transition, err := cluster.Simulate(ctx, act.events...)
		if err != nil {
			return fmt.Errorf("case %q: %w", c.name, err)
		}
		if wrong := act.wrong(transition); wrong != nil {
			return fmt.Errorf("case %q, transition %d: %w\ncrm_simulate says:\n%s", c.name, i+1, wrong, transition)
		}
		cluster = transition.Cluster()
	}
	return nil
}

func (a act) wrong(t *Transition) error {
	var all []error
	for _, want := range a.wants {
		all = append(all, want(t))
	}
	return errors.Join(all...)
}
