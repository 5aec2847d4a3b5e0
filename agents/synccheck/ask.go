package synccheck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
)

// sample is what DRBD says on this node now, in one command at most. Rows without names are no answer: which resource
// is in which state is then not known.
func (a *checker) sample(ctx context.Context, c *ocf.Call) (feed.View, error) {
	view, err := feed.New(c.Runner, c.Env).Gather(ctx, feed.Options{Log: feed.LogWhenLost, Adm: true})
	switch {
	case err != nil:
		return view, err
	case slices.ContainsFunc(view.Host.Resources, nameless):
		return view, fmt.Errorf("which resources there are is not known: %w", errors.New(strings.Join(view.Host.Problems, "; ")))
	}
	for _, problem := range view.Host.Problems {
		c.Log.Debug("DBG: %s", problem)
	}
	return view, nil
}

// nameless reports whether a resource is a row of /proc/drbd that got no name.
func nameless(r drbd.Resource) bool {
	return r.Name == "" && slices.ContainsFunc(r.Volumes, func(v drbd.Volume) bool { return !v.Unconfigured })
}

// askPeer adds the other host's view. Without an answer there is only this one's.
func (a *checker) askPeer(ctx context.Context, c *ocf.Call, o *drbd.Observation) {
	remote := feed.Remote{Runner: c.Runner, Host: a.peer, Env: []string{"HOME=/root"}}
	view, err := remote.Gather(ctx)
	if err != nil {
		c.Log.Warn("%s gives no view: %v", a.peer, err)
		return
	}
	o.Remote, o.RemoteLog = &view.Host, view.Log
}
