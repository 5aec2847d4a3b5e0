package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/trajectory"
)

// A Result is what came of one scenario.
type Result struct {
	Scenario Scenario
	// Err is why it failed; nil when it passed.
	Err error
	// Recovery is the time from the failure until the client reached the address again, zero
	// when nothing was to recover.
	Recovery time.Duration
	Took     time.Duration
	// Cost is what the agents needed, Facts what else the scenario wants to be known.
	Cost  Cost
	Facts []string
	// Trajectory is the file with the record.
	Trajectory string
}

// A Runner runs scenarios one after the other in one laboratory, each from a fresh state.
type Runner struct {
	Options cluster.Options
	// Folder is where trajectories and the logs of failed scenarios go.
	Folder string
	Out    io.Writer
	// Bars makes a missed bar a failure.
	Bars bool
	// Watch, when set, gets every entry of the trajectory while it is recorded.
	Watch func(trajectory.Entry)

	lab *cluster.Lab
	// kit and members are those of lab.
	kit     string
	members []string
}

// Close ends the laboratory.
func (r *Runner) Close() error {
	if r.lab == nil {
		return nil
	}
	r.lab = nil
	_, err := rack.Remove(r.Options.Place)
	return err
}

// Run runs one scenario.
func (r *Runner) Run(ctx context.Context, sc Scenario) Result {
	began := time.Now()
	fmt.Fprintf(r.Out, "%s: %s\n", sc.Name, sc.Title)
	result := Result{Scenario: sc, Trajectory: filepath.Join(r.Folder, sc.Name+".jsonl")}
	if err := r.fresh(ctx, sc.Kit); err != nil {
		result.Err = fmt.Errorf("prepare the laboratory: %w", err)
	} else {
		r.perform(ctx, sc, &result)
	}
	result.Took = time.Since(began)
	fmt.Fprintf(r.Out, "  %s\n  %s\n", result.line(), result.Cost.line())
	return result
}

// fresh starts a laboratory for a kit, or brings the one that is there back to its first state.
func (r *Runner) fresh(ctx context.Context, kit Kit) error {
	if err := os.MkdirAll(r.Folder, 0o755); err != nil {
		return err
	}
	if r.lab != nil && r.kit != kit.Name {
		if err := r.Close(); err != nil {
			return err
		}
	}
	err := r.start(ctx, kit)
	if err == nil && kit.Prepare != nil {
		err = kit.Prepare(ctx, r.lab)
	}
	return err
}

func (r *Runner) start(ctx context.Context, kit Kit) error {
	if r.lab != nil {
		if err := r.lab.Reset(ctx); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
		return r.lab.AwaitReady(ctx, r.lab.Patience())
	}
	o := r.Options
	if kit.Change != nil {
		if err := kit.Change(&o); err != nil {
			return err
		}
	}
	lab, err := cluster.Start(ctx, o, func(string, ...any) {})
	r.lab, r.kit, r.members = lab, kit.Name, o.Nodes
	return err
}

// perform lets the scenario act on a stage where everything is watched.
func (r *Runner) perform(ctx context.Context, sc Scenario, result *Result) {
	recorder, err := trajectory.Create(result.Trajectory)
	if err != nil {
		result.Err = err
		return
	}
	recorder.Tee = r.Watch
	s := &Stage{lab: r.lab, out: r.Out, members: r.members, began: time.Now(), recorder: recorder}
	recorder.Add(trajectory.Entry{Kind: trajectory.Begin, What: sc.Name, Detail: sc.Title, Members: s.members})
	err = s.act(ctx, sc)
	result.Recovery, result.Cost, result.Facts = s.recovery(), s.cost, s.facts
	if err == nil && r.Bars {
		err = sc.Bar.missed(s.cost)
	}
	if err != nil {
		err = errors.Join(err, r.saveLogs(sc))
	}
	recorder.Add(trajectory.Entry{
		Kind: trajectory.Result, Pass: err == nil, What: fmt.Sprint(err), Recovery: result.Recovery.Seconds(), Detail: s.cost.line(),
	})
	result.Err = errors.Join(err, recorder.Close())
}

// act watches, plays the procedure, and judges it.
func (s *Stage) act(ctx context.Context, sc Scenario) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.ctx = ctx
	if err := s.accountant(); err != nil {
		return err
	}
	wait, err := s.watch(ctx)
	if err == nil {
		s.play(sc)
		s.Blame(s.clashes())
		err = sc.judge(s.err)
	}
	cancel()
	if wait != nil {
		wait()
	}
	return errors.Join(err, s.settle(sc.Subject))
}

// play runs the procedure in a goroutine of its own, which Fail can end.
func (s *Stage) play(sc Scenario) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		sc.Run(s)
	}()
	<-done
}

// judge turns the outcome round for scenarios that must fail.
func (sc Scenario) judge(err error) error {
	switch {
	case sc.Red == "":
		return err
	case err == nil:
		return errors.New("it passed, and should have failed: " + sc.Red)
	case !strings.Contains(err.Error(), sc.Red):
		return fmt.Errorf("it should have failed with %q, but: %w", sc.Red, err)
	}
	return nil
}

// recovery is the time from the failure until the client reached the address again.
func (s *Stage) recovery() time.Duration {
	arrival, ok := s.client.arrival(s.broke)
	if s.broke.IsZero() || !ok {
		return 0
	}
	return arrival.Sub(s.broke).Round(100 * time.Millisecond)
}

func (r *Runner) saveLogs(sc Scenario) error {
	folder := filepath.Join(r.Folder, sc.Name+".logs")
	if err := r.lab.SaveLogs(context.Background(), folder); err != nil {
		return fmt.Errorf("save logs: %w", err)
	}
	fmt.Fprintf(r.Out, "  the nodes' logs are in %s\n", folder)
	return nil
}
