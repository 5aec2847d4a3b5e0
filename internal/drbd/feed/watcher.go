package feed

import (
	"context"
	"slices"
	"time"

	"ocfbox/internal/drbd"
)

// A watcher follows one stream: lines make changes, the ticks ask for counters and for a sample to compare with.
type watcher struct {
	*follower
	stream               *stream
	table                drbd.Table
	statistics, watchdog *time.Ticker
	// due fires when a burst of lines is over, or when no line has answered an asking for statistics. asked tells that
	// it ends such an asking, unanswered that no line has come since.
	due               <-chan time.Time
	asked, unanswered bool
	// doubt is a sample that the table does not agree with; judge fires when it should.
	doubt *drbd.Host
	judge <-chan time.Time
	lines int
	// doubted is how many lines there were when the sample was taken.
	doubted int
}

// run goes on until the stream is to be started again, the follower is to end, or ctx ends.
func (w *watcher) run(ctx context.Context) (again bool, err error) {
	for err == nil {
		select {
		case <-ctx.Done():
			return false, nil
		case line := <-w.stream.lines:
			w.line(line)
		case end := <-w.stream.ended:
			w.stream.ended <- end
			return true, nil
		case <-w.due:
			err = w.deliverTable(ctx)
		case <-w.statistics.C:
			err = w.askStatistics(ctx)
		case <-w.watchdog.C:
			err = w.compare(ctx)
		case <-w.judge:
			if w.silent() {
				return true, nil
			}
		}
	}
	return false, err
}

// line applies a line. One that cannot be read changes nothing: the watchdog sees what it would have changed.
func (w *watcher) line(line string) {
	w.lines++
	if w.table.Feed(line) == nil && (w.due == nil || w.unanswered) {
		w.due, w.unanswered = time.After(burst), false
	}
}

// deliverTable shows the table's state, with the kernel's rows where it has them.
func (w *watcher) deliverTable(ctx context.Context) error {
	always := w.asked
	w.due, w.asked, w.unanswered = nil, false, false
	if !w.table.Complete() {
		return nil
	}
	host := w.table.Host()
	if host.Version.Generation != drbd.Gen9 {
		rows, err := w.source.rows()
		if err != nil {
			// The module may have gone: the next sample tells.
			return nil
		}
		host = withObjects(rows.Named(namesOf(host)), host)
	}
	return w.present(ctx, host, always && busy(host))
}

func (w *watcher) present(ctx context.Context, host drbd.Host, always bool) error {
	host.At, host.Name = time.Now(), w.source.name()
	view := View{Host: host}
	w.source.extend(ctx, w.options.Options, &view)
	return w.show(view, always)
}

// askStatistics asks for counters: on the stream, in the kernel's file, or by a sample where neither has them.
func (w *watcher) askStatistics(ctx context.Context) error {
	switch {
	case !w.table.Complete():
		return nil
	case w.table.Version.Generation != drbd.Gen9:
		w.asked = true
		return w.deliverTable(ctx)
	case w.stream.tell != nil:
		w.stream.ask()
		w.asked = true
		if w.due == nil {
			w.due, w.unanswered = time.After(4*burst), true
		}
		return nil
	case !busy(w.table.Host()):
		return nil
	}
	view, err := w.sample(ctx)
	if err != nil {
		return nil
	}
	return w.show(view, true)
}

// compare takes a sample. When the stream says otherwise it has some time to catch up. A machine that gives no answer
// is shown as such.
func (w *watcher) compare(ctx context.Context) error {
	if w.judge != nil {
		return nil
	}
	view, err := w.sample(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return w.show(view, false)
	case w.table.Complete() && sameStates(view.Host, w.table.Host()):
		return nil
	}
	w.doubt, w.doubted, w.judge = &view.Host, w.lines, time.After(grace)
	return w.show(view, false)
}

// silent reports whether the stream has said nothing although there was something to say.
func (w *watcher) silent() bool {
	w.judge = nil
	return w.lines == w.doubted && !(w.table.Complete() && sameStates(*w.doubt, w.table.Host()))
}

// busy reports whether a resync or verify runs, whose progress is of interest.
func busy(h drbd.Host) bool {
	for _, r := range h.Resources {
		for _, p := range r.Peers {
			for _, v := range p.Volumes {
				if v.Replication > drbd.Established {
					return true
				}
			}
		}
	}
	return false
}

// sameStates reports whether a sample agrees with the table on what the kernel sends events of: objects and their
// states, not counters. Rows that have no name, because nothing is behind them or it could not be learnt, are in no
// table; resources without a volume are in no row.
func sameStates(sample, table drbd.Host) bool {
	nameless := false
	for i := range sample.Resources {
		r := &sample.Resources[i]
		if r.Name == "" {
			nameless = true
		} else if len(r.Volumes) > 0 && !sameResource(r, table.Resource(r.Name)) {
			return false
		}
	}
	for i := range table.Resources {
		r := &table.Resources[i]
		if len(r.Volumes) > 0 && !nameless && sample.Resource(r.Name) == nil {
			return false
		}
	}
	return true
}

func sameResource(a, b *drbd.Resource) bool {
	if b == nil || a.Role != b.Role || len(a.Volumes) != len(b.Volumes) || len(a.Peers) != len(b.Peers) ||
		len(a.Suspended) == 0 != (len(b.Suspended) == 0) {
		return false
	}
	for _, v := range a.Volumes {
		if !slices.ContainsFunc(b.Volumes, func(o drbd.Volume) bool { return o.Number == v.Number && o.Disk == v.Disk }) {
			return false
		}
	}
	for i := range a.Peers {
		if !samePeer(&a.Peers[i], &b.Peers[i]) {
			return false
		}
	}
	return true
}

func samePeer(a, b *drbd.Peer) bool {
	if a.Connection != b.Connection || a.Role != b.Role || len(a.Volumes) != len(b.Volumes) {
		return false
	}
	for i := range a.Volumes {
		other := b.Volume(a.Volumes[i].Number)
		if other == nil || other.Replication != a.Volumes[i].Replication || other.Disk != a.Volumes[i].Disk {
			return false
		}
	}
	return true
}
