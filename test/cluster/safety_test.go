package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
)

// TestANodeCannotReachTheHost tries, as root inside a node, everything by which the shared kernel
// would let it.
func TestANodeCannotReachTheHost(t *testing.T) {
	needLab(t)
	l := up(t, place(t))
	t.Run("system calls that concern the whole machine are refused", func(t *testing.T) {
		for attempt, answer := range intrusions(t, l, "suse01", "try") {
			// A kernel may lack the call altogether.
			require.Contains(t, []string{unix.EPERM.Error(), unix.ENOSYS.Error()}, answer, attempt)
		}
	})
	requireHarmless(t, l, "/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero")
}

// requireHarmless demands that the kernel's files in a node do no harm, and that it has these devices and no others.
func requireHarmless(t *testing.T, l *cluster.Lab, devices ...string) {
	t.Run("sysctls are read-only, but for the node's own network", func(t *testing.T) {
		out := run(t, l, "suse01", "find", "/proc/sys", "-path", "/proc/sys/net", "-prune", "-o", "-type", "f", "-writable", "-print")
		require.Empty(t, out)
		forwarding := func() string { return read(t, "/proc/sys/net/ipv4/ip_forward") }
		before := forwarding()
		run(t, l, "suse01", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward && echo 0 > /proc/sys/net/ipv4/ip_forward")
		require.Equal(t, before, forwarding())
	})
	t.Run("sysfs is read-only", func(t *testing.T) {
		require.Empty(t, run(t, l, "suse01", "find", "/sys", "-type", "f", "-writable", "-print"))
	})
	t.Run("there is no device but harmless ones", func(t *testing.T) {
		out := run(t, l, "suse01", "find", "/dev", "-type", "b", "-o", "-type", "c", "-not", "-path", "/dev/pts/*")
		have := strings.Fields(out)
		slices.Sort(have)
		require.Equal(t, devices, have)
	})
	t.Run("a device file on the disk does not open", func(t *testing.T) {
		require.Contains(t, run(t, l, "suse01", "sh", "-c", "grep ' / ' /proc/self/mounts"), "nodev")
	})
	t.Run("the host's services are not there", func(t *testing.T) {
		for _, path := range []string{"/run/systemd", "/run/dbus", "/run/docker.sock"} {
			_, err := l.Run(t.Context(), "suse01", "test", "-e", path)
			require.Error(t, err, path)
		}
	})
	t.Run("no process of the host can be seen or killed", func(t *testing.T) { requireKillRefused(t, l) })
	t.Run("a host name set on the host is not the node's, and the other way round", func(t *testing.T) {
		name, err := os.Hostname()
		require.NoError(t, err)
		require.Equal(t, "suse01\n", run(t, l, "suse01", "cat", "/proc/sys/kernel/hostname"))
		require.NotEqual(t, "suse01", name)
	})
	t.Run("the host has no interface of the laboratory", func(t *testing.T) {
		links, err := os.ReadDir("/sys/class/net")
		require.NoError(t, err)
		for _, link := range links {
			require.NotContains(t, link.Name(), "ocflab")
		}
	})
	t.Run("Pacemaker has no more rights than that", func(t *testing.T) {
		for _, daemon := range []string{"/usr/sbin/corosync", "pacemakerd"} {
			pid := strings.TrimSpace(run(t, l, "suse01", "pgrep", "-o", "-f", daemon))
			want := run(t, l, "suse01", "grep", "CapBnd", "/proc/self/status")
			require.Equal(t, want, run(t, l, "suse01", "grep", "CapBnd", "/proc/"+pid+"/status"), daemon)
		}
	})
}

func requireKillRefused(t *testing.T, l *cluster.Lab) {
	victim := exec.Command("sleep", "300")
	require.NoError(t, victim.Start())
	defer func() {
		require.NoError(t, victim.Process.Kill())
		_ = victim.Wait()
	}()
	require.NotContains(t, run(t, l, "suse01", "ps", "-eo", "args"), "sleep 300")
	_, err := l.Run(t.Context(), "suse01", "pkill", "-9", "-f", "sleep 300")
	require.Error(t, err)
	require.NoError(t, victim.Process.Signal(unix.Signal(0)))
}

// TestEveryEndOfANodeIsOnlyItsOwn lets nodes reboot, panic and halt.
func TestEveryEndOfANodeIsOnlyItsOwn(t *testing.T) {
	needLab(t)
	l := up(t, place(t))
	// Its peer must not switch the node off or on meanwhile.
	require.NoError(t, l.SetFencing(t.Context(), "fails"))
	ends := []struct {
		name, want string
		do         func(*testing.T)
	}{
		{"reboot(2)", "reboot(2), restart", func(t *testing.T) { start(t, l, "suse02", "restart") }},
		{"reboot(2) to power off", "reboot(2), halt", func(t *testing.T) { start(t, l, "suse02", "off") }},
		{"b to sysrq-trigger", "sysrq b", func(t *testing.T) { sysrq(t, l, "suse02", "b") }},
		{"c to sysrq-trigger", "sysrq c", func(t *testing.T) { sysrq(t, l, "suse02", "c") }},
	}
	for _, end := range ends {
		t.Run(end.name, func(t *testing.T) {
			began := time.Now()
			end.do(t)
			requireOff(t, l, "suse02", end.want, began)
			require.Equal(t, "suse01\n", run(t, l, "suse01", "hostname"))
			require.NoError(t, l.Boot(t.Context(), "suse02"))
		})
	}
}

// sysrq writes a key to /proc/sysrq-trigger, or, where the kernel has no such file, to
// what would stand in its place.
func sysrq(t *testing.T, l *cluster.Lab, on, key string) {
	// The node may die before the shell does.
	_, _ = l.Run(t.Context(), on, "sh", "-c", "f=/proc/sysrq-trigger; test -e $f || f=/run/ocflab/sysrq; echo "+key+" > $f; sleep 5")
}

// requireOff demands that a node went off, or goes, for this reason.
func requireOff(t *testing.T, l *cluster.Lab, node, why string, since time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var seen []string
	found := false
	require.NoError(t, l.Events(ctx, func(e rack.Event) {
		if e.Node != node || e.What != rack.PowerOff || e.Time.Before(since) {
			return
		}
		seen = append(seen, e.Detail)
		if found = strings.Contains(e.Detail, why); found {
			cancel()
		}
	}))
	require.True(t, found, "%s did not go off by %s; it went off by %q", node, why, seen)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// intruder is the name under which the test binary, inside a node, tries what it should not.
const intruder = "ocflab-intruder"

// start runs the intruder with one order that ends the node.
func start(t *testing.T, l *cluster.Lab, on, order string) {
	process, err := l.Process(t.Context(), on)
	require.NoError(t, err)
	defer process.Close()
	cmd := node.Command(t.Context(), node.Binary)
	cmd.Args = []string{intruder, order}
	// It does not come back.
	_ = node.Run(process, cmd)
}

// intrusions returns what the kernel answered to each attempt.
func intrusions(t *testing.T, l *cluster.Lab, on, order string) map[string]string {
	process, err := l.Process(t.Context(), on)
	require.NoError(t, err)
	defer process.Close()
	var out bytes.Buffer
	cmd := node.Command(t.Context(), node.Binary)
	cmd.Args, cmd.Stdout = []string{intruder, order}, &out
	require.NoError(t, node.Run(process, cmd))
	answers := map[string]string{}
	require.NoError(t, json.Unmarshal(out.Bytes(), &answers))
	require.NotEmpty(t, answers)
	return answers
}
