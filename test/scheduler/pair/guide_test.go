package pair

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana"
	"ocfbox/test/scheduler"
)

// A procedure is one of the guide's tests, step by step up to where the cluster rests (saphana.md 18).
type procedure struct {
	chapter, name string
	policy        policy
	steps         []step
}

// A step is what somebody does, and what must be so when the cluster rests.
type step struct {
	does     func(*Pair) error
	fenced   string
	promoted string
	// first and second are the clone state and the score of the nodes in the end, of those that are there.
	first, second [2]string
}

// registers is the administrator's hdbnsutil -sr_register and crm resource refresh: guide 10.1.1.
func registers(node string) func(*Pair) error {
	return func(p *Pair) error {
		p.With(node, func(d *Database) { d.Role = hana.Secondary })
		p.Inform()
		return p.Refresh(node)
	}
}

// returns is the start of a node's cluster software after it has been fenced or stopped.
func returns(node string) func(*Pair) error {
	return func(p *Pair) error {
		p.Cluster = p.Cluster.Offline(node).Online(node)
		p.Inform()
		return p.Refresh(node)
	}
}

// bothReturn starts the cluster software of both nodes, which have to be members both before anything is done.
func bothReturn(p *Pair) error {
	p.Cluster = p.Cluster.Offline(First).Offline(Second).Online(First).Online(Second)
	p.Inform()
	return errors.Join(p.Refresh(First), p.Refresh(Second))
}

func bothCrash(p *Pair) error {
	p.Crash(First)
	p.Crash(Second)
	p.Inform()
	return nil
}

func restored(p *Pair) error {
	p.Linked = true
	p.Inform()
	return nil
}

func cut(p *Pair) error {
	cutOff(p)
	return nil
}

var (
	promoted   = [2]string{"PROMOTED", "150"}
	inSync     = [2]string{"DEMOTED", "100"}
	notInSync  = [2]string{"DEMOTED", never}
	waitsToReg = [2]string{"UNDEFINED", "-9000"}
	absent     = [2]string{"", ""}
)

var procedures = []procedure{
	{"10.1.1", "stop the primary database on site A", takeOver, []step{
		{databaseCrashes(First), "", Second, waitsToReg, promoted},
		{registers(First), "", Second, inSync, promoted},
	}},
	{"10.1.2", "stop the primary database on site B", takeOver, []step{
		{databaseCrashes(First), "", Second, waitsToReg, promoted},
		{registers(First), "", Second, inSync, promoted},
		{databaseCrashes(Second), "", First, promoted, waitsToReg},
		{registers(Second), "", First, promoted, inSync},
	}},
	{"10.1.5", "crash the primary node on site A", takeOver, []step{
		{nodeVanishes(First), First, Second, absent, promoted},
		{returns(First), "", Second, waitsToReg, promoted},
		{registers(First), "", Second, inSync, promoted},
	}},
	{"10.1.6", "crash the primary node on site B", takeOver, []step{
		{databaseCrashes(First), "", Second, waitsToReg, promoted},
		{registers(First), "", Second, inSync, promoted},
		{nodeVanishes(Second), Second, First, promoted, absent},
		{returns(Second), "", First, promoted, waitsToReg},
		{registers(Second), "", First, promoted, inSync},
	}},
	{"10.1.7", "stop the secondary database on site B", takeOver, []step{
		{databaseCrashes(Second), "", First, promoted, inSync},
	}},
	{"10.1.9", "crash the secondary node on site B", takeOver, []step{
		{nodeVanishes(Second), Second, First, promoted, absent},
		{returns(Second), "", First, promoted, inSync},
	}},
	{"10.1.10", "cut the replication network", takeOver, []step{
		{cut, "", First, promoted, notInSync},
		{databaseCrashes(First), "", First, promoted, notInSync},
		{restored, "", First, promoted, inSync},
	}},
	{"10.2.1", "stop the primary database, which registers itself", takeOver.automatic(), []step{
		{databaseCrashes(First), "", Second, inSync, promoted},
	}},
	{"10.2.2", "crash the primary node, which registers itself", takeOver.automatic(), []step{
		{nodeVanishes(First), First, Second, absent, promoted},
		{returns(First), "", Second, inSync, promoted},
	}},
	{"11.3.3", "move the primary by hand", takeOver, []step{
		{banned(""), "", Second, [2]string{"UNDEFINED", "150"}, promoted},
	}},
	{"13.2 of the specification", "stop the cluster on both nodes and start it again", takeOver, []step{
		{leaves(Second), "", First, promoted, [2]string{"UNDEFINED", "100"}},
		{leaves(First), "", "", [2]string{"UNDEFINED", "150"}, [2]string{"UNDEFINED", "100"}},
		{bothReturn, "", First, promoted, inSync},
	}},
	{"no chapter", "crash both databases at once", takeOver, []step{
		{bothCrash, "", First, promoted, inSync},
	}},
	{"no chapter, cost optimised", "crash both databases at once", restart, []step{
		{bothCrash, "", First, promoted, inSync},
	}},
	{"cost optimised", "stop the primary database, which is restarted", restart, []step{
		{databaseCrashes(First), "", First, promoted, inSync},
	}},
}

func TestTheGuidesProceduresEndAsTheGuideSays(t *testing.T) {
	t.Parallel()
	for _, procedure := range procedures {
		t.Run(procedure.chapter+" "+procedure.name, func(t *testing.T) {
			t.Parallel()
			p := healthy(t, procedure.policy)
			require.NoError(t, procedure.play(t.Context(), p))
		})
	}
}

// play goes through the steps, up to the first that does not end as it must.
func (c procedure) play(ctx context.Context, p *Pair) error {
	for i, step := range c.steps {
		if err := step.play(ctx, p); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (s step) play(ctx context.Context, p *Pair) error {
	if err := s.does(p); err != nil {
		return err
	}
	reports, err := p.Judge()
	if err != nil {
		return err
	}
	all, err := p.Settle(ctx, reports...)
	if err == nil {
		err = s.judge(p, all)
	}
	if err != nil {
		return fmt.Errorf("%w\ntransitions: %v", err, all)
	}
	return nil
}

// judge compares what has become of the pair with what should have. The guide's colocation is no must, so that the
// address may be anywhere while nobody is promoted.
func (s step) judge(p *Pair, all []*scheduler.Transition) error {
	var fenced []string
	for _, transition := range all {
		fenced = append(fenced, transition.Fenced()...)
	}
	last := all[len(all)-1]
	wrong := []error{
		differs("fenced", s.fenced, strings.Join(fenced, " ")),
		differs("promoted", s.promoted, strings.Join(last.Nodes(Resource, "Promoted"), " ")),
	}
	if s.promoted != "" {
		wrong = append(wrong, differs("where the address is", s.promoted, strings.Join(last.Nodes(Address, ""), " ")))
	}
	for node, want := range map[string][2]string{First: s.first, Second: s.second} {
		n := p.node(node)
		wrong = append(wrong, differs(node, strings.Join(want[:], " "), n.CloneState+" "+n.Score))
	}
	return errors.Join(wrong...)
}

// differs finds that what is so is not what is wanted.
func differs(of, want, have string) error {
	if want == have {
		return nil
	}
	return fmt.Errorf("%s: want %q, have %q", of, want, have)
}
