package syncview

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
)

// A Source asks this host.
type Source interface {
	// Gather takes a sample. With an error, the view is what is known all the same.
	Gather(ctx context.Context, o feed.Options) (feed.View, error)
	// Follow tells of each change until ctx ends or tell fails; of figures alone every few seconds.
	Follow(ctx context.Context, o feed.FollowOptions, tell func(feed.View) error) error
}

// A Tool is one call of `ocfbox sync status` or `ocfbox sync watch`.
type Tool struct {
	Source Source
	// Peer asks another host.
	Peer func(ctx context.Context, host string) (feed.View, error)
	// Verified tells of the last comparisons of copies; nil is none.
	Verified func() ([]drbd.Verified, error)
	Stdin    io.Reader
	Stdout   io.Writer
	// Terminal is set where a person sits at the output; Color is whether to use colour there.
	Terminal *os.File
	Color    bool
}

// Status says how the resources are, once. A state that is not well is a *Failure without an error.
func (t *Tool) Status(ctx context.Context, o Options) error {
	if err := o.check(outputs()); err != nil {
		return t.inConvention(o, err)
	}
	if o.Schema {
		_, err := io.WriteString(t.Stdout, schema)
		return err
	}
	d, err := t.look(ctx, o)
	if err != nil {
		return t.inConvention(o, err)
	}
	code := &Failure{Code: d.Status}
	if o.Exit == "plugin" {
		code.Code = plugin(d.Status)
	}
	if !o.Quiet {
		// A reader that has seen enough, as head has, is no failure.
		if err := t.write(o, d); err != nil && !errors.Is(err, syscall.EPIPE) {
			return err
		}
	}
	if code.Code == exitOK {
		return nil
	}
	return code
}

// inConvention gives a failure the exit code of the convention that is asked for.
func (t *Tool) inConvention(o Options, err error) error {
	var failed *Failure
	if o.Exit == "plugin" && errors.As(err, &failed) {
		failed.Code = plugin(failed.Code)
	}
	return err
}

func (t *Tool) write(o Options, d Document) error {
	switch {
	case o.Output == "json":
		return writeJSON(t.Stdout, d, false)
	case o.Output == "prometheus":
		return writePrometheus(t.Stdout, d)
	case o.Output == "perfdata":
		return writePlugin(t.Stdout, d)
	case o.Style == "clpstat":
		return writeClpstat(t.Stdout, d)
	}
	return writeText(t.Stdout, d, t.Color)
}

// look gathers what is asked for and judges it.
func (t *Tool) look(ctx context.Context, o Options) (Document, error) {
	if len(o.From) > 0 {
		return t.recorded(o)
	}
	before, local, err := t.ask(ctx, o)
	if err != nil {
		local.Host.Problems = append(local.Host.Problems, err.Error())
	}
	remote, remoteErr := t.askPeer(ctx, o)
	seen := o.observation(before, local, remote, time.Now())
	var unread error
	if t.Verified != nil {
		seen.Verified, unread = t.Verified()
	}
	d := newDocument(seen, local, live)
	if unread != nil {
		d.Host.Problems = append(d.Host.Problems, unread.Error())
	}
	if remoteErr != nil {
		d.lacks(remoteErr)
	}
	if err != nil {
		d.lacks(err)
	}
	return d, nil
}

// observation puts together what was found out, of the resources that are asked about.
func (o *Options) observation(before *feed.View, local feed.View, remote *feed.View, now time.Time) drbd.Observation {
	all := drbd.Observation{Local: o.only(local.Host), Log: local.Log, Options: o.judging(local.Host, now)}
	if before != nil {
		host := o.only(before.Host)
		all.Before = &host
	}
	if remote != nil {
		host := o.only(remote.Host)
		all.Remote, all.RemoteLog = &host, remote.Log
		all.Kinships = drbd.Kinships(local.GI, local.Host.Name, remote.GI, remote.Host.Name)
	}
	return all
}

// ask takes one sample of this host or, with a settle time, another one before it.
func (t *Tool) ask(ctx context.Context, o Options) (before *feed.View, now feed.View, err error) {
	wanted := feed.Options{Log: feed.LogWhenLost, Adm: true, GI: o.Peer != "" || o.Output == "json"}
	now, err = t.Source.Gather(ctx, wanted)
	if err != nil || o.Settle == 0 || !now.Host.Loaded {
		return nil, now, err
	}
	first := now
	if err := wait(ctx, o.Settle); err != nil {
		return nil, now, err
	}
	now, err = t.Source.Gather(ctx, wanted)
	return &first, now, err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *Tool) askPeer(ctx context.Context, o Options) (*feed.View, error) {
	if o.Peer == "" {
		return nil, nil
	}
	view, err := t.Peer(ctx, o.Peer)
	if err != nil {
		return nil, err
	}
	return &view, nil
}

// lacks says that something that was asked for could not be found out. What is left is then not known to be good:
// a good state becomes an unknown one, a bad one stays.
func (d *Document) lacks(err error) {
	text := err.Error()
	if d.Class < drbd.Unknown || len(d.Resources) == 0 {
		d.Class, d.Reason, d.Text, d.Status = drbd.Unknown, drbd.ReasonNoData, text, exitUnknown
	}
	if !slices.Contains(d.Host.Problems, text) {
		d.Host.Problems = append(d.Host.Problems, text)
	}
}

// recorded judges recorded text: of this host and, when there are two files, of the other one.
func (t *Tool) recorded(o Options) (Document, error) {
	var views []feed.View
	for _, name := range o.From {
		view, err := readRecorded(name, t.Stdin, o.Lenient)
		if err != nil {
			return Document{}, &Failure{Err: err, Hint: "see --from in ocfbox-sync(8)", Code: exitUnknown}
		}
		views = append(views, view)
	}
	local, remote := views[0], (*feed.View)(nil)
	if len(views) > 1 {
		remote = &views[1]
	}
	now := local.Host.At
	if now.IsZero() {
		now = time.Now()
	}
	return newDocument(o.observation(nil, local, remote, now), local, strings.Join(o.From, ", ")), nil
}
