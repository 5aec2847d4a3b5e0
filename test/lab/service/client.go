package service

import (
	"context"
	"slices"
	"sync"
	"time"
)

// How often the client asks, and how long it waits for an answer.
const (
	every    = 100 * time.Millisecond
	patience = 3 * time.Second
)

// An attempt is a row that the client asked for.
type attempt struct {
	row             int
	asked, answered time.Time
	// by is the node that says that the row is on the disk.
	by string
	// err is why nobody does; the row may be there all the same.
	err error
}

// A client asks for one row after the other, each only once.
type client struct {
	put func(ctx context.Context, row int) (by string, err error)
	// served is told when rows begin or cease to be acknowledged.
	served func(bool)

	mu   sync.Mutex
	list []attempt
}

// run asks until ctx ends.
func (c *client) run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	up := false
	for row := 1; ctx.Err() == nil; row++ {
		a := c.ask(ctx, row)
		c.mu.Lock()
		c.list = append(c.list, a)
		c.mu.Unlock()
		if now := a.err == nil; now != up {
			up = now
			c.served(up)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (c *client) ask(ctx context.Context, row int) attempt {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a := attempt{row: row, asked: time.Now()}
	a.by, a.err = c.put(ctx, row)
	a.answered = time.Now()
	return a
}

// attempts are all so far.
func (c *client) attempts() []attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}
