package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/drbdsim/core"
	"ocfbox/test/hanasim/wire"
)

// A question is what a tool asks: one on a connection.
type question struct {
	Do *core.Command `json:"do,omitempty"`
	// Since waits for a version that is newer.
	Since *uint64 `json:"since,omitempty"`
}

// A reply answers it.
type reply struct {
	Result  core.Result `json:"result"`
	View    core.View   `json:"view"`
	Version uint64      `json:"version"`
}

// watchdog is how long an answer to Since may take: then the state is told as it is.
const watchdog = 5 * time.Second

// serve answers one question. A tool that goes away ends its wait.
func (d *daemon) serve(raw net.Conn) {
	conn := wire.New(raw)
	defer conn.Close()
	var q question
	if conn.Receive(&q) != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		// Nothing more is said: this returns when the tool is gone.
		var none question
		_ = conn.Receive(&none)
		cancel()
	}()
	var r reply
	switch {
	case q.Do != nil:
		r.Result = d.do(ctx, *q.Do)
	case q.Since != nil:
		d.await(ctx, *q.Since)
	}
	d.mu.Lock()
	if !d.loaded {
		d.loadModule()
		d.settle(false)
	}
	r.View, r.Version = d.node.View(time.Now()), d.version
	r.View.Loaded = d.loaded
	d.mu.Unlock()
	_ = conn.Send(r)
}

// await returns when there is a version after since.
func (d *daemon) await(ctx context.Context, since uint64) {
	timer := time.NewTimer(watchdog)
	defer timer.Stop()
	for {
		d.mu.Lock()
		version, changed := d.version, d.changed
		d.mu.Unlock()
		if version > since {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// A Client is the kernel as the tools reach it.
type Client struct{}

func (Client) ask(ctx context.Context, q question) (reply, error) {
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "unix", "@"+Socket+strings.Repeat("\x00", len(unix.RawSockaddrUnix{}.Path)-1-len(Socket)))
	if err != nil {
		return reply{}, fmt.Errorf("reach the node's kernel: %w", err)
	}
	conn := wire.New(raw)
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var r reply
	err = conn.Ask(q, &r)
	return r, errors.Join(err, ctx.Err())
}

// Do carries out a command and waits for its end.
func (c Client) Do(ctx context.Context, command core.Command) (core.Result, error) {
	r, err := c.ask(ctx, question{Do: &command})
	return r.Result, err
}

// View shows the node.
func (c Client) View(ctx context.Context) (core.View, error) {
	r, err := c.ask(ctx, question{})
	return r.View, err
}

// Await returns a view when something has changed since a version, or when nothing has for some time.
func (c Client) Await(ctx context.Context, since uint64) (core.View, uint64, error) {
	r, err := c.ask(ctx, question{Since: &since})
	return r.View, r.Version, err
}
