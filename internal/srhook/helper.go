package srhook

import (
	"context"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

// HelperName is the program that the hooks let sudo run; HelperPath is where rules in sudoers name it.
const (
	HelperName = "SAPHanaSR-hookHelper"
	HelperPath = "/usr/sbin/" + HelperName
)

// Deadlines of the helper.
const (
	// takeoverTime is all that checkTakeover may take: less than the hook's default patience of 30 s.
	takeoverTime = 20 * time.Second
	// askTime is what one question besides the CIB may take of it.
	askTime = 5 * time.Second
)

// TakeoverCommand is what the provider susTkOver runs by sudo (hana-hooks.md 4.2).
func TakeoverCommand(sid hana.SID) []string { return helperCommand(sid, "checkTakeover") }

func helperCommand(sid hana.SID, useCase string) []string {
	return []string{HelperPath, "--sid=" + string(sid), "--case=" + useCase}
}

// A Helper answers the hooks as root. It is SAPHanaSR-hookHelper without its command line.
type Helper struct {
	Runner run.Runner
	Config Config
	// SysRq is the kernel's file for echoBe, /proc/sysrq-trigger but in tests.
	SysRq string
	// Say writes a line to the system's log, besides the one with which the helper ends.
	Say func(line string)
}

// CheckTakeover says whether a takeover is permitted on this node. It changes nothing.
func (h *Helper) CheckTakeover(ctx context.Context, sid hana.SID) Answer {
	ctx, cancel := context.WithTimeout(ctx, takeoverTime)
	defer cancel()
	cluster := &crm.Cluster{Runner: h.Runner}
	o := Takeover{SID: sid, AcceptMaintenanceMode: h.Config.AcceptMaintenanceMode}
	if o.CIB, o.CIBErr = cluster.CIB(ctx); o.CIBErr != nil {
		return o.Decide()
	}
	brief := &crm.Cluster{Runner: h.Runner, Timeout: askTime}
	o.Node, o.NodeErr = brief.LocalNode(ctx)
	if o.NeedsDaemon() {
		o.Told, o.ToldErr = brief.Told(ctx, sid.Attribute("sra"))
	}
	return o.Decide()
}
