// Package syncrepair is the command ocfbox sync repair: it draws the plan of a repair from what a comparison has found,
// shows it, and carries it out when it is told to (docs/spec/replication-checker.md, section 15).
package syncrepair

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"ocfbox/cmd/ocfbox/syncmap"
	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/repair"
)

// A Tool plans, repairs and prints. The result goes to Stdout, everything else to Stderr.
type Tool struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Terminal says that Stderr is one: progress is then one line that changes.
	Terminal bool
	// View asks DRBD of this host.
	View func(context.Context) (feed.View, error)
}

// Run does what the options say, and is the exit code of section 13. An error is a *syncverify.Failure, or that of ctx.
func (t *Tool) Run(ctx context.Context, o Options) (int, error) {
	if err := o.check(); err != nil {
		return 0, err
	}
	switch {
	case o.Revert != "":
		return t.revert(ctx, o)
	case o.Apply:
		return t.apply(ctx, o)
	}
	result, err := syncmap.ReadResult(o.Result, t.Stdin)
	if err != nil {
		return 0, &syncverify.Failure{Err: err, Hint: "ocfbox sync verify --output json writes one"}
	}
	if o.DRBD != "" {
		return t.throughDRBD(ctx, o, result)
	}
	return t.plan(ctx, o, result)
}

// plan draws a plan, shows it, and writes it down.
func (t *Tool) plan(ctx context.Context, o Options, result verify.Result) (int, error) {
	source, target := result.A, result.B
	if o.Direction == "b>a" {
		source, target = target, source
	}
	from, err := open(source)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := open(target)
	if err != nil {
		return 0, err
	}
	defer to.Close()
	if !result.Complete {
		fmt.Fprintln(t.Stderr, "ocfbox: warning: the comparison did not come to its end: more may differ")
	}
	plan, err := repair.Draw(ctx, from, to, result.Ranges, result.Size, time.Now())
	switch {
	case errors.Is(err, context.Canceled):
		return 0, err
	case err != nil:
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitReadError}
	}
	if o.Plan != "" {
		if err := plan.Write(o.Plan); err != nil {
			return 0, &syncverify.Failure{Err: err}
		}
	}
	if err := t.printPlan(plan, o); err != nil {
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitIncomplete}
	}
	if len(plan.Pieces) == 0 {
		return verify.ExitSame, nil
	}
	return verify.ExitDifferent, nil
}

// open opens a device that a comparison has named, and no other one that took its place.
func open(id block.Identity) (*block.Device, error) {
	if host, _, ok := strings.Cut(id.Path, ":"); ok && !strings.Contains(host, "/") {
		return nil, &syncverify.Failure{
			Err: fmt.Errorf("%s is on another host", id.Path), Hint: "--drbd RESOURCE/VOLUME prints how DRBD copies what differs",
		}
	}
	d, err := block.Open(id.Path, block.OpenOptions{})
	if err != nil {
		return nil, &syncverify.Failure{Err: err}
	}
	if d.Identity() != id {
		d.Close()
		return nil, &syncverify.Failure{
			Err:  fmt.Errorf("%s is not the device that was compared: %+v, not %+v", id.Path, d.Identity(), id),
			Hint: "compare again", Code: verify.ExitRefused,
		}
	}
	return d, nil
}

// apply carries out a plan, if all interlocks hold.
func (t *Tool) apply(ctx context.Context, o Options) (int, error) {
	plan, err := repair.ReadPlan(o.Plan)
	if err != nil {
		return 0, &syncverify.Failure{Err: err}
	}
	facts := repair.Facts{
		Now: time.Now(), Direction: true, Named: o.Named, AnyGeneration: o.AnyGeneration, MaxShare: o.MaxRepair,
	}
	devices, err := repair.Take(plan, &facts)
	if err != nil {
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitReadError}
	}
	defer devices.Close()
	if err := t.refused(facts); err != nil {
		return 0, err
	}
	undo, resumed, err := repair.OpenUndo(o.Undo, plan)
	if err != nil {
		return 0, &syncverify.Failure{Err: err, Hint: "name another file with --undo, which keeps what is overwritten"}
	}
	defer undo.Close()
	if resumed {
		fmt.Fprintf(t.Stderr, "ocfbox: going on with the repair that %s belongs to\n", o.Undo)
	}
	report, err := repair.Apply(ctx, plan, devices.Source, devices.Target, undo, t.options(o))
	return t.finish(report, err, "REPAIRED", "what was overwritten is in "+o.Undo, o)
}

// revert puts back what a repair has overwritten.
func (t *Tool) revert(ctx context.Context, o Options) (int, error) {
	undo, err := repair.ReadUndo(o.Revert)
	if err != nil {
		return 0, &syncverify.Failure{Err: err}
	}
	defer undo.Close()
	facts := repair.Facts{Named: o.Named}
	devices, err := repair.TakeTarget(undo.Plan(), &facts)
	if err != nil {
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitReadError}
	}
	defer devices.Close()
	if err := t.refused(facts); err != nil {
		return 0, err
	}
	report, err := repair.Revert(ctx, devices.Target, undo, t.options(o))
	return t.finish(report, err, "REVERTED", "the copies differ again", o)
}

// refused says which interlocks do not hold.
func (t *Tool) refused(f repair.Facts) error {
	refusals := repair.Refusals(f)
	if len(refusals) == 0 {
		return nil
	}
	for _, r := range refusals[1:] {
		fmt.Fprintf(t.Stderr, "ocfbox: %s\n", r.Text)
	}
	return &syncverify.Failure{Err: errors.New(refusals[0].Text), Hint: hint(refusals[0], f), Code: verify.ExitRefused}
}

// hint is the way out of a refusal.
func hint(r repair.Refusal, f repair.Facts) string {
	switch r.Interlock {
	case repair.PlanIsFresh:
		return "compare again, and draw a new plan"
	case repair.TargetIsFree:
		return "a copy that DRBD has is mended through DRBD: --drbd RESOURCE/VOLUME prints the commands"
	case repair.TargetIsNamed:
		return "--yes-overwrite " + f.Plan.Target.Path
	case repair.LittleDiffers:
		return "--max-repair 100 copies it all the same"
	case repair.DirectionIsRight:
		return "--override-uuid copies the older data over the newer ones"
	case repair.SourceIsStill:
		return "unmount it, or copy from a snapshot"
	}
	return ""
}

// options are those of the work itself.
func (t *Tool) options(o Options) repair.Options {
	work := repair.Options{Rate: &block.Rate{PerSecond: o.Rate}}
	if t.Terminal {
		work.Progress = func(done, all int64) {
			fmt.Fprintf(t.Stderr, "\rrepair %.1f %% %d/%d KiB\x1b[K", 100*float64(done)/float64(max(all, 1)), done>>10, all>>10)
			if done == all {
				fmt.Fprint(t.Stderr, "\r\x1b[K")
			}
		}
	}
	return work
}

// finish prints what was done, and says with what code to exit.
func (t *Tool) finish(report repair.Report, err error, done, note string, o Options) (int, error) {
	if perr := t.printReport(report, done, note, o); perr != nil && err == nil {
		return 0, &syncverify.Failure{Err: perr, Code: verify.ExitIncomplete}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return verify.ExitInterrupted, nil
	case err != nil:
		code, hint := verify.ExitReadError, "the same command goes on where it ended; --revert "+o.Undo+" puts back what was written"
		if o.Revert != "" {
			hint = ""
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, repair.ErrUndo) {
			code = verify.ExitUsage
		}
		return 0, &syncverify.Failure{Err: err, Hint: hint, Code: code}
	case !report.Same():
		return verify.ExitDifferent, nil
	}
	return verify.ExitSame, nil
}
