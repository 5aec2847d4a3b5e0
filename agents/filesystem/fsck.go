package filesystem

import (
	"context"
	"errors"
	"strings"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// The values of run_fsck.
const (
	fsckAuto  = "auto"
	fsckForce = "force"
	fsckNo    = "no"
)

// unchecked are the types that are not checked unless forced: they have a journal, or nothing checks them
// (filesystem.md 6.5).
const unchecked = " ext4 ext4dev ext3 reiserfs reiser4 nss xfs jfs vfat fat nfs4 nfs aznfs efs cifs smbfs ocfs2 gfs2 none " +
	"lustre glusterfs ceph tmpfs overlay overlayfs rozofs zfs cvfs "

// uncorrected is the exit code from which fsck has left something wrong.
const uncorrected = 4

// fsckPolicy is when to check, and false for a value that means nothing.
func (a *config) fsckPolicy() (policy string, ok bool) {
	switch a.fsck {
	case fsckAuto, "":
		return fsckAuto, true
	case fsckForce, fsckNo:
		return a.fsck, true
	}
	return fsckAuto, false
}

// checkSystem checks the file system before it is mounted, where that is wanted.
func (a *config) checkSystem(ctx context.Context, c *ocf.Call, s source) error {
	policy, ok := a.fsckPolicy()
	if !ok {
		c.Log.Warn("run_fsck=%s means nothing; taken as auto", a.fsck)
	}
	switch {
	case s.kind != block && s.kind != tagged, policy == fsckNo, policy == fsckAuto && in(unchecked, a.fstype):
		return nil
	}
	args := []string{"-p", s.path}
	if fstype := a.namedType(); fstype != "" {
		args = append([]string{"-t", fstype}, args...)
	}
	c.Log.Info("check the file system on %s", s.path)
	result, err := c.Runner.Run(ctx, run.Cmd{Path: "fsck", Args: args})
	switch {
	case errors.Is(err, run.ErrNotFound):
		return ocf.ErrInstalled.With("the file system on %s cannot be checked (run_fsck): %w", s.text, err)
	case err != nil:
		return ocf.ErrGeneric.With("check the file system on %s: %w", s.text, err)
	}
	for line := range strings.Lines(string(result.Stdout) + string(result.Stderr)) {
		if line = strings.TrimSpace(line); line != "" {
			c.Log.Info("fsck: %s", line)
		}
	}
	if result.Code >= uncorrected {
		return ocf.ErrGeneric.With("fsck of %s left errors (exit %d); check it by hand", s.text, result.Code)
	}
	return nil
}
