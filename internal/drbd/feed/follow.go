package feed

import (
	"context"
	"reflect"
	"time"

	"ocfbox/internal/drbd"
)

// FollowOptions are how a machine is followed. Times that are 0 are those of the specification.
type FollowOptions struct {
	Options
	// Statistics is how often counters are asked for, of which the kernel sends no event: 2 s.
	Statistics time.Duration
	// Watchdog is how often the stream is compared with a sample: 10 s.
	Watchdog time.Duration
	// Poll is how often a sample is taken where there is no stream: 2 s.
	Poll time.Duration
}

const (
	// burst is how long the lines of one change are waited for before it is delivered.
	burst = 50 * time.Millisecond
	// grace is how long a stream may be behind a sample.
	grace = time.Second
	// pause is before a stream that ended is started again.
	pause = time.Second
	// withoutStream is how long samples are taken before a stream that could not be had is tried again.
	withoutStream = time.Minute
)

func (o FollowOptions) filled() FollowOptions {
	for _, d := range []struct {
		to   *time.Duration
		from time.Duration
	}{{&o.Statistics, 2 * time.Second}, {&o.Watchdog, 10 * time.Second}, {&o.Poll, 2 * time.Second}} {
		if *d.to <= 0 {
			*d.to = d.from
		}
	}
	return o
}

// Follow delivers what the machine says at once, at each change, and at each asking for statistics while a resync or
// verify runs, until ctx ends or deliver gives an error, which comes back. Changes come from `drbdsetup events2` with
// 8.4 and 9, and by taking samples where there is none; a stream that says nothing while samples change is started
// again. A machine that gives no answer is delivered as it is known, with the error among its problems.
func (s Source) Follow(ctx context.Context, o FollowOptions, deliver func(View) error) error {
	f := &follower{source: s, options: o.filled(), deliver: deliver, poll: true}
	for ctx.Err() == nil {
		view, err := f.sample(ctx)
		if ctx.Err() != nil {
			break
		}
		if err := f.show(view, false); err != nil {
			return err
		}
		switch {
		case err == nil && f.streams(view.Host):
			err = f.stream(ctx, view.Host)
		default:
			err = f.wait(ctx, f.options.Poll)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// A follower is what Follow knows.
type follower struct {
	source  Source
	options FollowOptions
	deliver func(View) error
	last    *drbd.Host
	// poll is false once the utilities have refused to be asked for statistics.
	poll bool
	// noStream is until when samples are taken, because there is no stream to be had.
	noStream time.Time
}

// streams reports whether there is a stream of this host's changes.
func (f *follower) streams(h drbd.Host) bool {
	return h.Loaded && h.Version.Generation >= drbd.Gen84 && !time.Now().Before(f.noStream)
}

// sample is Gather, with an error among the host's problems.
func (f *follower) sample(ctx context.Context) (View, error) {
	view, err := f.source.Gather(ctx, f.options.Options)
	if err != nil {
		view.Host.Problems = append(view.Host.Problems, err.Error())
	}
	return view, err
}

// show delivers a view that is not as the last one was; with always, the same as well.
func (f *follower) show(view View, always bool) error {
	now := view.Host
	now.At = time.Time{}
	if !always && f.last != nil && reflect.DeepEqual(*f.last, now) {
		return nil
	}
	f.last = &now
	return f.deliver(view)
}

func (f *follower) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// stream follows one stream to its end, which has no error unless the follower is to end.
func (f *follower) stream(ctx context.Context, known drbd.Host) error {
	poll := f.poll && known.Version.Generation == drbd.Gen9
	s, err := startStream(ctx, f.source.Runner, poll)
	if err != nil {
		f.noStream = time.Now().Add(withoutStream)
		return nil
	}
	defer s.close()
	w := &watcher{follower: f, stream: s, table: drbd.Table{Version: known.Version}}
	w.statistics, w.watchdog = time.NewTicker(f.options.Statistics), time.NewTicker(f.options.Watchdog)
	defer w.statistics.Stop()
	defer w.watchdog.Stop()
	again, err := w.run(ctx)
	if !again || err != nil {
		return err
	}
	switch {
	case w.table.Complete():
		return f.wait(ctx, pause)
	case poll:
		// Utilities that do not know how to be asked end at once.
		f.poll = false
	default:
		f.noStream = time.Now().Add(withoutStream)
	}
	return nil
}
