package saphanatopology

import (
	"context"
	"errors"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

const (
	// stateAttempts is how often hdbnsutil is asked for the replication state before getParameter.py is,
	// and statePause what is between (saphana-topology.md 4.2).
	stateAttempts = 3
	statePause    = 2 * time.Second
	// landscapeAttempts is how often the landscape is asked for.
	landscapeAttempts = 2
	// versionLimit bounds HDB version, and the reading of the manifest.
	versionLimit = 10 * time.Second
)

// asking is ctx less the time that writing takes: what could not be found out in time must not keep
// what could from the cluster.
func asking(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, hana.Left(ctx)*3/4)
}

// replication asks for the replication state until it is one (4.2). The last error says why it is not.
func (a *topology) replication(ctx context.Context, tools *hana.Tools, limit time.Duration) (hana.Replication, error) {
	var err error
	for attempt := range stateAttempts {
		if attempt > 0 {
			hana.Pause(ctx, statePause)
		}
		var r hana.Replication
		r, err = hana.Within(ctx, limit, stateAttempts+1-attempt, tools.Replication)
		if err == nil && r.Mode.Role() != hana.RoleUnknown {
			return r, nil
		}
	}
	hana.Pause(ctx, statePause)
	const section = "global.ini/system_replication/"
	values, errParameter := hana.Within(ctx, limit, 1, func(ctx context.Context) (map[string]string, error) {
		return tools.Parameters(ctx, section+"actual_mode", section+"mode", section+"site_name", section+"site_id")
	})
	for _, key := range []string{"actual_mode", "mode"} {
		if mode := hana.Mode(values[section+key]); mode != "" {
			if mode.Role() == hana.RoleUnknown {
				break
			}
			return hana.Replication{Mode: mode, Site: values[section+"site_name"], SiteID: values[section+"site_id"]}, nil
		}
	}
	return hana.Replication{}, errors.Join(err, errParameter, hana.ErrGarbled)
}

// landscape asks for the state of the database, and once more when the answer says nothing: a status
// without text, or an error of the script itself. A call that hung is repeated by a monitor and not by a
// stop, which has to answer. The error says why the answer is not complete.
func (a *topology) landscape(ctx context.Context, tools *hana.Tools, limit time.Duration, occasion Occasion) (hana.Landscape, error) {
	var land hana.Landscape
	err := errNotAsked
	if ctx.Err() != nil {
		// What nobody was asked has not hung.
		return land, err
	}
	for attempt := range landscapeAttempts {
		attempts := landscapeAttempts - attempt
		if occasion == Stop {
			attempts = 1
		}
		land, err = hana.Within(ctx, limit, attempts, tools.Landscape)
		switch {
		case err == nil && land.Status != hana.LandscapeFatal:
			return land, nil
		case ctx.Err() != nil, occasion == Stop && hung(err, occasion):
			return land, err
		}
	}
	return land, err
}

// hung reports whether a tool did not answer. For the last word of a stop that includes one that could not
// be started: the storage with the programs may be gone (5.2: an exit status from 124 on).
func hung(err error, occasion Occasion) bool {
	return errors.Is(err, run.ErrTimeout) || occasion == Stop && errors.Is(err, hana.ErrNotStarted)
}

// read takes the answer of the landscape call. host is the node's HANA host name.
func (l *Landscape) read(land hana.Landscape, err error, host string, occasion Occasion) {
	roles, ok := land.RolesOf(host)
	switch {
	case err == nil && ok:
		*l = Landscape{Answer: Complete, Status: land.Status, Roles: roles}
	case hung(err, occasion):
		*l = Landscape{Answer: Hung}
	case (err == nil || errors.Is(err, hana.ErrGarbled)) && land.Status != hana.LandscapeFatal:
		*l = Landscape{Answer: Silent, Status: land.Status}
	default:
		*l = Landscape{Answer: Nothing}
	}
}
