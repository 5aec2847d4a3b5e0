package syncview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/term"
)

// refresh is the time from one picture on the terminal to the next.
const refresh = time.Second

// errNoModule is what a watcher says where there is nothing to watch.
var errNoModule = errors.New("the kernel module of DRBD is not loaded: there is nothing to watch")

// Watch shows the state until ctx ends, a key q or a reader that is gone: on a terminal a picture each second, else
// a line for each change.
func (t *Tool) Watch(ctx context.Context, o Options) error {
	if err := o.check(watchOutputs()); err != nil {
		return err
	}
	now, err := t.Source.Gather(ctx, feed.Options{})
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return &Failure{Err: err, Code: exitUnknown}
	case !now.Host.Loaded:
		return &Failure{Err: errNoModule, Code: exitUnknown}
	}
	if t.Terminal == nil || o.Output == "json" {
		return t.follow(ctx, o, (&pipe{to: t.Stdout, json: o.Output == "json"}).show)
	}
	screen, err := term.OpenScreen(t.Terminal)
	if err != nil {
		return err
	}
	defer screen.Close()
	return t.onScreen(ctx, o, screen, screen.Keys(ctx))
}

// follow judges each sample and shows it. That ctx has ended or the reader is gone is the ordinary end.
func (t *Tool) follow(ctx context.Context, o Options, show func(Document) error) error {
	j := judge{options: o, meters: make(meters)}
	err := t.Source.Follow(ctx, feed.FollowOptions{Options: feed.Options{Log: feed.LogWhenLost, Adm: true}}, func(s feed.View) error { return show(j.document(s)) })
	if ctx.Err() != nil || errors.Is(err, syscall.EPIPE) || errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return &Failure{Err: err, Code: exitUnknown}
	}
	return nil
}

// A judge makes documents of samples, with what only a row of them tells: speeds, and for how long a state holds.
type judge struct {
	options Options
	meters  meters
	track   *drbd.Track
}

func (j *judge) document(s feed.View) Document {
	at := s.Host.At
	if at.IsZero() {
		at = time.Now()
	}
	o := j.options.observation(nil, s, nil, at)
	j.track = j.track.Next(o.Local)
	o.Track = j.track
	d := newDocument(o, s, live)
	j.meters.measure(at, d.Resources)
	return d
}

// A pipe is an output that is no terminal: it gets what is new.
type pipe struct {
	to      io.Writer
	json    bool
	changes changes
	looks   int
}

func (p *pipe) show(d Document) error {
	p.looks++
	news := p.changes.look(d, p.looks)
	switch {
	case len(news) == 0:
		return nil
	case p.json:
		return writeJSON(p.to, d, true)
	}
	_, err := fmt.Fprintln(p.to, strings.Join(news, "\n"))
	return err
}

// A canvas shows one picture at a time.
type canvas interface{ Draw(picture string) error }

// onScreen draws the latest look each second, and at once when another comes: the clock shows that it lives.
func (t *Tool) onScreen(ctx context.Context, o Options, screen canvas, keys <-chan byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	looks, ended := make(chan Document), make(chan error, 1)
	go func() {
		ended <- t.follow(ctx, o, func(d Document) error {
			select {
			case looks <- d:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return t.draw(screen, looks, ended, keys)
}

// draw is the loop of onScreen. The first picture is drawn at once, and from then on one a second.
func (t *Tool) draw(screen canvas, looks <-chan Document, ended <-chan error, keys <-chan byte) error {
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	var last *Document
	for {
		select {
		case err := <-ended:
			return err
		case pressed := <-keys:
			if pressed == 'q' {
				return nil
			}
			continue
		case d := <-looks:
			first := last == nil
			if last = &d; !first {
				continue
			}
		case <-tick.C:
			if last == nil {
				continue
			}
		}
		if err := screen.Draw(frame(*last, time.Now(), t.Color)); err != nil {
			return err
		}
	}
}
