package drbddisk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// stopTries is how often a demotion is tried.
const stopTries = 3

// stop makes the resource secondary. What is seen to be secondary, or not to be in the kernel, is stopped; a state that
// is not known never is.
func (d *disk) stop(ctx context.Context, c *ocf.Call) error {
	if !c.Root() {
		return ocf.ErrPerm.With("%s needs root", c.Action)
	}
	w := d.watch(c)
	if err := c.Params.Err("drbd_resource"); err != nil {
		// What has no name is no resource of DRBD's: it was never started.
		if w.absent(ctx) {
			return nil
		}
		return err
	}
	before := w.look(ctx, false)
	if before.Standing() == Secondary || before.Standing() == Unconfigured {
		w.leave(ctx, before, false)
		return nil
	}
	if d.dry() {
		fmt.Fprintf(c.Out, "would run: drbdadm secondary %s\n", d.resource)
		return nil
	}
	return w.demote(ctx, before)
}

// absent reports whether the kernel has no DRBD at all.
func (w *watcher) absent(ctx context.Context) bool {
	o := w.look(ctx, false)
	return o.Answered && !o.Loaded
}

// demote has drbdadm do it, and believes only what DRBD says afterwards.
func (w *watcher) demote(ctx context.Context, before Observation) error {
	var last error
	for try := 1; try <= stopTries && ctx.Err() == nil; try++ {
		if try > 1 {
			hana.Pause(ctx, time.Second)
		}
		share := hana.Left(ctx) / time.Duration(stopTries-try+1)
		a := w.adm(ctx, w.call, min(attemptLimit, share*9/10), "secondary")
		after := w.look(ctx, true)
		switch after.Standing() {
		case Secondary, Unconfigured:
			w.call.Log.Info("ACT: %s is no longer primary: %s", w.resource, after.Sides())
			w.leave(ctx, after, before.current())
			return nil
		}
		last = w.stays(ctx, a, after)
		w.call.Log.Warn("attempt %d of %d to demote %s: %v", try, stopTries, w.resource, last)
	}
	if last == nil {
		last = ocf.ErrGeneric.With("no time was left to demote %s", w.resource)
	}
	return last
}

// stays is why the resource is not secondary, with those who hold it.
func (w *watcher) stays(ctx context.Context, a attempt, o Observation) error {
	reason := "drbdadm secondary: " + a.outcome()
	if a.err == nil && a.code == 0 {
		reason = "drbdadm says that it is secondary, and DRBD does not"
	}
	holders := a.holders
	for _, point := range o.Mounted {
		holders = append(holders, "mounted at "+point)
	}
	if o.Standing() == Primary {
		holders = append(holders, w.holders(ctx, w.minors(&o))...)
	}
	text := ""
	if len(holders) > 0 {
		text = "; held by: " + strings.Join(holders, ", ")
	}
	if o.Problem != "" {
		text += "; " + o.Problem
	}
	return ocf.ErrGeneric.With("%s is %s: %s%s", w.resource, strings.ToLower(string(o.Standing())), reason, text)
}
