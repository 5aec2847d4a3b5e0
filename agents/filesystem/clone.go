package filesystem

import (
	"strings"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// sharedTypes may be mounted on several nodes at once (filesystem.md 6.2).
const sharedTypes = " none overlay overlayfs tmpfs nfs nfs4 efs aznfs smbfs cifs gfs2 glusterfs ceph ocfs2 cvfs lustre "

// journalledTypes are local ones whose journal is written even by a mount that is read-only.
const journalledTypes = " ext4 ext4dev ext3 reiserfs reiser4 xfs jfs "

// checkClone refuses to mount a local file system on several nodes at once, unless that is asked for in so many
// words.
func (a *config) checkClone(c *ocf.Call) error {
	if c.Clone.Max == "" || in(sharedTypes, a.fstype) {
		return nil
	}
	readOnly := mount.HasOption(strings.ReplaceAll(a.options, " ", ""), "ro")
	switch {
	case a.forceClones:
		c.Log.Warn("force_clones: %q is mounted on several nodes, and is not made for that", a.fstype)
		return nil
	case readOnly && !in(journalledTypes, a.fstype):
		c.Log.Warn("%q is mounted on several nodes, read-only", a.fstype)
		return nil
	}
	name := a.fstype
	if name == "" {
		name = "a type that is read from the device"
	}
	return ocf.ErrConfigured.With("a clone would mount %s (%s) on several nodes at once and destroy it; "+
		"use a cluster file system, or no clone", a.device, name)
}
