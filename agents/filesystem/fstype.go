package filesystem

import (
	"context"
	"strings"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// checkType makes sure that the kernel knows the file system's type, loading it if need be (filesystem.md 6.3).
func (a *config) checkType(ctx context.Context, c *ocf.Call) error {
	if a.namedType() == "" {
		return nil
	}
	name := a.moduleType()
	if name == "nfs4" && a.fstype != "nfs4" && a.helper(c) == "" {
		return ocf.ErrInstalled.With("the program mount.%s is not installed on this node", a.fstype)
	}
	c.Log.Trace("ask for file system type %s", name)
	known, unsure := mount.TypeKnown(name)
	if unsure != nil {
		known = a.listed(ctx, c, name)
	}
	switch {
	case known:
		return nil
	case name == "reiserfs":
		return ocf.ErrInstalled.With("the kernel has no reiserfs; it is gone since Linux 6.13: copy the data to another " +
			"file system")
	}
	return ocf.ErrInstalled.With("the kernel of this node has no file system type %q", name)
}

// moduleType is the type by which the kernel is asked.
func (a *config) moduleType() string {
	switch {
	case strings.HasPrefix(a.fstype, "fuse."), a.fstype == "glusterfs", a.fstype == "rozofs":
		return "fuse"
	case a.fstype == "efs", a.fstype == "aznfs":
		return "nfs4"
	}
	return a.fstype
}

// listed looks for the type in the kernel's list, and tries to load its module.
func (a *config) listed(ctx context.Context, c *ocf.Call, name string) bool {
	inList := func() bool {
		text, err := ocf.ReadFile("/proc/filesystems")
		return err == nil && mount.TypeListed(string(text), name)
	}
	if inList() {
		return true
	}
	_, err := c.Runner.Run(ctx, run.Cmd{Path: "modprobe", Args: []string{name}})
	return err == nil && inList()
}
