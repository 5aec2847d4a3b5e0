package saphanatopology

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// SAP's host agent, as systemd and as the older start script know it (saphana-topology.md 6).
const (
	agentUnit    = "saphostagent.service"
	agentProgram = "/usr/sap/hostctrl/exe/saphostexec"
	agentProfile = "pf=/usr/sap/hostctrl/exe/host_profile"
)

const (
	// askSystemd bounds a question to systemd, startAgent a start of the host agent.
	askSystemd = 10 * time.Second
	startAgent = 60 * time.Second
	// agentPause is how long a host agent that was just started is left alone: one that cannot start is
	// no reason to try every ten seconds.
	agentPause = time.Minute
)

// keepHostAgent starts the host agent when it does not run. Whether that succeeds changes no outcome: only
// the virtual host name depends on it. It returns when the last attempt was, 0 when none is needed.
func (a *topology) keepHostAgent(ctx context.Context, c *ocf.Call, tried int64) int64 {
	runs, err := a.hostAgentRuns(ctx, c)
	switch {
	case err != nil:
		c.Log.Debug("DBG: whether the SAP host agent runs is not known: %v", err)
		return tried
	case runs && tried != 0:
		c.Log.Info("ACT: SAP host agent runs again")
		return 0
	case runs:
		return 0
	}
	now := time.Now()
	if since := now.Sub(time.Unix(tried, 0)); tried != 0 && since >= 0 && since < agentPause {
		return tried
	}
	cmd, ok := a.hostAgentStart(ctx, c)
	say := c.Log.Warn
	if tried != 0 {
		say = c.Log.Debug
	}
	if !ok {
		say("ACT: SAP host agent does not run, and there is none to start")
		return now.Unix()
	}
	say("ACT: SAP host agent does not run: %s", cmd)
	ctx, cancel := context.WithTimeout(ctx, startAgent)
	defer cancel()
	if result, err := c.Runner.Run(ctx, cmd); err != nil {
		say("start of the SAP host agent: %v", err)
	} else if !result.OK() {
		say("start of the SAP host agent: exit %d: %s", result.Code, result.FirstError())
	}
	return now.Unix()
}

// hostAgentRuns asks systemd, and then looks for the process itself: systemd does not know one that the
// older start script has started. The error is that of a systemd that gave no answer.
func (a *topology) hostAgentRuns(ctx context.Context, c *ocf.Call) (bool, error) {
	result, err := systemctl(ctx, c, "is-active", "--quiet", agentUnit)
	if err == nil && result.OK() {
		return true, nil
	}
	found, _ := filepath.Glob(a.at("/proc/[0-9]*/cmdline"))
	for _, path := range found {
		line, err := os.ReadFile(path)
		if err == nil && bytes.Contains(line, []byte(agentProgram)) {
			return true, nil
		}
	}
	if errors.Is(err, run.ErrNotFound) {
		return false, nil
	}
	return false, err
}

// hostAgentStart is the command that starts the host agent in the style in which it is installed; ok is
// false when it is not.
func (a *topology) hostAgentStart(ctx context.Context, c *ocf.Call) (cmd run.Cmd, ok bool) {
	if a.hasUnit(ctx, c) {
		return run.Cmd{Path: "systemctl", Args: []string{"start", agentUnit}}, true
	}
	info, err := os.Stat(a.at(agentProgram))
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
		return run.Cmd{}, false
	}
	return run.Cmd{Path: agentProgram, Args: []string{agentProfile}}, true
}

func (a *topology) hasUnit(ctx context.Context, c *ocf.Call) bool {
	_, err := os.Stat(a.at(filepath.Join("/etc/systemd/system", agentUnit)))
	if err == nil {
		return true
	}
	result, err := systemctl(ctx, c, "list-unit-files", "--no-legend", agentUnit)
	return err == nil && result.OK() && strings.HasPrefix(result.Text(), agentUnit)
}

func systemctl(ctx context.Context, c *ocf.Call, args ...string) (run.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, askSystemd)
	defer cancel()
	return c.Runner.Run(ctx, run.Cmd{Path: "systemctl", Args: args})
}
