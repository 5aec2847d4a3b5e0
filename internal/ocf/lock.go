package ocf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockPause is how long a waiting process leaves a lock alone.
const lockPause = 20 * time.Millisecond

// Lock takes the lock of that name, waiting no longer than ctx; the error of one that stays held wraps
// ctx's. A process that dies lets go of its locks. The file stays: a lock whose file is removed can be
// held twice.
func (s *State) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	path := s.Path(name + ".lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(ctx, int(file.Fd())); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { file.Close() }, nil
}

func lockFile(ctx context.Context, fd int) error {
	tick := time.NewTicker(lockPause)
	defer tick.Stop()
	for {
		err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("held by another process: %w", ctx.Err())
		}
	}
}
