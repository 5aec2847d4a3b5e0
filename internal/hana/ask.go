package hana

import (
	"context"
	"sync"
	"time"
)

// Left is the time until ctx ends.
func Left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return time.Hour
	}
	return time.Until(deadline)
}

// Within asks one question, of which there may be as many attempts, so that each gets its share.
func Within[T any](ctx context.Context, limit time.Duration, attempts int, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, min(limit, Left(ctx)/time.Duration(attempts)))
	defer cancel()
	return ask(ctx)
}

// Together does everything side by side and waits for all. A panic in one comes out here, where it is
// turned into an outcome.
func Together(all ...func()) {
	var group sync.WaitGroup
	panics := make(chan any, len(all))
	for _, one := range all {
		group.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panics <- p
				}
			}()
			one()
		})
	}
	group.Wait()
	select {
	case p := <-panics:
		panic(p)
	default:
	}
}

// Pause waits, or not as long when ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
