package filesystem

import (
	"context"
	"os"
	"path/filepath"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// orderedTypes are the types that systemd would unmount by itself at shutdown, before the cluster has stopped what
// lies on them (filesystem.md 6.7).
const orderedTypes = " nfs4 nfs aznfs efs smbfs cifs gfs2 glusterfs ceph ocfs2 cvfs lustre "

const (
	systemdFolder = "/run/systemd/system"
	orderFile     = systemdFolder + "/resource-agents-deps.target.d/99-Filesystem-remote.conf"
	orderText     = "[Unit]\nAfter=remote-fs.target\n"
)

// orderShutdown lets systemd stop the cluster before it unmounts remote file systems, once a boot.
func (a *config) orderShutdown(ctx context.Context, c *ocf.Call) {
	if !in(orderedTypes, a.fstype) && !a.forceClones {
		return
	}
	if inode, err := mount.Inspect(systemdFolder); err != nil || !inode.Directory() {
		return
	}
	if have, err := ocf.ReadFile(orderFile); err == nil && string(have) == orderText {
		return
	}
	err := os.MkdirAll(filepath.Dir(orderFile), 0o755)
	if err == nil {
		err = os.WriteFile(orderFile, []byte(orderText), 0o644)
	}
	if err == nil {
		_, err = c.Runner.Run(ctx, run.Cmd{Path: "systemctl", Args: []string{"daemon-reload"}})
	}
	if err != nil {
		c.Log.Warn("at shutdown systemd may unmount %s before the cluster stops it: %v", a.directory, err)
	}
}
