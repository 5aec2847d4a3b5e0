package saphana

import (
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// monitor is saphana.md 11.8, of a probe as well.
func (d *decision) monitor() Verdict {
	if d.After != Done && d.After != Look {
		return d.startLogic()
	}
	if d.After == Done {
		if d.Own.ActionHistory != "" {
			d.transient(&d.Own, "srah", "-")
		}
		if d.Occasion == Monitor {
			d.resetAction()
		}
	}
	switch {
	case d.Role == hana.Standalone:
		return d.done(ocf.ErrGeneric, "HANA has no system replication: the resource cannot manage it")
	case d.Role == hana.RoleUnknown && d.Landscape.Down():
		return d.done(ocf.ErrGeneric, "HANA is down (landscape status %s) and its replication role is not known", d.Landscape.Status)
	case d.Role == hana.RoleUnknown:
		return d.unsure("replication role")
	case d.Blind:
		return d.monitorBlind()
	case d.Role == hana.Primary:
		return d.monitorPrimary()
	}
	return d.monitorSecondary()
}

// promoted is whether the instance counts as promoted.
func (d *decision) promoted() bool {
	if d.Own.CloneState == "" {
		return d.Promoted
	}
	return d.Own.CloneState == "PROMOTED"
}

// running is the code of a running instance.
func (d *decision) running() Verdict {
	if d.promoted() {
		return d.done(ocf.RunningPromoted, "")
	}
	return d.done(ocf.Success, "")
}

// unsure keeps the last result while it cannot be found out how HANA is, but not for ever: not knowing is
// no reason for a takeover, and no state to stay in (decision 16). A probe that has no history to go by
// says that it failed.
func (d *decision) unsure(what string) Verdict {
	history := d.Own.CloneState != "" && d.Own.CloneState != "UNDEFINED"
	if d.Occasion == Probe {
		if !history {
			return d.done(ocf.ErrGeneric, "the %s of HANA cannot be found out", what)
		}
		return d.running()
	}
	d.v.Unknown = d.Unknown + 1
	if d.Policy.UnknownLimit > 0 && d.v.Unknown >= d.Policy.UnknownLimit {
		return d.done(ocf.ErrGeneric, "the %s of HANA could not be found out by %d monitors in a row", what, d.v.Unknown)
	}
	d.note(ocf.Warn, "DEC: the %s of HANA is not known (%d of at most %d monitors): the last result holds", what, d.v.Unknown, d.Policy.UnknownLimit)
	if d.Own.waiting() {
		d.v.Waits = "the " + what + " of HANA, which is not known"
	}
	return d.running()
}

// monitorBlind judges HANA alone: the cluster's attributes cannot be read, and so none is changed.
func (d *decision) monitorBlind() Verdict {
	if !d.Landscape.Known {
		return d.unsure("landscape status")
	}
	switch {
	case d.Landscape.Up():
		return d.running()
	case d.Own.waiting():
		return d.wait("what it waited for before the cluster could no longer be read")
	}
	return d.databaseDown()
}

// databaseDown is the code of a database that is known to be down.
func (d *decision) databaseDown() Verdict {
	switch {
	case d.Occasion == Probe:
		return d.done(ocf.NotRunning, "")
	case d.promoted():
		return d.done(ocf.FailedPromoted, "HANA is down on the promoted node (landscape status %s)", d.Landscape.Status)
	}
	return d.done(ocf.NotRunning, "HANA is down (landscape status %s)", d.Landscape.Status)
}

// monitorPrimary is saphana.md 11.9.
func (d *decision) monitorPrimary() Verdict {
	probe := d.Occasion == Probe
	if probe && (d.Own.Score == "" || d.Own.Score == "-1") && !d.Landscape.Up() && !d.Own.waiting() {
		d.score(scoreYield)
	}
	if !probe && d.Own.CloneState == "UNDEFINED" {
		d.cloneState("DEMOTED")
	}
	if !probe && !d.Own.waiting() && !d.Landscape.Up() {
		d.replayLost()
	}
	switch {
	case d.Own.waiting():
		return d.waitingPrimary()
	case !d.Landscape.Known:
		return d.unsure("landscape status")
	case d.Landscape.Down():
		if !probe && d.promoted() {
			d.scoreFailed()
		}
		return d.databaseDown()
	case probe:
		d.hookPrimary()
		d.rate(d.Own.Effective())
		return d.running()
	}
	return d.runningPrimary()
}

// scoreFailed prepares who is promoted next, after the database of the promoted primary went down.
func (d *decision) scoreFailed() {
	switch {
	case d.Policy.Prefer != PreferSite:
		d.rate(d.Own.Effective())
	case d.Partner.inSync():
		if d.OtherPrimary {
			d.lpt(&d.Own, firstLPT)
		}
		d.note(ocf.Info, "DEC: score=%s because the partner site %s is %s and takeover is preferred",
			scoreYield, orUnset(d.Partner.Site), d.Partner.Effective())
		d.score(scoreYield)
	default:
		d.note(ocf.Info, "DEC: local restart because the partner site %s is %s", orUnset(d.Partner.Site), d.Partner.Effective())
	}
}

// waitingPrimary is step A for a former primary that waits (saphana.md 10.6). A probe never starts nor
// registers (16.5).
func (d *decision) waitingPrimary() Verdict {
	switch {
	case d.Occasion == Probe:
		return d.wait("the arbitration of the last primary, which a probe leaves to the monitor")
	case !d.Landscape.Known:
		return d.unsure("landscape status")
	case d.Landscape.Up():
		// An administrator has started HANA.
		d.lpt(&d.Own, d.present())
	}
	result := d.arbitrate()
	if result == MayStart || result == MustRegister {
		d.note(ocf.Info, "LPA: waiting is over: lpa=%s lpt=%s partner-lpt=%s", result, d.localLPT(), orUnset(d.Partner.LPT))
		return d.startLogic()
	}
	d.initLPT()
	return d.wait("the arbitration of the last primary: lpt=" + d.localLPT() + " partner-lpt=" + orUnset(d.Partner.LPT) + " lpa=" + result.String())
}

// runningPrimary is step C: a regular monitor of a primary that runs.
func (d *decision) runningPrimary() Verdict {
	d.claim()
	if d.rival() && d.loses() {
		d.keepLPT(lostLPT)
		d.rate(d.Own.Effective())
		return d.done(ocf.NotRunning, "two primaries: node %s is promoted and runs as primary too; this one has to restart and arbitrate", d.Partner.Name)
	}
	d.keepLPT(d.present())
	d.replay()
	d.followPoll()
	d.rate(d.Own.Effective())
	return d.running()
}

// claim writes down what the instance is.
func (d *decision) claim() {
	switch {
	case d.promoted():
		d.cloneState("PROMOTED")
		d.syncState("PRIM")
	case d.Own.CloneState == "":
		d.cloneState("DEMOTED")
	}
}

// rival reports whether the partner is promoted and runs as a primary while this one runs demoted.
func (d *decision) rival() bool {
	return d.Own.CloneState == "DEMOTED" && d.Partner.CloneState == "PROMOTED" && runningAs(d.Partner.Roles, "P", "2", "3", "4")
}

// loses is the arbitration of two running primaries: a stalemate. The demoted one counts as a primary of
// this second, and does not write that down (16.25).
func (d *decision) loses() bool {
	return Arbitrate(d.Policy, d.present(), d.Partner.LPT) == MustWait
}
