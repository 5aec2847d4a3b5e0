package cluster

import (
	"context"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
)

// SaveLogs copies the log folder of every member's disk to a new folder, whether it is on or off.
func (l *Lab) SaveLogs(ctx context.Context, folder string) error {
	// The copying goes on in another root, where a relative name would lead elsewhere.
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	members, err := l.Members(ctx)
	if err != nil {
		return err
	}
	process, err := l.Process(ctx, "")
	if err != nil {
		return err
	}
	defer process.Close()
	return node.OnThread(func() error {
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return err
		}
		if err := unix.Setns(int(process.Fd()), unix.CLONE_NEWNS); err != nil {
			return fmt.Errorf("enter the rack: %w", err)
		}
		return rack.CopyLogs(l.Place, members, folder)
	})
}
