package cluster_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
)

// storage is how the guide calls the shared storage.
const storage = "/dev/disk/by-id/SBDA"

// TestTheGuidesFencing runs SUSE's complete example as printed, on nodes without databases: a node that its peer fenced
// by external/sbd comes back, and its cluster waits for the administrator, who clears the slot.
func TestTheGuidesFencing(t *testing.T) {
	needLab(t)
	lab.Need(t, "stonith")
	text, err := os.ReadFile("../topologies/hana-performance/cluster.crm")
	require.NoError(t, err)
	l, err := cluster.Start(t.Context(), cluster.Options{Place: place(t), Nodes: cluster.Names(2), Agents: agents(t)}, t.Logf)
	require.NoError(t, err)
	require.NoError(t, l.ReplaceConfiguration(t.Context(), "suse01", string(text)))
	awaitView(t, l, "suse01", 30*time.Second, "fencing by external/sbd alone", func(v cluster.View) bool {
		return len(v.On("stonith-sbd")) == 1 && len(v.On("rsc_ip_HA1_HDB10")) == 1 &&
			!slices.ContainsFunc(v.Resources, func(r cluster.Resource) bool { return r.ID == cluster.FencingDevice })
	})
	run(t, l, "client", "ping", "-c", "1", "-w", "5", "192.168.1.20")

	began := time.Now()
	sysrq(t, l, "suse01", "b")
	held := awaitEvent(t, l, began, "suse01", rack.ClusterHeld)
	require.Contains(t, held.Detail, "slot of suse01 holds reset from suse02")
	require.Equal(t, []string{"0\tsuse01\treset\tsuse02", "1\tsuse02\tclear"},
		strings.Split(strings.TrimSpace(run(t, l, "suse01", "sbd", "-d", storage, "list")), "\n"))
	requireSystemctl(t, l, 3, "is-active", "pacemaker")
	requireSystemctl(t, l, 3, "is-active", "corosync")
	requireSystemctl(t, l, 1, "start", "pacemaker")
	awaitView(t, l, "suse02", 30*time.Second, "suse01 known to be off", func(v cluster.View) bool {
		return slices.Equal(v.Online(), []string{"suse02"}) && !v.Nodes[0].Unclean
	})

	// The guide's 10.1.5.
	run(t, l, "suse01", "sbd", "-d", storage, "message", "suse01", "clear")
	run(t, l, "suse01", "systemctl", "start", "pacemaker")
	require.NoError(t, l.AwaitReady(t.Context(), 30*time.Second))
	requireSystemctl(t, l, 0, "is-active", "pacemaker")
}

// TestLongSbdIsAsReliableAsItsStorage lets the power controller behind external/sbd misbehave.
func TestLongSbdIsAsReliableAsItsStorage(t *testing.T) {
	needLab(t)
	lab.Need(t, "stonith")
	l := up(t, place(t))
	reset := func() error {
		_, err := l.Run(t.Context(), "suse01", "stonith", "-t", "external/sbd", "-E", "-T", "reset", "suse02")
		return err
	}
	slot := func() string {
		return strings.Fields(strings.Split(run(t, l, "suse01", "sbd", "-d", storage, "list"), "\n")[1])[2]
	}
	boot := run(t, l, "suse02", "stat", "-c", "%Y", "/run/ocflab")
	for _, tt := range []struct {
		mode    fence.Mode
		success bool
	}{{fence.Fails, false}, {fence.Lies, false}, {fence.Swears, true}} {
		t.Run(string(tt.mode), func(t *testing.T) {
			require.NoError(t, l.SetFencing(t.Context(), tt.mode))
			err := reset()
			require.Equal(t, tt.success, err == nil, "%v", err)
			require.Equal(t, boot, run(t, l, "suse02", "stat", "-c", "%Y", "/run/ocflab"), "the node lives on")
			require.Equal(t, fence.Clear, slot())
		})
	}
	t.Run("works", func(t *testing.T) {
		require.NoError(t, l.SetFencing(t.Context(), fence.Works))
		began := time.Now()
		require.NoError(t, reset())
		awaitEvent(t, l, began, "suse02", rack.ClusterHeld)
		require.Equal(t, "reset", slot())
	})
	t.Run("a message by hand is obeyed", func(t *testing.T) {
		began := time.Now()
		run(t, l, "suse01", "sbd", "-d", storage, "message", "suse02", "off")
		require.Contains(t, awaitEvent(t, l, began, "suse02", rack.PowerOff).Detail, "sbd message off")
	})
}

// TestLongServices stops, kills and restarts the cluster's services of one node.
func TestLongServices(t *testing.T) {
	needLab(t)
	o := cluster.Options{
		Place: place(t), Nodes: cluster.Names(2), Agents: cluster.Agents{Folder: "/usr/lib/ocf/resource.d/pacemaker"}, PacemakerEnv: []string{"PCMK_fail_fast=yes"},
	}
	l, err := cluster.Start(t.Context(), o, t.Logf)
	require.NoError(t, err)
	began := time.Now()
	t.Run("a stop is graceful", func(t *testing.T) {
		run(t, l, "suse01", "systemctl", "stop", "pacemaker")
		requireSystemctl(t, l, 3, "is-active", "pacemaker")
		requireSystemctl(t, l, 0, "is-active", "corosync")
		awaitView(t, l, "suse02", 10*time.Second, "suse01 gone, in order", func(v cluster.View) bool {
			return slices.Equal(v.Online(), []string{"suse02"}) && !v.Nodes[0].Unclean
		})
	})
	t.Run("stopping corosync stops Pacemaker, and starting Pacemaker starts corosync", func(t *testing.T) {
		run(t, l, "suse01", "systemctl", "start", "pacemaker")
		require.NoError(t, l.AwaitReady(t.Context(), 30*time.Second))
		run(t, l, "suse01", "systemctl", "stop", "corosync")
		requireSystemctl(t, l, 3, "is-active", "pacemaker")
		run(t, l, "suse01", "systemctl", "start", "pacemaker")
		requireSystemctl(t, l, 0, "is-active", "corosync")
		require.NoError(t, l.AwaitReady(t.Context(), 30*time.Second))
	})
	t.Run("crmsh stops and starts the cluster on its node", func(t *testing.T) {
		run(t, l, "suse01", "crm", "cluster", "stop")
		requireSystemctl(t, l, 3, "is-active", "corosync")
		run(t, l, "suse01", "crm", "cluster", "start")
		require.NoError(t, l.AwaitReady(t.Context(), 30*time.Second))
		require.Contains(t, run(t, l, "suse01", "crm", "cluster", "status"), "active/running/enabled")
	})
	t.Run("a disabled unit does not start at boot", func(t *testing.T) {
		run(t, l, "suse01", "systemctl", "disable", "--now", "pacemaker")
		run(t, l, "suse01", "systemctl", "stop", "corosync")
		require.NoError(t, l.Crash(t.Context(), "suse01"))
		require.NoError(t, l.Boot(t.Context(), "suse01"))
		requireSystemctl(t, l, 3, "is-active", "pacemaker")
		run(t, l, "suse01", "systemctl", "enable", "--now", "pacemaker")
		require.NoError(t, l.AwaitReady(t.Context(), 30*time.Second))
	})
	t.Run("units of SAP are not there", func(t *testing.T) {
		requireSystemctl(t, l, 4, "is-active", "--quiet", "SAPHA1_10.service")
		requireSystemctl(t, l, 1, "list-unit-files", "--no-legend", "SAPHA1_10.service")
	})
	t.Run("a killed pacemakerd comes back", func(t *testing.T) {
		run(t, l, "suse01", "pkill", "-9", "-x", "pacemakerd")
		awaitEvent(t, l, began, "suse01", rack.ServiceRestarted)
		require.NoError(t, l.AwaitReady(t.Context(), 30*time.Second))
	})
	requireNeverOff(t, l, began)
	t.Run("with PCMK_fail_fast a killed daemon takes the node with it", func(t *testing.T) {
		began := time.Now()
		// The node may die before pkill does.
		_, _ = l.Run(t.Context(), "suse02", "pkill", "-9", "-x", "pacemaker-contr")
		off := awaitEvent(t, l, began, "suse02", rack.PowerOff)
		require.NotContains(t, off.Detail, "fenced")
	})
}

// requireSystemctl demands an exit code.
func requireSystemctl(t *testing.T, l *cluster.Lab, want int, args ...string) {
	t.Helper()
	out, err := l.Run(t.Context(), "suse01", append([]string{"systemctl"}, args...)...)
	code, ran := node.ExitCode(err)
	require.True(t, ran, "%v", err)
	require.Equal(t, want, code, "%s: %s %v", args, out, err)
}

// requireNeverOff demands that nobody lost power since then, but by the test's own hand.
func requireNeverOff(t *testing.T, l *cluster.Lab, since time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	require.NoError(t, l.Events(ctx, func(e rack.Event) {
		if e.What == rack.PowerOff && e.Time.After(since) {
			require.Equal(t, "power loss", e.Detail, e.Node)
		}
	}))
}

// awaitView waits until a node sees what it should.
func awaitView(t *testing.T, l *cluster.Lab, on string, within time.Duration, what string, holds func(cluster.View) bool) {
	t.Helper()
	require.NoError(t, cluster.Await(t.Context(), what, within, func(ctx context.Context) error {
		view, err := l.View(ctx, on)
		if err == nil && !holds(view) {
			err = fmt.Errorf("%s sees: %s", on, view)
		}
		return err
	}))
}

// awaitEvent waits for something to happen to a node, and returns it.
func awaitEvent(t *testing.T, l *cluster.Lab, since time.Time, of, what string) rack.Event {
	t.Helper()
	// A fencing device may be delayed by 15 s, and its node boots afterwards.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var found *rack.Event
	var seen []string
	require.NoError(t, l.Events(ctx, func(e rack.Event) {
		if e.Time.Before(since) || found != nil {
			return
		}
		seen = append(seen, fmt.Sprintf("%s: %s (%s)", e.Node, e.What, e.Detail))
		if e.Node == of && e.What == what {
			found = &e
			cancel()
		}
	}))
	require.NotNil(t, found, "%q of %s did not happen; what did: %q", what, of, seen)
	return *found
}
