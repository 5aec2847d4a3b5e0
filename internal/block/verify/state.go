package verify

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A State is what the replication says of itself at a moment. A pair that nothing replicates has none.
type State struct {
	// Connected says that writes reach the other side; Quiet that none is on its way.
	Connected bool `json:"connected"`
	Quiet     bool `json:"quiet"`
	// Resync says that one side is being brought up to date, or is about to be.
	Resync bool `json:"resync,omitempty"`
	// OutOfSync is how many bytes the replication knows to differ, -1 where it does not tell.
	OutOfSync int64 `json:"out_of_sync"`
	// Epoch changes whenever the connection, a role or a disk state has changed.
	Epoch string `json:"epoch"`
}

// And is what both sides say together: the worse of it.
func (s State) And(other State) State {
	out := max(s.OutOfSync, other.OutOfSync)
	if min(s.OutOfSync, other.OutOfSync) < 0 && out == 0 {
		out = -1
	}
	return State{
		Connected: s.Connected && other.Connected, Quiet: s.Quiet && other.Quiet, Resync: s.Resync || other.Resync,
		OutOfSync: out, Epoch: s.Epoch + " | " + other.Epoch,
	}
}

// What a resync of the pair does to the run: it waits for the end of it, takes no notice, or ends with [ErrResync].
const (
	ResyncPause = "pause"
	ResyncGo    = "go"
	ResyncAbort = "abort"
)

// ErrResync is returned by a run that a resync was to end.
var ErrResync = errors.New("a resync has begun")

// mindful is how often the replication is asked whether a resync runs.
const mindful = 2 * time.Second

// mind watches for a resync while the first pass runs, until it is stopped.
func (r *run) mind(ctx context.Context, end context.CancelCauseFunc) (stop func()) {
	if r.State == nil || r.Resync == ResyncGo {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	look := func() {
		resync := r.State(ctx).Resync
		if ctx.Err() != nil {
			return
		}
		if resync && r.Resync == ResyncAbort {
			end(ErrResync)
			return
		}
		if r.gate.set(resync) && resync && r.Warn != nil {
			r.Warn(errors.New("a resync runs; the comparison waits for its end"))
		}
	}
	look()
	watching.Go(func() {
		for sleep(ctx, mindful) == nil {
			look()
		}
	})
	return func() { cancel(); watching.Wait() }
}

// A gate is open until it is set. The zero value is open.
type gate struct {
	mu sync.Mutex
	// shut is closed when the gate opens; nil is open.
	shut chan struct{}
}

// set shuts or opens the gate, and reports whether that is new.
func (g *gate) set(shut bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case shut == (g.shut != nil):
		return false
	case shut:
		g.shut = make(chan struct{})
	default:
		close(g.shut)
		g.shut = nil
	}
	return true
}

// wait returns when the gate is open, or with the error of ctx.
func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut == nil {
		return ctx.Err()
	}
	select {
	case <-shut:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
