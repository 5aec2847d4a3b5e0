package saphana

import (
	"context"
	"errors"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

const (
	// roleAttempts is how often hdbnsutil is asked for the role before getParameter.py is, and askPause
	// what is between two attempts (saphana.md 6.1).
	roleAttempts = 3
	askPause     = 2 * time.Second
	// landscapeAttempts is how often the landscape is asked for.
	landscapeAttempts = 2
	// pollLimit, modeLimit and versionLimit bound the questions that HANA_CALL_TIMEOUT does not (5.2).
	pollLimit    = 5 * time.Second
	modeLimit    = 10 * time.Second
	versionLimit = 10 * time.Second
	// accountLimit bounds the look-up of <sid>adm and its environment.
	accountLimit = 20 * time.Second
)

// most is ctx less the time that writing takes: what could not be done or found out in time must not keep
// what could from the cluster.
func most(ctx context.Context, parts, of int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, hana.Left(ctx)*time.Duration(parts)/time.Duration(of))
}

// replication is the section of global.ini that getParameter.py is asked about.
const replication = "global.ini/system_replication/"

// role asks for the site's role until it is one (saphana.md 6.1).
func (s *session) role(ctx context.Context) (hana.Role, error) {
	var failed error
	for attempt := range roleAttempts {
		r, err := hana.Within(ctx, s.callTimeout(), roleAttempts+1-attempt, s.tools.Replication)
		if role := r.Mode.Role(); err == nil && role != hana.RoleUnknown {
			return role, nil
		}
		failed = err
		hana.Pause(ctx, askPause)
	}
	values, err := hana.Within(ctx, s.callTimeout(), 1, func(ctx context.Context) (map[string]string, error) {
		return s.tools.Parameters(ctx, replication+"actual_mode", replication+"mode")
	})
	for _, key := range []string{"actual_mode", "mode"} {
		if mode := hana.Mode(values[replication+key]); mode != "" {
			return mode.Role(), errors.Join(failed, err)
		}
	}
	return hana.RoleUnknown, errors.Join(failed, err, hana.ErrGarbled)
}

// landscape asks for the state of the database, and once more when the answer says nothing.
func (s *session) landscape(ctx context.Context) Landscape {
	if s.tools == nil {
		return Landscape{}
	}
	for attempt := range landscapeAttempts {
		if attempt > 0 {
			hana.Pause(ctx, askPause)
		}
		land, err := hana.Within(ctx, s.callTimeout(), landscapeAttempts-attempt, s.tools.Landscape)
		garbled := errors.Is(err, hana.ErrGarbled)
		if garbled && land.Status == hana.LandscapeError && s.processesRun(ctx) {
			// A python that breaks exits like a database that is down.
			s.call.Log.Warn("the landscape says down and the processes run: %v", err)
			return Landscape{}
		}
		if (err == nil || garbled) && land.Status != hana.LandscapeFatal {
			roles, _ := land.RolesOf(s.own().VirtualHost)
			return Landscape{Known: true, Status: land.Status, Roles: roles}
		}
		if err == nil {
			err = errors.New("landscapeHostConfiguration.py: internal error (exit 0)")
		}
		s.call.Log.Warn("attempt %d: %v", attempt+1, err)
		if ctx.Err() != nil {
			break
		}
	}
	return Landscape{}
}

// landscapeOfStarted is the state of a database that the cluster takes for started, before it is promoted. One
// that has only just come up may not be listed yet, and is asked again after each pause.
func (s *session) landscapeOfStarted(ctx context.Context) Landscape {
	land := s.landscape(ctx)
	for range awaitShort {
		if !land.Down() {
			break
		}
		hana.Pause(ctx, awaitPause)
		land = s.landscape(ctx)
	}
	return land
}

// processesRun reports whether sapcontrol is sure that HANA's daemon and name server run (saphana.md 6.5).
func (s *session) processesRun(ctx context.Context) bool {
	result, err := hana.Within(ctx, s.callTimeout(), landscapeAttempts, func(ctx context.Context) (run.Result, error) {
		return s.sapcontrol(ctx, "-function", "GetProcessList", "-format", "script")
	})
	if err != nil {
		return false
	}
	processes, err := hana.ParseProcesses(string(result.Stdout))
	runs := map[string]bool{}
	for _, p := range processes {
		runs[p.Name] = p.Running()
	}
	return err == nil && runs["hdbdaemon"] && runs["hdbnameserver"]
}

// poll asks how the replication to the partner's site is (saphana.md 11.10).
func (s *session) poll(ctx context.Context) Poll {
	site := s.partner().Site
	status, err := hana.Within(ctx, pollLimit, 1, func(ctx context.Context) (hana.SyncStatus, error) {
		return s.tools.SyncStatus(ctx, site)
	})
	switch {
	case errors.Is(err, run.ErrTimeout):
		s.call.Log.Warn("replication status of site %s: %v", orUnset(site), err)
		return Poll{Answer: Silent, Status: "timeout"}
	case errors.Is(err, hana.ErrGarbled) && status != scriptNotRun:
		return Poll{Answer: Broken, Status: "unusable: " + err.Error()}
	case err != nil:
		return Poll{Answer: NotRun, Status: err.Error()}
	case status == hana.SyncActive:
		return Poll{Answer: Active, Status: status.String()}
	}
	return Poll{Answer: Broken, Status: status.String()}
}

// scriptNotRun is the exit status of a python that could not run the script.
const scriptNotRun hana.SyncStatus = 1

// operationMode is how the secondary is fed, or empty.
func (s *session) operationMode(ctx context.Context) string {
	values, err := hana.Within(ctx, modeLimit, 1, func(ctx context.Context) (map[string]string, error) {
		return s.tools.Parameters(ctx, replication+"operation_mode")
	})
	if err != nil {
		s.call.Log.Warn("operation mode: %v", err)
	}
	return values[replication+"operation_mode"]
}
