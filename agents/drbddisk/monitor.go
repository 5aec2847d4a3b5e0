package drbddisk

import (
	"context"

	"ocfbox/internal/ocf"
)

// monitor says what DRBD says (drbddisk.md 5). A probe only asks what is there.
func (d *disk) monitor(ctx context.Context, c *ocf.Call) error {
	if err := c.Params.Err("drbd_resource"); err != nil {
		return err
	}
	w := d.watch(c)
	o := w.look(ctx, false)
	switch o.Standing() {
	case Unknown:
		return ocf.ErrGeneric.With("the state of %s is not known: %s", d.resource, o.doubt())
	case Secondary, Unconfigured:
		return ocf.NotRunning
	}
	if o.Partial() {
		return ocf.ErrGeneric.With("%s is not primary with all its volumes (%s)", d.resource, o.Sides())
	}
	if c.Probe() {
		return nil
	}
	w.publish(ctx, o.attributes())
	return d.worth(c, o)
}

// doubt is why the standing is unknown.
func (o Observation) doubt() string {
	if o.Problem != "" {
		return o.Problem
	}
	if len(o.Writable) > 0 {
		return "DRBD says Secondary, and the kernel lets " + o.Writable[0] + " be written"
	}
	return o.Sides()
}

// worth is the result for a primary by its data.
func (d *disk) worth(c *ocf.Call, o Observation) error {
	if o.State == nil || o.current() && len(o.State.Suspended) == 0 {
		return nil
	}
	const text = "%s is primary and degraded: %s"
	switch {
	case d.failIfDegraded:
		return ocf.ErrGeneric.With(text, d.resource, o.trouble())
	case d.useDegraded && knowsDegraded(c.Env("OCF_RESKEY_crm_feature_set")):
		return ocf.Degraded.With(text, d.resource, o.trouble())
	}
	c.Log.Debug("DBG: "+text, d.resource, o.trouble())
	return nil
}

func (o Observation) trouble() string {
	if o.Verdict.Text != "" {
		return o.Verdict.Text
	}
	return o.Sides()
}

// status is monitor for OCF, and for heartbeat a line with the words that it looks for.
func (d *disk) status(ctx context.Context, c *ocf.Call) error {
	if d.script == nil {
		return d.monitor(ctx, c)
	}
	if err := c.Params.Err("drbd_resource"); err != nil {
		return err
	}
	o := d.watch(c).look(ctx, false)
	d.script.tell(c.Out, o)
	switch o.Standing() {
	case Primary:
		return nil
	case Unknown:
		return ocf.ErrGeneric.With("the state of %s is not known: %s", d.resource, o.doubt())
	}
	return ocf.NotRunning
}
