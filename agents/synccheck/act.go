package synccheck

import (
	"context"
	"errors"
	"slices"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/drbd"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// validate checks the parameters, and whether this node has the resource.
func (a *checker) validate(ctx context.Context, c *ocf.Call) error {
	if err := a.refuse(c); err != nil {
		return err
	}
	return a.installed(func(string) bool { return false })
}

// start makes the record and publishes what is seen. It succeeds whatever that is.
func (a *checker) start(ctx context.Context, c *ocf.Call) error {
	if err := a.refuse(c); err != nil {
		return err
	}
	record, _ := recall(c)
	ask, cancel := asking(ctx)
	defer cancel()
	seen := a.look(ask, c, &record)
	err := a.installed(func(name string) bool {
		return slices.ContainsFunc(seen, func(v View) bool { return v.Resource == name && v.Up })
	})
	if err != nil {
		return err
	}
	record.Prefix = a.prefix
	if err := record.keep(c); err != nil {
		return ocf.ErrGeneric.With("the record of the agent cannot be written: %w", err)
	}
	return a.publish(ctx, c, record, seen)
}

// monitor publishes what has changed. Its result follows fail_on and degraded_rc.
func (a *checker) monitor(ctx context.Context, c *ocf.Call) error {
	if err := a.refuse(c); err != nil {
		return err
	}
	record, started := recall(c)
	switch {
	case !started:
		return ocf.NotRunning
	case c.Probe():
		return nil
	}
	ask, cancel := asking(ctx)
	defer cancel()
	record.Prefix = a.prefix
	seen := a.look(ask, c, &record)
	now := time.Now()
	asleep := record.Rest && record.Print == print(seen) && since(record.Asked, now) < askAgain && since(record.Refreshed, now) < refresh
	if !asleep {
		if err := a.publish(ctx, c, record, seen); err != nil {
			return err
		}
	}
	return a.outcome(seen)
}

// publish tells the cluster what it has to know, and keeps what the next monitor has to know. The error is that of a
// write without which the service could start on stale data.
//
// It may look more than once. A node that has raised its own state looks again, because what was read before it was
// written may be old. And while a peer that was lost is still a member of the cluster, it looks every second for as long
// as it may: if the peer is dead, the cluster will know soon, and the service waits for this node.
func (a *checker) publish(ctx context.Context, c *ocf.Call, record Record, seen []View) error {
	var failed error
	var raised map[string]bool
	for again := false; ; again = true {
		v, err := a.publishOnce(ctx, c, &record, seen, raised)
		failed = err
		waits := v.Pending && hana.Left(ctx) > c.Timeout/3
		if err != nil || !waits && (again || len(v.Raised) == 0) {
			break
		}
		if raised = v.Raised; len(raised) == 0 {
			hana.Pause(ctx, time.Second)
		}
		ask, cancel := asking(ctx)
		seen = a.look(ask, c, &record)
		cancel()
	}
	if err := record.keep(c); err != nil {
		c.Log.Warn("what this action saw is not kept for the next: %v", err)
	}
	return failed
}

func (a *checker) publishOnce(ctx context.Context, c *ocf.Call, record *Record, seen []View, raised map[string]bool) (v Verdict, err error) {
	for _, view := range seen {
		if _, known := record.Resources[view.Resource]; !known {
			record.Resources[view.Resource] = Memory{}
		}
	}
	cluster := a.cluster(c)
	o, err := a.observation(ctx, cluster, *record, seen)
	if err != nil {
		record.Rest = false
		return v, a.untold(c, seen, err)
	}
	for i := range o.Subjects {
		o.Subjects[i].Doubt = raised[o.Subjects[i].View.Resource]
	}
	v = Decide(*o)
	c.Log.Debug("DBG: observation=%+v", *o)
	for _, note := range v.Notes {
		if note.Level == ocf.Warn {
			c.Log.Warn("%s", note.Text)
			continue
		}
		c.Log.Info("%s", note.Text)
	}
	failed := a.write(ctx, c, cluster, v.Waves(o.Node))
	record.Resources, record.Asked = v.Memories, o.Now.Unix()
	record.Print, record.Rest = print(seen), v.Rest && failed == nil
	if o.Refresh && failed == nil {
		record.Refreshed = o.Now.Unix()
	}
	return v, failed
}

// untold is the outcome when the cluster could not be read. That is a failure where the cluster should hear of a lost
// connection, and else only worth a line.
func (a *checker) untold(c *ocf.Call, seen []View, err error) error {
	for _, view := range seen {
		if a.mode == ModeStatus && view.Primary && view.Link() != LinkUp {
			return ocf.ErrGeneric.With("the cluster cannot be told that a peer of %s is stale: %w", view.Resource, err)
		}
	}
	c.Log.Warn("nothing is published: %v", err)
	return nil
}

// sideBySide is how many writes run at once: each is a program.
const sideBySide = 8

// write carries out one wave after the other, until the cluster gives no answer in time: the next one would only take
// as long. The error is that of a write which keeps the service from stale data.
func (a *checker) write(ctx context.Context, c *ocf.Call, cluster *crm.Cluster, waves [][]Write) error {
	for _, wave := range waves {
		for some := range slices.Chunk(wave, sideBySide) {
			failed := make([]error, len(some))
			var tasks []func()
			for i, write := range some {
				tasks = append(tasks, func() { failed[i] = carryOut(ctx, cluster, write) })
			}
			hana.Together(tasks...)
			for i, err := range failed {
				switch {
				case err == nil:
				case some[i].Guard:
					return ocf.ErrGeneric.With("%s of %s cannot be set to %s: %w", some[i].Attribute.Name, some[i].Attribute.Node, some[i].Value, err)
				default:
					c.Log.Warn("%v", err)
				}
			}
			if err := errors.Join(failed...); errors.Is(err, run.ErrTimeout) {
				return ocf.ErrGeneric.With("the cluster takes no attributes: %w", err)
			}
		}
	}
	return nil
}

func carryOut(ctx context.Context, cluster *crm.Cluster, w Write) error {
	if w.Value == "" {
		return cluster.Delete(ctx, w.Attribute)
	}
	return cluster.Set(ctx, w.Attribute, w.Value)
}

// outcome is the result of a monitor: 1 for a class of fail_on, degraded_rc for what is degraded or worse.
func (a *checker) outcome(seen []View) error {
	for _, view := range seen {
		if slices.Contains(a.failOn, view.judged(a.mode)) {
			return ocf.ErrGeneric.With("%s is %s: %s", view.Resource, view.judged(a.mode), view.Text)
		}
	}
	for _, view := range seen {
		if class := view.judged(a.mode); class >= drbd.Degraded && a.degraded != ocf.Success {
			return a.degraded.With("%s is %s: %s", view.Resource, class, view.Text)
		}
	}
	return nil
}
