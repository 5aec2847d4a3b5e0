package systemctl

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/node"
)

// process1 has Pacemaker running, corosync failed and sbd stopped.
type process1 struct {
	orders []string
	answer node.UnitAnswer
}

func (p *process1) Ask(_ context.Context, o node.UnitOrder) (node.UnitAnswer, error) {
	if o.Verb != "list" {
		p.orders = append(p.orders, o.Verb+" "+o.Unit)
		return p.answer, nil
	}
	since := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return node.UnitAnswer{Units: []node.UnitStatus{
		{Name: "pacemaker", Description: "Cluster Manager", Active: node.Active, Sub: "running", Result: "success", PID: 7, Enabled: true, Since: since},
		{Name: "corosync", Description: "Cluster Engine", Active: node.Failed, Sub: "failed", Result: "signal", Since: since},
		{Name: "sbd", Description: "Fencing daemon", Active: node.Inactive, Sub: "dead", Result: "success", Enabled: true, Since: since},
	}}, nil
}

func TestCommandLines(t *testing.T) {
	tests := []struct {
		args     string
		answer   node.UnitAnswer
		want     int
		out, err string
		orders   string
	}{
		{args: "start pacemaker", orders: "start pacemaker"},
		{args: "stop pacemaker.service corosync", orders: "stop pacemaker, stop corosync"},
		{args: "restart corosync --no-block", orders: "restart corosync"},
		{args: "start nothing", want: 5, err: "Failed to start nothing.service: Unit nothing.service not found.\n"},
		{args: "stop nothing", want: 5, err: "Failed to stop nothing.service: Unit nothing.service not loaded.\n"},
		{args: "start pacemaker", answer: node.UnitAnswer{Error: "sbd is held back", Dependency: true}, want: 1, orders: "start pacemaker",
			err: "A dependency job for pacemaker.service failed; sbd is held back\n"},
		{args: "start corosync", answer: node.UnitAnswer{Error: "it ended"}, want: 1, orders: "start corosync", err: "Job for corosync.service failed; it ended\n"},
		{args: "start", want: 1, err: "systemctl: start: too few arguments\n"},
		{args: "is-active pacemaker", out: "active\n"},
		{args: "is-active sbd", want: 3, out: "inactive\n"},
		{args: "is-active corosync", want: 3, out: "failed\n"},
		{args: "is-active --quiet SAPHA1_10.service", want: 4},
		{args: "is-failed corosync", out: "failed\n"},
		{args: "is-failed nothing", want: 1, out: "inactive\n"},
		{args: "is-enabled pacemaker", out: "enabled\n"},
		{args: "is-enabled corosync", want: 1, out: "disabled\n"},
		{args: "is-enabled nothing", want: 1, err: "Failed to get unit file state for nothing.service: No such file or directory\n"},
		{args: "enable corosync", orders: "enable corosync",
			err: "Created symlink /etc/systemd/system/multi-user.target.wants/corosync.service → /lib/systemd/system/corosync.service.\n"},
		{args: "enable pacemaker", orders: "enable pacemaker"},
		{args: "disable --now pacemaker", orders: "disable pacemaker, stop pacemaker", err: "Removed \"/etc/systemd/system/multi-user.target.wants/pacemaker.service\".\n"},
		{args: "enable nothing", want: 1, err: "Failed to enable unit: Unit file nothing.service does not exist.\n"},
		{args: "status sbd", want: 3, out: "○ sbd.service - Fencing daemon\n" +
			"     Loaded: loaded (/lib/systemd/system/sbd.service; enabled; preset: enabled)\n" +
			"     Active: inactive (dead) since Sun 2026-11-22 10:00:00 UTC; 1m0s ago\n"},
		{args: "status corosync", want: 3, out: "× corosync.service - Cluster Engine\n" +
			"     Loaded: loaded (/lib/systemd/system/corosync.service; disabled; preset: enabled)\n" +
			"     Active: failed (Result: signal) since Sun 2026-11-22 10:00:00 UTC; 1m0s ago\n"},
		{args: "status nothing", want: 4, err: "Unit nothing.service could not be found.\n"},
		{args: "show -p UnitFileState -p ActiveState -p SubState pacemaker.service", out: "ActiveState=active\nSubState=running\nUnitFileState=enabled\n"},
		{args: "show -p TimeoutStartUSec sbd --value", out: "1min 30s\n"},
		{args: "show --property=LoadState,ActiveState nothing", out: "LoadState=not-found\nActiveState=inactive\n"},
		{args: "show -pMainPID pacemaker", out: "MainPID=7\n"},
		{args: "list-unit-files --no-legend SAPHA1_10.service", want: 1},
		{args: "list-unit-files nothing.service", want: 1, out: "UNIT FILE STATE PRESET\n\n0 unit files listed.\n"},
		{args: "list-unit-files --no-legend p*.service", out: "pacemaker.service enabled enabled\n"},
		{args: "list-unit-files --no-legend --type=target"},
		{args: "list-units --no-legend", out: "  pacemaker.service loaded active running Cluster Manager\n  corosync.service  loaded failed failed  Cluster Engine\n"},
		{args: "daemon-reload"},
		{args: "is-system-running", out: "running\n"},
		{args: "explode pacemaker", want: 1, err: "Unknown command verb explode.\n"},
		{args: "status --explode", want: 1, err: "systemctl: unrecognized option '--explode'\n"},
		{args: "show -p", want: 1, err: "systemctl: option '-p' requires an argument\n"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			p := &process1{answer: tt.answer}
			var out, err strings.Builder
			now := func() time.Time { return time.Date(2026, 11, 22, 10, 1, 0, 0, time.UTC) }
			code := Tool{Manager: p, Out: &out, Err: &err, Now: now}.Main(t.Context(), strings.Fields(tt.args))
			require.Equal(t, tt.want, code, err.String())
			require.Equal(t, tt.out, out.String())
			require.Equal(t, tt.err, err.String())
			require.Equal(t, tt.orders, strings.Join(p.orders, ", "))
		})
	}
}
