package synccheck

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/drbd"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// clusterLimit bounds a question to the cluster's tools, and each write.
const clusterLimit = 10 * time.Second

func (a *checker) cluster(c *ocf.Call) *crm.Cluster {
	return &crm.Cluster{Runner: c.Runner, Node: c.Node(), Timeout: clusterLimit}
}

// asking is ctx less the time that writing takes: a question that hangs must not keep what is known from the cluster.
func asking(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, hana.Left(ctx)/2)
}

// look asks DRBD, twice when a request waits for an answer, and says what its answers are worth. It takes the track
// along in the record. Without an answer the views are not known.
func (a *checker) look(ctx context.Context, c *ocf.Call, record *Record) []View {
	now, err := a.sample(ctx, c)
	if err != nil {
		c.Log.Warn("DRBD gives no answer: %v", err)
		return a.unseen(*record, false, drbd.ReasonNoData, err.Error())
	}
	o := drbd.Observation{Local: now.Host, Log: now.Log, Options: a.options(*record)}
	a.lookTwice(ctx, c, &o)
	if a.peer != "" {
		a.askPeer(ctx, c, &o)
	}
	if !o.Local.Loaded {
		return a.unseen(*record, true, drbd.ReasonNoModule, "the kernel has no DRBD")
	}
	if a.resource != everything {
		o.Local = o.Local.Only(a.resource)
	}
	o.Track = record.Track.Next(o.Local)
	record.Track = *o.Track
	all := views(o.Local, drbd.Classify(o))
	a.compared(c, o.Local, all)
	return all
}

// glance is how soon a second sample shows that requests are being answered after all.
const glance = 200 * time.Millisecond

// lookTwice takes a second sample when the first shows requests that wait for an answer: soon, and if nothing has moved
// by then once more, as late as settle says. Just after the peer is gone nothing else tells.
func (a *checker) lookTwice(ctx context.Context, c *ocf.Call, o *drbd.Observation) {
	settle := min(seconds(a.settle), hana.Left(ctx)/2)
	if settle < glance || !waiting(o.Local) {
		return
	}
	first := o.Local
	for _, pause := range []time.Duration{glance, settle - glance} {
		hana.Pause(ctx, pause)
		later, err := a.sample(ctx, c)
		if err != nil {
			c.Log.Debug("DBG: no second sample: %v", err)
			return
		}
		o.Before, o.Local, o.Log = &first, later.Host, later.Log
		if moved(first, later.Host) {
			return
		}
	}
}

// moved reports whether anything was written, sent or received between two samples.
func moved(before, now drbd.Host) bool {
	sum := func(host drbd.Host) (all int64) {
		for _, r := range host.Resources {
			for _, volume := range r.Volumes {
				all += volume.WrittenKiB
			}
			for _, peer := range r.Peers {
				for _, volume := range peer.Volumes {
					all += volume.SentKiB + volume.ReceivedKiB
				}
			}
		}
		return all
	}
	return sum(before) != sum(now)
}

// options are how the sample is to be judged: what was published once, and what is named, has to be there.
func (a *checker) options(record Record) drbd.Options {
	expected := slices.Sorted(maps.Keys(record.Resources))
	if a.resource != everything {
		expected = []string{a.resource}
	}
	return drbd.Options{ExpectUp: expected, Settle: seconds(a.settle)}
}

// unseen are the views of what is watched when there is nothing to see, which is known or not.
func (a *checker) unseen(record Record, known bool, reason drbd.Reason, text string) []View {
	watched := slices.Sorted(maps.Keys(record.Resources))
	if a.resource != everything {
		watched = []string{a.resource}
	}
	var all []View
	for _, name := range watched {
		all = append(all, View{Resource: name, Known: known, Class: drbd.Unknown, Reason: reason, Text: text})
	}
	return all
}

// waiting reports whether a connected resource has a request that was not answered. A resync always has some.
func waiting(host drbd.Host) bool {
	for _, r := range host.Resources {
		for _, peer := range r.Peers {
			for _, copied := range peer.Volumes {
				if copied.Replication == drbd.Established && (copied.Pending > 0 || peer.APInFlight > 0) {
					return true
				}
			}
		}
	}
	return false
}

// observation is what the cluster says about the views; nil when it gave no answer.
func (a *checker) observation(ctx context.Context, cluster *crm.Cluster, record Record, seen []View) (*Observation, error) {
	node, err := hana.Within(ctx, clusterLimit, 2, cluster.LocalNode)
	if err != nil {
		return nil, err
	}
	cluster.Node = node
	cib, err := hana.Within(ctx, clusterLimit, 1, cluster.CIB)
	if err != nil {
		return nil, err
	}
	if _, known := cib.Node(node); !known {
		return nil, fmt.Errorf("the cluster has no node %q", node)
	}
	now := time.Now()
	o := &Observation{
		Now: now, Node: node, Mode: a.mode, Prefix: a.prefix, Grace: seconds(a.grace), Dampen: seconds(a.dampen),
		Refresh: since(record.Refreshed, now) >= refresh,
	}
	for _, view := range seen {
		o.Subjects = append(o.Subjects, Subject{View: view, Memory: record.Resources[view.Resource]})
	}
	o.read(cib)
	return o, nil
}

const (
	// refresh is after how long everything is written once more (replication-checker.md 17).
	refresh = 10 * time.Minute
	// askAgain is after how long the cluster is asked although DRBD says the same as before, and nothing was left to
	// be done.
	askAgain = 30 * time.Second
)

// print is what DRBD says, as text that is the same as long as nothing has changed.
func print(seen []View) string {
	var lines []string
	for _, view := range seen {
		lines = append(lines, view.print())
	}
	return strings.Join(lines, " ; ")
}
