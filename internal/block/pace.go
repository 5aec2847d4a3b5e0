package block

import (
	"context"
	"sync"
	"time"
)

// A Pace lets fewer read at a time while reading is slow, because somebody else reads or writes (section 11). It
// begins with one, who learns how long a read takes when the device is idle. The zero value but for Most is ready;
// nil holds nobody back.
type Pace struct {
	// Most is how many may read at a time.
	Most int

	mu    sync.Mutex
	limit int
	busy  int
	// best is the shortest time that a mebibyte took. rest is how long everybody waits before a read, while one
	// alone is still too many.
	best, rest time.Duration
	// seen counts the reads since the limit last changed; changed is closed when somebody may be let in.
	seen    int
	changed chan struct{}
}

const (
	// tooSlow is how many times its best a read takes when others are in need, fast when they are not.
	tooSlow = 4
	fast    = 3
	// patient is how many quick reads in a row let one more in.
	patient = 16
)

// Enter returns when the caller may read, and is to call Leave, or with the error of ctx when that ends.
func (p *Pace) Enter(ctx context.Context) error {
	if p == nil {
		return ctx.Err()
	}
	for {
		p.mu.Lock()
		if p.limit == 0 {
			p.limit, p.changed = 1, make(chan struct{})
		}
		rest, changed := p.rest, p.changed
		if p.busy < p.limit {
			p.busy++
			p.mu.Unlock()
			err := pause(ctx, rest)
			if err != nil {
				p.Leave(0, 0)
			}
			return err
		}
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Leave says how long it took to read so many bytes.
func (p *Pace) Leave(took time.Duration, bytes int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	if bytes > 0 {
		p.learn(time.Duration(float64(took) / float64(bytes) * (1 << 20)))
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// learn changes the limit by what a mebibyte took.
func (p *Pace) learn(took time.Duration) {
	if p.best == 0 || took < p.best {
		p.best = max(took, 1)
	}
	p.seen++
	switch {
	case took > tooSlow*p.best && p.limit > 1 && p.seen > p.limit:
		p.limit, p.seen = p.limit/2, 0
	case took > tooSlow*p.best && p.limit == 1:
		p.rest, p.seen = 3*took, 0
	case took < fast*p.best && p.seen >= patient:
		p.seen = 0
		if p.rest > 0 {
			if p.rest /= 2; p.rest < p.best {
				p.rest = 0
			}
			return
		}
		p.limit = min(p.limit+1, max(p.Most, 1))
	}
}
