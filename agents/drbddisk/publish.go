package drbddisk

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/drbd"
)

// attributes are what a primary can say of its copy, by name; nil of a node that is not.
func (o Observation) attributes() map[string]string {
	if !o.Whole() {
		return nil
	}
	switch {
	case o.current():
		return o.named(drbd.AttributePrimary)
	case o.resyncing():
		return o.named(drbd.AttributeWait)
	}
	return o.named(drbd.AttributeFail)
}

// farewell is what a node says of its copy when it is no longer primary. With wasCurrent its disks were up to date as
// primary, so it has all that was promised to clients. Whether the copy ages after that is for synccheck to find out.
func (o Observation) farewell(wasCurrent bool) map[string]string {
	switch {
	case o.State == nil:
		return o.named(drbd.AttributeFail)
	case o.split():
		return o.named(drbd.AttributeSplit)
	case o.resyncing():
		return o.named(drbd.AttributeWait)
	case o.current() && (wasCurrent || o.Verdict.Class == drbd.OK):
		return o.named(drbd.AttributeSync)
	}
	return o.named(drbd.AttributeFail)
}

// named are the attributes of the resource with that state.
func (o Observation) named(state string) map[string]string {
	name := drbd.AttributeName(drbd.AttributePrefix, o.Resource)
	all := map[string]string{name: state}
	if o.State != nil {
		link, differs := o.links()
		all[name+"-link"], all[name+"-oos"] = link, strconv.FormatInt(differs, 10)
	}
	return all
}

// resyncing reports whether a local copy is being brought up to date.
func (o Observation) resyncing() bool {
	for _, p := range o.State.Peers {
		if slices.ContainsFunc(p.Volumes, func(v drbd.PeerVolume) bool { return v.Replication.Target() }) {
			return true
		}
	}
	return false
}

// links are how many of the connections are up, and by how many KiB the copy that differs most is known to.
func (o Observation) links() (link string, differs int64) {
	up := 0
	for _, p := range o.State.Peers {
		apart := int64(0)
		for _, v := range p.Volumes {
			apart += v.OutOfSyncKiB
		}
		differs = max(differs, apart)
		off := slices.ContainsFunc(p.Volumes, func(v drbd.PeerVolume) bool { return v.Replication <= drbd.Off })
		if p.Connection == drbd.Connected && !off {
			up++
		}
	}
	switch {
	case up == 0:
		return "DOWN", differs
	case up < len(o.State.Peers):
		return "PART", differs
	}
	return "UP", differs
}

// publish writes the attributes that have changed since this agent last wrote them. It never fails: the copy is what it
// is, whatever the cluster knows.
func (w *watcher) publish(ctx context.Context, want map[string]string) {
	c := w.call
	if !w.attr || w.script != nil || !inCluster(c) || c.Node() == "" || want == nil {
		return
	}
	kept, err := c.State.Load(w.record())
	if err != nil {
		kept = map[string]string{}
	}
	if maps.Equal(want, kept) {
		return
	}
	cluster := crm.Cluster{Runner: c.Runner, Node: c.Node(), Timeout: clusterLimit}
	told := maps.Clone(kept)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if kept[name] == want[name] {
			continue
		}
		if err := cluster.Set(ctx, crm.TransientOf(c.Node(), name), want[name]); err != nil {
			c.Log.Warn("%s is not published: %v", name, err)
			break
		}
		told[name] = want[name]
	}
	if err := c.State.Save(w.record(), told); err != nil {
		c.Log.Warn("what was published is not kept: %v", err)
	}
}

// record is the file that keeps what was published last.
func (w *watcher) record() string { return "drbddisk-" + strings.ReplaceAll(w.call.Instance, ":", "_") }

// leave says farewell of a copy that is not primary, if this agent has published that it is.
func (w *watcher) leave(ctx context.Context, o Observation, wasCurrent bool) {
	if _, err := w.call.State.Load(w.record()); err == nil {
		w.publish(ctx, o.farewell(wasCurrent))
	}
	w.forget()
}

// forget is for the end of the service: the next start publishes anew.
func (w *watcher) forget() {
	if err := w.call.State.Remove(w.record()); err != nil {
		w.call.Log.Warn("what was published is not forgotten: %v", err)
	}
}
