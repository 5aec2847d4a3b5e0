package bench

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab"
)

const shellFilesystem = "/usr/lib/ocf/resource.d/heartbeat/Filesystem"

// TestBarFilesystem holds the bars of the Filesystem agent: a monitor and a stop against the shell agent, and the
// monitor's growth with the number of mounts.
func TestBarFilesystem(t *testing.T) {
	lab.Need(t, "root", "mkfs.ext4", "losetup", "umount")
	device, point := loopDisk(t), t.TempDir()
	params := []string{"device=" + device, "directory=" + point, "fstype=ext4"}
	unmount := func() { _ = unix.Unmount(point, 0) }
	mount := func() { unmount(); require.NoError(t, unix.Mount(device, point, "ext4", 0, "")) }
	t.Cleanup(unmount)

	bare := &Contestant{Name: "a bare Go program", Args: []string{bareProgram(t)}}
	ours := filesystem(t, "ours", agentProgram(t, "Filesystem"), params, "monitor")
	shell := filesystem(t, "the shell agent", []string{shellFilesystem}, params, "monitor")
	mount()
	Run(t, 100, bare, ours, shell)
	Table(os.Stdout, "monitor of a mounted file system", bare, ours, shell)
	Bar(t, ours, 2.0, bare)
	Bar(t, ours, 1.0/15, shell)

	ours = filesystem(t, "ours", agentProgram(t, "Filesystem"), params, "stop")
	shell = filesystem(t, "the shell agent", []string{shellFilesystem}, params, "stop")
	ours.Before, shell.Before = mount, mount
	ours.Measure, shell.Measure = wholeTree(ours), wholeTree(shell)
	Run(t, 40, ours, shell)
	Table(os.Stdout, "stop of a mounted file system that nobody uses", ours, shell)
	Bar(t, ours, 1.0/15, shell)
}

// TestBarManyMounts holds the bar on growth: one question costs the same however many mounts there are.
func TestBarManyMounts(t *testing.T) {
	lab.Need(t, "root", "mkfs.ext4", "losetup")
	device, point, crowd := loopDisk(t), t.TempDir(), t.TempDir()
	require.NoError(t, unix.Mount(device, point, "ext4", 0, ""))
	t.Cleanup(func() { _ = unix.Unmount(point, 0) })
	params := []string{"device=" + device, "directory=" + point, "fstype=ext4"}
	var all []*Contestant
	for _, others := range []int{few, many} {
		ours := filesystem(t, fmt.Sprintf("ours, %d other mounts", others), agentProgram(t, "Filesystem"), params, "monitor")
		bindMany(t, crowd, others)
		Run(t, 100, ours)
		all = append(all, ours)
	}
	require.NoError(t, unix.Unmount(crowd, unix.MNT_DETACH))
	Table(os.Stdout, "monitor of a mounted file system", all...)
	Bar(t, all[1], 3.0, all[0])
}

// wholeTree measures a call with all processes that it leaves behind, as stop leaves the one that unmounts.
func wholeTree(c *Contestant) func(*testing.T) Sample {
	return func(t *testing.T) Sample {
		require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		before := childrenCPU(t)
		sample := c.start(t)
		for {
			if _, err := unix.Wait4(-1, nil, 0, nil); errors.Is(err, unix.ECHILD) {
				break
			}
		}
		sample.CPU = childrenCPU(t) - before
		return sample
	}
}

// childrenCPU is the processor time of all processes that we have waited for.
func childrenCPU(t *testing.T) time.Duration {
	t.Helper()
	var used unix.Rusage
	require.NoError(t, unix.Getrusage(unix.RUSAGE_CHILDREN, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// bindMany lets so many mounts be below a folder.
func bindMany(t *testing.T, folder string, n int) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder, "0")); err != nil {
		require.NoError(t, unix.Mount("tmpfs", folder, "tmpfs", 0, ""))
	}
	for i := range n {
		point := filepath.Join(folder, fmt.Sprint(i))
		if os.Mkdir(point, 0o755) == nil {
			require.NoError(t, unix.Mount(folder, point, "", unix.MS_BIND, ""))
		}
	}
}

// loopDisk is a loop device with an ext4 file system.
func loopDisk(t *testing.T) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 16<<20))
	output, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput()
	require.NoError(t, err, string(output))
	output, err = exec.Command("losetup", "--find", "--show", image).CombinedOutput()
	require.NoError(t, err, string(output))
	device := strings.TrimSpace(string(output))
	t.Cleanup(func() {
		output, err := exec.Command("losetup", "--detach", device).CombinedOutput()
		require.NoError(t, err, string(output))
	})
	return device
}

// agentProgram is our program as an agent.
func agentProgram(t *testing.T, agent string) []string {
	t.Helper()
	return []string{ocfbox(t)[0], agent}
}

// filesystem is an action of a resource, as Pacemaker calls it.
func filesystem(t *testing.T, name string, program, params []string, action string) *Contestant {
	t.Helper()
	c := contestant(t, name, append(program, action), params)
	state := t.TempDir()
	c.Env = append(c.Env, "HA_RSCTMP="+state, "OCF_RESOURCE_TYPE=Filesystem")
	return c
}
