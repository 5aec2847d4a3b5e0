package drbddisk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// start makes the resource primary, and believes only what DRBD says afterwards.
func (d *disk) start(ctx context.Context, c *ocf.Call) error {
	if err := d.refuse(c); err != nil {
		return err
	}
	p := &promotion{watcher: d.watch(c)}
	if err := p.definable(); err != nil {
		return err
	}
	if d.dry() {
		return p.foretell(ctx)
	}
	return p.run(ctx)
}

// refuse is why a start cannot work as it is configured.
func (d *disk) refuse(c *ocf.Call) error {
	if !c.Root() {
		return ocf.ErrPerm.With("%s needs root", c.Action)
	}
	return c.Params.Err()
}

// A promotion is a start on its way.
type promotion struct {
	*watcher
	// fresh tells that this start has brought the resource up; usages counts failures with drbdadm's code for usage.
	fresh  bool
	usages int
}

// definable is why DRBD's tools cannot know the resource. The configuration must be readable for them.
func (p *promotion) definable() error {
	setup, err := p.configured()
	switch {
	case err != nil && !setup.Found:
		return ocf.ErrInstalled.With("DRBD's configuration cannot be read: %w", err)
	case !setup.Found:
		return ocf.ErrConfigured.With("DRBD's configuration has no resource %q", p.resource)
	}
	return nil
}

// run tries as often as it may. What it fails with is the last reason.
func (p *promotion) run(ctx context.Context) error {
	var last error
	for try := 1; ; try++ {
		over, err := p.try(ctx)
		if over {
			return err
		}
		last = err
		if try >= p.tries || ctx.Err() != nil {
			return last
		}
		p.call.Log.Info("FLOW: attempt %d of %d to promote %s: %v", try, p.tries, p.resource, err)
		hana.Pause(ctx, time.Duration(p.wait)*time.Second)
		if ctx.Err() != nil {
			return ocf.ErrGeneric.With("no time is left to promote %s: %w", p.resource, last)
		}
	}
}

// try looks, and promotes if that may be. over tells that it is promoted, or cannot be by waiting.
func (p *promotion) try(ctx context.Context) (over bool, err error) {
	o := p.look(ctx, true)
	o.Fresh = p.unmet(o)
	v := Decide(o, p.rules)
	for _, warning := range v.Warnings {
		p.call.Log.Warn("%s", warning)
	}
	switch v.Step {
	case Refuse:
		return true, ocf.ErrGeneric.With("%s is not promoted: %s", p.resource, v.Reason)
	case Wait:
		return false, ocf.ErrGeneric.With("%s is not promoted: %s", p.resource, v.Reason)
	case SetUp:
		return p.bringUp(ctx)
	case Done:
		p.publish(ctx, o.attributes())
		return true, nil
	}
	p.call.Log.Info("DEC: promote %s because %s", p.resource, o.Sides())
	return p.promote(ctx, o)
}

// unmet reports whether a start, this one or an earlier one, has brought the resource up, and it has not met its peers
// since. Until then nobody knows who has the newer data, however often a start is tried.
func (p *promotion) unmet(o Observation) bool {
	_, err := p.call.State.Load(p.unmetRecord())
	switch {
	case err != nil:
		return p.fresh
	case o.met():
		p.fresh = false
		if err := p.call.State.Remove(p.unmetRecord()); err != nil {
			p.call.Log.Warn("that %s has met its peers is not kept: %v", p.resource, err)
		}
		return false
	}
	return true
}

// unmetRecord is the file that tells of a resource that was brought up and has not met its peers.
func (p *promotion) unmetRecord() string { return "drbddisk-unmet-" + p.resource }

// bringUp configures the resource in the kernel, once.
func (p *promotion) bringUp(ctx context.Context) (over bool, err error) {
	if p.fresh {
		return false, ocf.ErrGeneric.With("%s is not in the kernel, and drbdadm up has not changed that", p.resource)
	}
	p.fresh = true
	if err := p.call.State.Save(p.unmetRecord(), map[string]string{"met": "no"}); err != nil {
		p.call.Log.Warn("that %s is brought up now is not kept for the next start: %v", p.resource, err)
	}
	if a := p.adm(ctx, p.call, attemptLimit, "up"); a.err != nil || a.code != 0 {
		return a.hopeless(0), ocf.ErrGeneric.With("%s is not in the kernel, and drbdadm up says: %s", p.resource, a.outcome())
	}
	return false, ocf.ErrGeneric.With("%s has just been brought up", p.resource)
}

// promote has drbdadm do it, and looks whether it has.
func (p *promotion) promote(ctx context.Context, o Observation) (over bool, err error) {
	// Something of the time is left to see what has become of it.
	limit := hana.Left(ctx) * 9 / 10
	if !o.Setup.Fences {
		limit = min(limit, attemptLimit)
	}
	a := p.adm(ctx, p.call, limit, "primary")
	if a.code == codeUsage && a.err == nil {
		p.usages++
	}
	after := p.look(ctx, false)
	switch {
	case after.Whole() && a.err == nil && a.code == 0:
		p.call.Log.Info("ACT: %s is primary: %s", p.resource, after.Sides())
		p.publish(ctx, after.attributes())
		return true, nil
	case errors.Is(a.err, run.ErrNotFound):
		return true, ocf.ErrInstalled.With("drbdadm is not installed: %w", a.err)
	case a.err == nil && a.code == 0:
		return false, ocf.ErrGeneric.With("drbdadm says that %s is primary, and DRBD does not: %s %s", p.resource, after.Standing(), after.Problem)
	case a.unknown():
		return p.bringUp(ctx)
	}
	return a.hopeless(p.usages), ocf.ErrGeneric.With("%s is not promoted: drbdadm primary: %s%s", p.resource, a.outcome(), p.advice(a, o))
}

// advice is what an operator can do about a refusal of the kernel's.
func (p *promotion) advice(a attempt, o Observation) string {
	switch {
	case a.err != nil:
		return ""
	case a.number == numberPeerNotOutdated:
		return "; the fence-peer handler has not confirmed that the peer is out of date: for a resource that is no clone " +
			"crm-fence-peer needs its option for the id of the constraint's resource (docs/drbddisk.md)"
	case a.code == codeNoData:
		return " (" + o.Sides() + ")"
	}
	return ""
}

// dry reports whether nothing is to be changed.
func (d *disk) dry() bool { return d.script != nil && d.script.dry }

// foretell says what a start would do.
func (p *promotion) foretell(ctx context.Context) error {
	o := p.look(ctx, true)
	_, err := p.call.State.Load(p.unmetRecord())
	o.Fresh = err == nil && !o.met()
	v := Decide(o, p.rules)
	says := map[Step]string{
		Refuse: "would refuse: " + v.Reason, Wait: "would wait, and then refuse: " + v.Reason,
		SetUp: "would run: drbdadm up " + p.resource, Promote: "would run: drbdadm primary " + p.resource,
		Done: "would do nothing: " + p.resource + " is primary",
	}
	fmt.Fprintf(p.call.Out, "%s\n", strings.Join(append([]string{says[v.Step]}, v.Warnings...), "\nwarning: "))
	if v.Step == Refuse || v.Step == Wait {
		return ocf.ErrGeneric.With("%s would not be promoted: %s", p.resource, v.Reason)
	}
	return nil
}
