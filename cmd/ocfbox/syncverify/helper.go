package syncverify

import (
	"context"
	"fmt"
	"os"
	"time"

	"ocfbox/internal/block/wire"
	"ocfbox/internal/run"
)

// A helper is the process that speaks with another host: ssh, or what the user has in its place.
type helper struct {
	// to and from are our ends of its streams.
	to, from *os.File
	stop     context.CancelFunc
	// ended is closed when it has ended; result and err are then how.
	ended  chan struct{}
	name   string
	result run.Result
	err    error
}

var _ wire.Conn = (*helper)(nil)

// parting is how long a helper may take to end by itself.
const parting = 500 * time.Millisecond

// start starts a helper, which lives until it is closed or ctx ends.
func start(ctx context.Context, runner run.Runner, c run.Cmd) (*helper, error) {
	stdin, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, stdout, err := os.Pipe()
	if err != nil {
		stdin.Close()
		to.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	h := &helper{to: to, from: from, stop: stop, ended: make(chan struct{}), name: c.Path}
	c.Input, c.Output = stdin, stdout
	go func() {
		h.result, h.err = runner.Run(ctx, c)
		stdin.Close()
		stdout.Close()
		// What it left behind may hold the stream open.
		_ = from.SetReadDeadline(time.Now().Add(parting))
		close(h.ended)
	}()
	return h, nil
}

// Read reads what the helper says.
func (h *helper) Read(p []byte) (int, error) { return h.from.Read(p) }

// Write says something to the helper.
func (h *helper) Write(p []byte) (int, error) { return h.to.Write(p) }

// Close ends the helper, which may end by itself first.
func (h *helper) Close() error {
	h.to.Close()
	h.from.Close()
	go func() {
		h.wait(parting)
		h.stop()
	}()
	return nil
}

func (h *helper) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-h.ended:
		return true
	case <-timer.C:
		return false
	}
}

// An endError is how the process that reaches another host has ended.
type endError struct {
	name string
	run.Result
}

// Error is its exit code and what it complained of.
func (e *endError) Error() string {
	text := fmt.Sprintf("%s has ended with exit code %d", e.name, e.Code)
	if complaint := e.FirstError(); complaint != "" {
		text += ": " + complaint
	}
	return text
}

// Ended is how the helper ended by itself.
func (h *helper) Ended() error {
	switch {
	case !h.wait(2 * time.Second):
		return nil
	case h.err != nil:
		return h.err
	case h.result.Code != 0 || h.result.FirstError() != "":
		return &endError{h.name, h.result}
	}
	return nil
}
