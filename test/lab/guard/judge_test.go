package guard

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const mount, fsopen, move, config = unix.SYS_MOUNT, unix.SYS_FSOPEN, unix.SYS_MOVE_MOUNT, unix.SYS_FSCONFIG
	tests := []struct {
		name string
		call Call
		want unix.Errno
	}{
		{"a disk's file system", Call{mount, "ext4", "/srv/files", 0, "noatime"}, 0},
		{"xfs", Call{mount, "xfs", "/srv/files", unix.MS_RDONLY, ""}, 0},
		{"memory", Call{mount, "tmpfs", "/tmp/x", 0, "size=1m"}, 0},
		{"a server of files", Call{mount, "fuse.ocflab", "/srv/files", 0, "fd=3"}, 0},
		{"one that takes a disk", Call{mount, "fuseblk.ocflab", "/srv/files", 0, "fd=3"}, 0},
		{"an overlay", Call{mount, "overlay", "/srv/files", 0, "lowerdir=/a"}, 0},
		{"the kernel's processes", Call{mount, "proc", "/mnt", 0, ""}, unix.EPERM},
		{"a type that begins like one of ours", Call{mount, "tmpfsx", "/mnt", 0, ""}, unix.EPERM},
		{"no type", Call{mount, "", "/mnt", 0, ""}, unix.EPERM},
		{"bind needs no type", Call{mount, "none", "/mnt", unix.MS_BIND | unix.MS_REC, ""}, 0},
		{"remount does not look at the type", Call{mount, "proc", "/mnt", unix.MS_REMOUNT, ""}, 0},
		{"propagation neither", Call{mount, "proc", "/mnt", unix.MS_PRIVATE, ""}, 0},
		{"move neither", Call{mount, "", "/mnt", unix.MS_MOVE, ""}, 0},
		{"read-only alone is a new file system", Call{mount, "proc", "/mnt", unix.MS_RDONLY | unix.MS_NOSUID, ""}, unix.EPERM},
		{"bind over the kernel's files", Call{mount, "", "/proc", unix.MS_BIND, ""}, unix.EPERM},
		{"below them", Call{mount, "tmpfs", "/sys/fs/cgroup", 0, ""}, unix.EPERM},
		{"by a detour", Call{mount, "tmpfs", "/srv//../dev/shm", 0, ""}, unix.EPERM},
		{"over the laboratory's sockets", Call{mount, "tmpfs", "/run/ocflab", 0, ""}, unix.EPERM},
		{"a name that begins so is another", Call{mount, "tmpfs", "/process", 0, ""}, 0},
		{"an error must not stop the host", Call{mount, "ext4", "/srv/files", 0, "noatime,errors=panic"}, unix.EPERM},
		{"nor after a remount", Call{mount, "", "/srv/files", unix.MS_REMOUNT, "errors=panic"}, unix.EPERM},
		{"nor that of btrfs", Call{Number: config, Options: "fatal_errors=panic"}, unix.EPERM},
		{"an option", Call{Number: config, Options: "errors=remount-ro"}, 0},
		{"the making of a context", Call{Number: config}, 0},
		{"a context for a disk", Call{Number: fsopen, Type: "ext4"}, 0},
		{"a context for the kernel", Call{Number: fsopen, Type: "cgroup2"}, unix.EPERM},
		{"a superblock of the laboratory is to be changed", Call{Number: unix.SYS_FSPICK, Target: "/run/ocflab/power"}, unix.EPERM},
		{"one of the node", Call{Number: unix.SYS_FSPICK, Target: "/srv/files"}, 0},
		{"a tree is attached", Call{Number: move, Target: "/srv/files"}, 0},
		{"a tree is attached to the kernel's files", Call{Number: move, Target: "/proc/sys"}, unix.EPERM},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, Judge(tt.call))
		})
	}
}
