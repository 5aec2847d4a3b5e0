package pair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ocfbox/test/scheduler"
)

// A trial is a pair in a situation, what happens to it, and what must have become of it when that is over.
type trial struct {
	name   string
	policy policy
	// situation is how the pair is told to be. The agents' monitors have run in it.
	situation func(*Pair)
	// primary and secondary are the scores in the situation, failed is that of the first node when the monitors have
	// reported the event; "" is any.
	primary, secondary, failed string
	event                      event
	// promoted is the node that is promoted in the end, or "".
	promoted string
	// more are transitions that the event takes in addition to the usual ones.
	more int
}

// An event is what happens to a pair.
type event struct {
	name string
	// happens changes the pair; monitors run after it when the event is one that only they find.
	happens   func(*Pair) error
	monitored bool
	// reports is what a monitor must say of it; none says anything when it is empty.
	reports string
	// order are actions that must come in that order, and at once.
	order []string
	// quiet tells that the scheduler must not do anything about it.
	quiet bool
	// fenced is who must be fenced because of it, or "".
	fenced string
}

// rounds are the transitions in which an event is dealt with: that of the event, and that of what the monitors and
// failures after it lead to.
const rounds = 2

// ends is the trial with that event, and who is promoted after it.
func (c trial) ends(e event, promoted string) trial {
	c.name, c.event, c.promoted = c.name+e.name, e, promoted
	return c
}

// play runs the trial on a pair of its own.
func (c trial) play(ctx context.Context, p *Pair) error {
	reports, err := c.begin(p)
	if err != nil {
		return fmt.Errorf("case %q: %w", c.name, err)
	}
	var fenced []string
	var last *scheduler.Transition
	for round := range rounds + c.more {
		before := p.Copy()
		t, err := p.Play(ctx, reports...)
		if err != nil {
			return fmt.Errorf("case %q: %w", c.name, err)
		}
		if wrong := c.check(before, p, t, round); wrong != nil {
			return c.explain(wrong, round, t)
		}
		last, fenced = t, append(fenced, t.Fenced()...)
		if t.Quiet() {
			break
		}
		if reports, err = p.Monitor(); err == nil {
			err = CheckScores(p)
		}
		if err != nil {
			return fmt.Errorf("case %q: %w", c.name, err)
		}
	}
	return c.judge(last, fenced)
}

// begin brings the pair into the situation and lets the event happen. It returns what the monitors report of it.
func (c trial) begin(p *Pair) ([]scheduler.Event, error) {
	if err := c.enter(p); err != nil {
		return nil, err
	}
	if err := c.event.happens(p); err != nil || !c.event.monitored {
		return nil, err
	}
	reports, err := p.Judge()
	switch have := strings.Trim(fmt.Sprint(reports), "[]"); {
	case err != nil:
	case have != c.event.reports:
		err = fmt.Errorf("want the report %q of the monitors, have %q", c.event.reports, have)
	default:
		err = wantScore("failed primary", c.failed, p.Score(First))
	}
	return reports, err
}

// check is what holds for each transition, and for the first one.
func (c trial) check(before, after *Pair, t *scheduler.Transition, round int) error {
	wrong := Check(before, after, t)
	if round == 0 {
		wrong = errors.Join(wrong, scheduler.InOrder(c.event.order...)(t))
	}
	if c.event.quiet && !t.Quiet() {
		wrong = errors.Join(wrong, errors.New("want nothing done"))
	}
	return wrong
}

// enter brings the pair into the situation, and lets the monitors see it.
func (c trial) enter(p *Pair) error {
	if c.situation == nil {
		return nil
	}
	c.situation(p)
	reports, err := p.Judge()
	switch {
	case err != nil:
		return err
	case len(reports) > 0:
		return fmt.Errorf("the situation is no rest: %v", reports)
	}
	return errors.Join(wantScore("primary", c.primary, p.Score(First)), wantScore("secondary", c.secondary, p.Score(Second)))
}

// wantScore finds a score that is not the one wanted, if one is.
func wantScore(of, want, have string) error {
	if want == "" || want == have {
		return nil
	}
	return fmt.Errorf("want score %s of the %s, have %s", want, of, have)
}

func (c trial) judge(t *scheduler.Transition, fenced []string) error {
	var wrong []error
	if have := strings.Join(t.Nodes(Resource, "Promoted"), " "); have != c.promoted {
		wrong = append(wrong, fmt.Errorf("want %q promoted, have %q", c.promoted, have))
	}
	want := slices.DeleteFunc([]string{c.event.fenced}, func(s string) bool { return s == "" })
	if !slices.Equal(want, fenced) && len(want)+len(fenced) > 0 {
		wrong = append(wrong, fmt.Errorf("want fencing of %v, have of %v", want, fenced))
	}
	if err := errors.Join(wrong...); err != nil {
		return c.explain(err, rounds-1, t)
	}
	return nil
}

func (c trial) explain(wrong error, round int, t *scheduler.Transition) error {
	return fmt.Errorf("case %q, transition %d: %w\ncrm_simulate says:\n%s", c.name, round+1, wrong, t)
}
