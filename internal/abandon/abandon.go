// Package abandon makes calls that may never return, as those on a file system whose server or disk is dead, and
// gives up on them in time.
//
// A call is made by a process of its own: this binary, started again under [Name]. A thread would not do. When the
// kernel waits for a disk or for a request that a server has taken and does not answer, even SIGKILL does not end
// the wait, and a process with such a thread in it does not end either: whoever waits for our exit code, as
// Pacemaker does, would wait along. A child that is stuck like that can be left behind.
//
// The start of the process costs some milliseconds of CPU, so a [Caller] starts one only for its first call and
// keeps it for those that follow. What never waits, as statx without synchronisation, does not belong here.
package abandon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"

	"ocfbox/internal/run"
)

// Name is the name under which this binary is started again to make calls. A main function whose program uses a
// Caller hands over to [Serve] when it is called so.
const Name = "ocfbox-call"

// ErrStuck is returned when the call had not come back when its time was up. It may still take effect.
var ErrStuck = errors.New("the call does not come back")

// A Caller makes calls, one at a time. The zero value is ready to use; it is to be closed.
type Caller struct {
	mu   sync.Mutex
	peer *run.Peer
}

// An Error is what a call answered.
type Error struct {
	// Errno is the kernel's error, or 0 when it was none of the kernel's.
	Errno syscall.Errno
	// Text is the message.
	Text string
}

// Error is the message.
func (e *Error) Error() string { return e.Text }

// Unwrap is the kernel's error.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Do makes the call of that name. The error is what the call answered, an *Error, or ErrStuck when ctx ended before
// the call came back; the process that is in it has been killed then, and dies when the kernel lets it.
func (c *Caller) Do(ctx context.Context, call string, args ...string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s: %w", call, ErrStuck)
	}
	if c.peer == nil {
		peer, err := run.StartPeer(Name)
		if err != nil {
			return "", err
		}
		c.peer = peer
	}
	reply, err := c.exchange(ctx, append([]string{call}, args...))
	if err != nil {
		c.end()
		if ctx.Err() != nil {
			return "", fmt.Errorf("%s: %w", call, ErrStuck)
		}
		return "", fmt.Errorf("%s: talk to the calling process: %w", call, err)
	}
	return reply.result()
}

func (c *Caller) exchange(ctx context.Context, words []string) (reply, error) {
	peer := c.peer
	stop := context.AfterFunc(ctx, func() { peer.Interrupt() })
	answer, err := ask(peer, words)
	if !stop() {
		c.end() // whoever asks next must not meet the interruption that was meant for us
	}
	if err != nil {
		return reply{}, err
	}
	return parseReply(answer)
}

func ask(peer *run.Peer, words []string) ([]string, error) {
	if err := writeWords(peer.To, words); err != nil {
		return nil, err
	}
	return readWords(peer.From)
}

// Close ends the calling process, if there is one.
func (c *Caller) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
}

func (c *Caller) end() {
	if c.peer != nil {
		c.peer.End()
		c.peer = nil
	}
}
