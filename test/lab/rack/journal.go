package rack

import (
	"encoding/json"
	"net"
	"slices"
	"sync"
)

// A journal keeps everything that happened, and tells those who listen.
type journal struct {
	mu     sync.Mutex
	events []Event
	// grown is closed, and replaced, when an event is added.
	grown chan struct{}
}

func (j *journal) add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
	if j.grown != nil {
		close(j.grown)
	}
	j.grown = make(chan struct{})
}

// all returns the events of a kind.
func (j *journal) all(what string) []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(j.events), func(e Event) bool { return e.What != what })
}

// after returns the events behind the first n, and what to wait for when there are none.
func (j *journal) after(n int) ([]Event, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.grown == nil {
		j.grown = make(chan struct{})
	}
	return j.events[n:], j.grown
}

// stream writes all events, old and new, to conn until that is closed.
func (j *journal) stream(conn net.Conn) {
	gone := make(chan struct{})
	go func() {
		// The client never writes: this returns when it goes away.
		_, _ = conn.Read(make([]byte, 1))
		close(gone)
	}()
	out := json.NewEncoder(conn)
	for sent := 0; ; {
		events, grown := j.after(sent)
		for _, e := range events {
			if out.Encode(e) != nil {
				return
			}
		}
		sent += len(events)
		if len(events) > 0 {
			continue
		}
		select {
		case <-grown:
		case <-gone:
			return
		}
	}
}
