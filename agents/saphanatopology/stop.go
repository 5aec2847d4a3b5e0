package saphanatopology

import (
	"context"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// stop takes the marker away and, as a clone, publishes the roles for the last time (5.2).
func (a *topology) stop(ctx context.Context, c *ocf.Call) error {
	if err := a.refuse(c); err != nil {
		return a.refusedStop(c, err)
	}
	var err error
	if c.Clone.Used() {
		err = a.lastWords(ctx, c)
	}
	if failed := a.marker(c).remove(); failed != nil {
		return a.marker(c).failed(failed)
	}
	return err
}

// refusedStop answers a stop that the configuration does not let us carry out. What was never started is
// stopped: a stop that fails gets the node fenced. Who is not root, and cannot see, gets no such answer.
func (a *topology) refusedStop(c *ocf.Call, refused error) error {
	if !c.Root() || a.marker(c).isSet() {
		return refused
	}
	c.Log.Warn("stop of what was not started: %v", refused)
	return nil
}

// lastWords publishes the roles of a node that stops being watched. The error is that of a landscape call
// that hung.
func (a *topology) lastWords(ctx context.Context, c *ocf.Call) error {
	ask, cancel := asking(ctx)
	defer cancel()
	watch := a.observer(c, Stop)
	watch.landscapeLimit = stopLimit(c)
	o := &watch.seen
	o.Version = watch.manifest(ask)
	cluster := a.cluster(c)
	var cib *crm.CIB
	hana.Together(
		func() {
			var err error
			cib, err = readCluster(ask, cluster, o)
			if err != nil {
				c.Log.Warn("what is published is not known: %v", err)
			}
		},
		func() { a.lookForStop(ask, watch) },
	)
	watch.readDatabase()
	o.Now = time.Now()
	a.carryOut(ctx, c, cluster, cib, *o, Memory{})
	if o.Landscape.Answer == Hung {
		return ocf.ErrGeneric.With("landscapeHostConfiguration.py gave no answer: storage is blocked or %s hangs", a.instance)
	}
	return nil
}

// lookForStop asks for role and landscape, side by side.
func (a *topology) lookForStop(ctx context.Context, watch *observer) {
	watch.database.err = errNotAsked
	tools := watch.tools(ctx)
	if tools == nil {
		return
	}
	hana.Together(
		func() { watch.lookAtReplication(ctx, tools) },
		func() { watch.lookAtLandscape(ctx, tools) },
	)
	if err := watch.database.err; err != nil {
		watch.call.Log.Warn("%v", err)
	}
}

const (
	// stopAtLeast bounds the landscape call of a stop whose operation has time enough, and half of the
	// operation's time-out is the bound of one that has less: else Pacemaker would end the agent before it
	// could say that the call hung (14, 8).
	stopAtLeast = 300 * time.Second
	stopAmple   = 600 * time.Second
)

func stopLimit(c *ocf.Call) time.Duration {
	half := c.Timeout / 2
	if c.Timeout < stopAmple {
		return min(stopAtLeast, half)
	}
	return max(stopAtLeast, half)
}
