package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

// withDisk is a laboratory of two nodes with a shared disk.
func withDisk(t *testing.T, p rack.Place) cluster.Options {
	t.Helper()
	lab.Need(t, "mkfs.ext4")
	a, err := disk.Addition(disk.Default(), nil)
	require.NoError(t, err)
	return cluster.Options{
		Place: p, Nodes: cluster.Names(2), Agents: cluster.Agents{Folder: "/usr/lib/ocf/resource.d/pacemaker"},
		Additions: []cluster.Addition{a},
	}
}

// upWithDisk brings it up. Its nodes leave each other alone.
func upWithDisk(t *testing.T) *cluster.Lab {
	t.Helper()
	needLab(t)
	l, err := cluster.Start(t.Context(), withDisk(t, place(t)), t.Logf)
	require.NoError(t, err)
	require.NoError(t, l.SetFencing(t.Context(), "fails"))
	return l
}

const mountDisk = "mkdir -p /srv/files && mount /dev/shared-data /srv/files"

// TestANodeThatMountsCannotReachTheHost tries, in a node that may mount, what the others cannot, and what it could do
// with that right.
func TestANodeThatMountsCannotReachTheHost(t *testing.T) {
	l := upWithDisk(t)
	t.Run("system calls that concern the whole machine are refused", func(t *testing.T) {
		answers := intrusions(t, l, "suse01", "mount")
		require.Greater(t, len(answers), 60)
		for attempt, answer := range answers {
			want := []string{unix.EPERM.Error(), unix.ENOSYS.Error()}
			switch strings.Fields(attempt)[0] {
			case "uncover", "copy", "move":
				// The kernel's word for a mount that is locked.
				want = append(want, unix.EINVAL.Error())
			}
			require.Contains(t, want, answer, attempt)
		}
	})
	t.Run("it mounts what a file server mounts", func(t *testing.T) {
		run(t, l, "suse01", "sh", "-ec", mountDisk+`
mkdir -p /srv/copy /srv/layer /srv/all
mount --bind /srv/files /srv/copy; mount -o remount,bind,ro /srv/copy; ! touch /srv/copy/x; umount /srv/copy
mount -o bind,ro,nodev /usr /srv/copy; umount /srv/copy
mount -t tmpfs none /srv/layer; mkdir /srv/layer/upper /srv/layer/scratch
mount -t overlay -o lowerdir=/srv/files,upperdir=/srv/layer/upper,workdir=/srv/layer/scratch none /srv/all
touch /srv/all/x; umount /srv/all /srv/layer /srv/files`)
	})
	t.Run("a copy of everything has what is protected as it is", func(t *testing.T) {
		run(t, l, "suse01", "mount", "--rbind", "/", "/mnt")
		require.Empty(t, run(t, l, "suse01", "find", "/mnt/proc/sys", "-path", "/mnt/proc/sys/net", "-prune", "-o", "-type", "f", "-writable", "-print"))
		require.Empty(t, run(t, l, "suse01", "find", "/mnt/sys", "-type", "f", "-writable", "-print"))
		run(t, l, "suse01", "umount", "-l", "/mnt")
	})
	t.Run("the tools that would enter the host do not", func(t *testing.T) {
		for _, line := range []string{
			"mount -t proc proc /mnt", "mount -t sysfs sysfs /mnt", "mount -t cgroup2 cgroup2 /mnt", "mount -o remount,rw /proc/sys",
			"mount -o remount,bind,rw /proc/sys", "mount --bind /tmp /proc", "umount /proc/sys", "umount -l /proc/sys",
			"nsenter -t 1 -m true", "unshare -m true", "unshare -Urm true", "losetup -d /dev/shared-data", "fsfreeze -f /",
		} {
			_, err := l.Run(t.Context(), "suse01", strings.Fields(line)...)
			require.Error(t, err, line)
		}
	})
	requireHarmless(t, l, "/dev/full", "/dev/fuse", "/dev/null", "/dev/random", "/dev/shared-data", "/dev/tty", "/dev/urandom", "/dev/zero")
	t.Run("a machine without the disk may not mount", func(t *testing.T) {
		_, err := l.Run(t.Context(), cluster.ClientHost, "mount", "-t", "tmpfs", "none", "/mnt")
		require.ErrorContains(t, err, "permission denied")
	})
}

func TestTwoNodesDoNotMountTheSharedDiskAtOnce(t *testing.T) {
	l := upWithDisk(t)
	run(t, l, "suse01", "sh", "-ec", mountDisk+"; echo first > /srv/files/note")
	require.Equal(t, []string{"/srv/files"}, state(t, l, "suse01").Disks[0].Mounts)

	t.Run("while one has it the other is refused, which is on record", func(t *testing.T) {
		began := time.Now()
		_, err := l.Run(t.Context(), "suse02", "sh", "-ec", mountDisk)
		require.ErrorContains(t, err, "busy")
		status, err := l.Status(t.Context())
		require.NoError(t, err)
		require.Len(t, status.Clashes, 1)
		clash := status.Clashes[0]
		require.Equal(t, "suse02 would mount data, which suse01 has", clash.Node+" "+clash.Detail)
		require.WithinRange(t, clash.Time, began, time.Now())
	})
	t.Run("so it is when the mount is detached and still in use", func(t *testing.T) {
		run(t, l, "suse01", "sh", "-ec", "cd /srv/files; umount -l /srv/files; sleep 300 >/dev/null 2>&1 &")
		require.Empty(t, state(t, l, "suse01").Disks[0].Mounts)
		_, err := l.Run(t.Context(), "suse02", "sh", "-ec", mountDisk)
		require.ErrorContains(t, err, "busy")
		run(t, l, "suse01", "pkill", "sleep")
	})
	t.Run("afterwards the other has what the first wrote", func(t *testing.T) {
		require.NoError(t, cluster.Await(t.Context(), "suse02 mounts", 10*time.Second, func(context.Context) error {
			_, err := l.Run(t.Context(), "suse02", "sh", "-ec", mountDisk)
			return err
		}))
		require.Equal(t, "first\n", run(t, l, "suse02", "cat", "/srv/files/note"))
	})
	t.Run("and the first what the other wrote", func(t *testing.T) {
		run(t, l, "suse02", "sh", "-ec", "echo second > /srv/files/note; umount /srv/files")
		run(t, l, "suse01", "sh", "-ec", mountDisk)
		require.Equal(t, "second\n", run(t, l, "suse01", "cat", "/srv/files/note"))
	})
}

// state is that of one node.
func state(t *testing.T, l *cluster.Lab, node string) rack.State {
	t.Helper()
	status, err := l.Status(t.Context())
	require.NoError(t, err)
	for _, n := range status.Nodes {
		if n.Name == node {
			return n
		}
	}
	require.Fail(t, "there is no node "+node)
	return rack.State{}
}

// TestLongANodeIsOffWhenItsDiskIsFree lets nodes die in the middle of writing, in several ways.
func TestLongANodeIsOffWhenItsDiskIsFree(t *testing.T) {
	l := upWithDisk(t)
	ends := []struct {
		name, want string
		do         func(*testing.T)
	}{
		{"power loss", "power loss", func(t *testing.T) { require.NoError(t, l.Crash(t.Context(), "suse02")) }},
		{"reboot(2)", "reboot(2), restart", func(t *testing.T) { start(t, l, "suse02", "restart") }},
		{"b to sysrq-trigger", "sysrq b", func(t *testing.T) { sysrq(t, l, "suse02", "b") }},
	}
	for _, end := range ends {
		t.Run(end.name, func(t *testing.T) {
			device := state(t, l, "suse02").Disks[0].Device
			run(t, l, "suse02", "sh", "-ec", mountDisk+"; dd if=/dev/urandom of=/srv/files/unwritten bs=1M count=80")
			require.ErrorIs(t, claim(device), unix.EBUSY)
			began := time.Now()
			end.do(t)
			requireOff(t, l, "suse02", end.want, began)
			require.NoError(t, claim(device), "it is off, and its file system is not unmounted")
			require.NoError(t, l.Boot(t.Context(), "suse02"))
		})
	}
}

// TestLongANodeIsNotOffWhileItsDiskIsInUse keeps a file of a node's disk open outside the node, as a kernel does that is late.
func TestLongANodeIsNotOffWhileItsDiskIsInUse(t *testing.T) {
	l := upWithDisk(t)
	run(t, l, "suse02", "sh", "-ec", mountDisk)
	late := openInside(t, l, "suse02", "/srv/files")
	defer late.Close()
	began := time.Now()
	require.ErrorContains(t, l.Crash(t.Context(), "suse02"), "its shared disks are still in use")
	require.True(t, state(t, l, "suse02").On)
	requireEvent(t, l, began, func(e rack.Event) bool { return e.Node == "suse02" && e.What == rack.DiskHeld })
	_, err := l.Run(t.Context(), "suse01", "sh", "-ec", mountDisk)
	require.ErrorContains(t, err, "busy")

	require.NoError(t, late.Close())
	require.NoError(t, l.Crash(t.Context(), "suse02"))
	require.False(t, state(t, l, "suse02").On)
	run(t, l, "suse01", "sh", "-ec", mountDisk)
}

// openInside opens a path of a node from here.
func openInside(t *testing.T, l *cluster.Lab, on, path string) *os.File {
	t.Helper()
	process, err := l.Process(t.Context(), on)
	require.NoError(t, err)
	defer process.Close()
	_, rest, _ := strings.Cut(read(t, fmt.Sprintf("/proc/self/fdinfo/%d", process.Fd())), "Pid:")
	file, err := os.Open(filepath.Join("/proc", strings.Fields(rest)[0], "root", path))
	require.NoError(t, err)
	return file
}

// requireEvent demands an event of the rack.
func requireEvent(t *testing.T, l *cluster.Lab, since time.Time, fits func(rack.Event) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var seen []rack.Event
	found := false
	require.NoError(t, l.Events(ctx, func(e rack.Event) {
		if e.Time.Before(since) {
			return
		}
		seen = append(seen, e)
		if found = found || fits(e); found {
			cancel()
		}
	}))
	require.True(t, found, "seen: %v", seen)
}

// claim opens a device as a file system does: nobody else may have it.
func claim(device string) error {
	fd, err := unix.Open(device, unix.O_RDONLY|unix.O_EXCL|unix.O_CLOEXEC, 0)
	if err == nil {
		err = unix.Close(fd)
	}
	return err
}

// TestTheRefereeFindsADoubleMount runs a scenario in which an administrator mounts what the other node has.
func TestTheRefereeFindsADoubleMount(t *testing.T) {
	needLab(t)
	r := scenario.Runner{Options: withDisk(t, place(t)), Folder: t.TempDir(), Out: io.Discard}
	planted := scenario.Scenario{Name: "planted", Title: "Two nodes mount the disk.", Run: func(s *scenario.Stage) {
		s.Run("suse01", "sh", "-ec", mountDisk)
		s.Run("suse02", "sh", "-c", mountDisk+" || true")
	}}
	require.ErrorContains(t, r.Run(t.Context(), planted).Err, "suse02 would mount data, which suse01 has")
	innocent := scenario.Scenario{Name: "innocent", Title: "One after the other.", Run: func(s *scenario.Stage) {
		s.Run("suse01", "sh", "-ec", mountDisk+"; umount /srv/files")
		s.Run("suse02", "sh", "-ec", mountDisk)
	}}
	require.NoError(t, r.Run(t.Context(), innocent).Err, "each scenario is judged by what happened in it")
}

// TestLongASharedDiskLeavesNothingBehind ends laboratories whose nodes have a shared disk mounted.
func TestLongASharedDiskLeavesNothingBehind(t *testing.T) {
	needLab(t)
	lab.Need(t, "mkfs.ext4")
	before := observe(t)
	p := newOcflab(t)
	begin := func(t *testing.T) {
		out, code := p.run(t, "up", "--with", "shared-disk")
		require.Zero(t, code, out)
		require.Len(t, loops(t, p.place), 2)
		out, code = p.run(t, "exec", "suse01", "--", "sh", "-ec", mountDisk+"; dd if=/dev/urandom of=/srv/files/unwritten bs=1M count=50")
		require.Zero(t, code, out)
	}
	t.Run("down", func(t *testing.T) {
		begin(t)
		out, code := p.run(t, "down")
		require.Zero(t, code, out)
		require.Empty(t, loops(t, p.place))
		requireNoTrace(t, p.place, before)
	})
	t.Run("down after the rack was killed", func(t *testing.T) {
		begin(t)
		killRack(t, p.place)
		out, code := p.run(t, "down")
		require.Zero(t, code, out)
		require.Empty(t, loops(t, p.place))
		requireNoTrace(t, p.place, before)
	})
	for _, after := range []time.Duration{20, 50, 80, 120, 200, 400} {
		after *= time.Millisecond
		t.Run("down after up was killed at "+after.String(), func(t *testing.T) {
			cmd := p.command(t, "up", "--with", "shared-disk")
			require.NoError(t, cmd.Start())
			time.Sleep(after)
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait()
			out, code := p.run(t, "down")
			require.Zero(t, code, out)
			require.Empty(t, loops(t, p.place))
			requireNoTrace(t, p.place, before)
		})
	}
	t.Run("up after the rack was killed", func(t *testing.T) {
		begin(t)
		killRack(t, p.place)
		require.Eventually(t, func() bool { return len(processes(t, p.place)) == 0 }, 10*time.Second, 5*time.Millisecond)
		begin(t)
		out, code := p.run(t, "down")
		require.Zero(t, code, out)
		require.Empty(t, loops(t, p.place))
		requireNoTrace(t, p.place, before)
	})
}

// killRack kills the one process of a laboratory that is the rack.
func killRack(t *testing.T, p rack.Place) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, file := range files {
		line, _ := os.ReadFile(file)
		if string(line) != rack.ProcessName+"\x00"+p.ID+"\x00" {
			continue
		}
		var pid int
		_, err := fmt.Sscanf(file, "/proc/%d/", &pid)
		require.NoError(t, err)
		require.NoError(t, unix.Kill(pid, unix.SIGKILL))
		return
	}
	require.Fail(t, "there is no rack")
}

// loops are the loop devices that carry a laboratory's label.
func loops(t *testing.T, p rack.Place) []string {
	t.Helper()
	devices, err := filepath.Glob("/dev/loop[0-9]*")
	require.NoError(t, err)
	var found []string
	for _, device := range devices {
		file, err := os.Open(device)
		if errors.Is(err, unix.ENXIO) {
			continue
		}
		require.NoError(t, err)
		info, err := unix.IoctlLoopGetStatus64(int(file.Fd()))
		file.Close()
		if err == nil && strings.HasPrefix(unix.ByteSliceToString(info.File_name[:]), "ocflab/"+p.Label()+"/") {
			found = append(found, device)
		}
	}
	return found
}
