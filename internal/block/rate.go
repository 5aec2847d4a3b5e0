package block

import (
	"context"
	"sync"
	"time"
)

// A Rate holds readers back to so many bytes a second (section 11). The zero value, and nil, hold nobody back.
type Rate struct {
	// PerSecond is the limit in bytes, 0 for none.
	PerSecond int64

	mu   sync.Mutex
	free time.Time
}

// Wait returns when the next bytes may be read, or when ctx ends. Time that nobody used is not saved up.
func (r *Rate) Wait(ctx context.Context, bytes int64) error {
	if r == nil || r.PerSecond <= 0 {
		return ctx.Err()
	}
	r.mu.Lock()
	now := time.Now()
	if r.free.Before(now) {
		r.free = now
	}
	wait := r.free.Sub(now)
	r.free = r.free.Add(time.Duration(float64(bytes) / float64(r.PerSecond) * float64(time.Second)))
	r.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
