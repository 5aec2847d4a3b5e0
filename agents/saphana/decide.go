package saphana

import (
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// Decide says what the observation means. It asks nobody and changes nothing.
//
// An action is a sequence of verdicts: each names its writes and one effect, such as a start of HANA. The
// effect's result goes into the observation that Decide is asked about next, until the effect is Done.
func Decide(o Observation) Verdict { return decideBy(Rules, o) }

// decideBy is Decide with other scoring tables, for the tests that plant a fault in one.
func decideBy(rules func(Preference) []Rule, o Observation) Verdict {
	d := &decision{Observation: o, rules: rules}
	switch o.Occasion {
	case Start:
		return d.start()
	case Promote:
		return d.promote()
	case Demote:
		return d.demote()
	case Stop:
		return d.stop()
	}
	return d.monitor()
}

// promote is saphana.md 11.12. Only a secondary whose replication state is exactly SOK takes over. A primary
// that is down is no primary: the address would follow it (17.1, row 102).
func (d *decision) promote() Verdict {
	switch d.After {
	case AwaitPermission:
		// A provider that cannot read the permission may refuse, which the role will tell.
		d.beside("srah", "T")
		return d.next(TakeOver)
	case TakeOver:
		return d.ended()
	case AskRole:
		return d.tookOver()
	}
	d.foregone()
	state := d.Own.Effective()
	switch {
	case d.Role == hana.Primary && d.Landscape.Down():
		return d.done(ocf.ErrGeneric, "HANA of the primary site %s is down (landscape status %s): not promoted",
			orUnset(d.Own.Site), d.Landscape.Status)
	case d.Role == hana.Primary:
		d.hookPrimary()
		return d.done(ocf.Success, "")
	case d.Role != hana.Secondary:
		return d.done(ocf.ErrGeneric, "the replication role of site %s is %s: not promoted", orUnset(d.Own.Site), d.Role)
	case d.Blind:
		return d.done(ocf.ErrGeneric, "the cluster cannot be read, so whether site %s is in sync is not known: no takeover", orUnset(d.Own.Site))
	case state != "SOK":
		return d.done(ocf.ErrGeneric, "site %s is not in sync (%s, not SOK): no takeover", orUnset(d.Own.Site), state)
	case d.Partner.mayBePrimary():
		return d.done(ocf.ErrGeneric, "no takeover: the database on %s was not stopped and may still be the primary (clone_state=%s roles=%s)",
			d.Partner.Name, orUnset(d.Partner.CloneState), orUnset(d.Partner.Roles))
	}
	d.note(ocf.Info, "ACT: !!!!!!!! takeover of site %s: hook=%s poll=%s", orUnset(d.Own.Site), orUnset(d.Own.Hook), orUnset(d.Own.SyncState))
	d.keepLPT(d.present())
	d.transient(&d.Own, "sra", "T")
	return d.next(AwaitPermission)
}

// ended takes back the permission for a takeover or registration that has returned, whatever came of it.
func (d *decision) ended() Verdict {
	d.beside("sra", "-")
	return d.next(AskRole)
}

// tookOver judges a takeover by the role that the site has now. One without effect gives the old LPT back,
// so that this node does not win an arbitration it has lost (16.8).
func (d *decision) tookOver() Verdict {
	if d.Role == hana.Primary {
		d.hookPrimary()
		return d.done(ocf.Success, "")
	}
	if _, ok := parseLPT(d.FirstLPT); ok {
		d.keepLPT(d.FirstLPT)
	}
	return d.done(ocf.FailedPromoted, "takeover without effect: the replication role of site %s is %s", orUnset(d.Own.Site), d.Role)
}

// hungRoles are the roles that SAPHanaTopology leaves when the landscape call hung while it stopped.
const hungRoles = "1:P:-:-:-:-"

// demote is saphana.md 11.13. HANA is not touched.
func (d *decision) demote() Verdict {
	d.foregone()
	if d.Own.Roles == hungRoles {
		return d.done(ocf.ErrGeneric, "the landscape call of the primary hung (roles %s): the instance has to be stopped", hungRoles)
	}
	return d.done(ocf.Success, "")
}

// stop is saphana.md 11.7.
func (d *decision) stop() Verdict {
	switch d.After {
	case CheckService:
		if !d.OK {
			return d.done(ocf.ErrGeneric, "sapstartsrv of instance %s cannot be started: HANA is not stopped", d.Instance)
		}
		return d.next(Halt)
	case Halt:
		if !d.OK {
			return d.done(ocf.ErrGeneric, "HANA of instance %s did not stop", d.Instance)
		}
		return d.done(ocf.Success, "")
	}
	if d.Bare {
		return d.next(CheckService)
	}
	d.foregone()
	if d.Role == hana.Secondary {
		d.lpt(&d.Own, lostLPT)
	}
	return d.next(CheckService)
}

// resetAction clears what a takeover or registration has left behind that was killed in the middle: it
// would keep the guard against manual takeovers open (16.14).
func (d *decision) resetAction() {
	if d.Own.Action != "" {
		d.transient(&d.Own, "sra", "-")
	}
}
