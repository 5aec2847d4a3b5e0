package saphana

import "ocfbox/internal/ocf"

// monitorSecondary is saphana.md 11.10b, of a probe as well.
func (d *decision) monitorSecondary() Verdict {
	if d.After == Done {
		if _, ok := parseLPT(d.Own.LPT); !ok {
			d.keepLPT(lostLPT)
		}
		if d.Own.waiting() && !d.Landscape.Up() {
			return d.waitingSecondary()
		}
		d.initialise()
	}
	return d.rateSecondary()
}

// initialise gives a running secondary its clone state. One that waited and was started by hand need not
// wait any more (16.20).
func (d *decision) initialise() {
	switch d.Own.CloneState {
	case "PROMOTED", "DEMOTED":
	case "":
		d.cloneState("DEMOTED")
	default:
		if d.Occasion == Monitor {
			d.cloneState("DEMOTED")
		}
	}
}

// waitingSecondary starts HANA as soon as there is a primary to follow.
func (d *decision) waitingSecondary() Verdict {
	switch {
	case d.Occasion == Probe:
		return d.wait("a running primary on another node, which a probe leaves to the monitor")
	case !d.Landscape.Known:
		return d.unsure("landscape status")
	case d.OtherPrimary:
		d.note(ocf.Info, "DEC: waiting is over: a primary runs")
		return d.startLogic()
	}
	return d.wait("a running primary on another node (roles 3:P or 4:P with an active master)")
}

// rateSecondary is step B: what the database's state means.
func (d *decision) rateSecondary() Verdict {
	switch {
	case !d.Landscape.Known:
		return d.unsure("landscape status")
	case d.Landscape.Down():
		d.lpt(&d.Own, lostLPT)
		return d.databaseDownSecondary()
	}
	state := d.Own.Effective()
	if state != "SFAIL" {
		// While the replication is broken the primary writes 10: it is not contradicted (16.9).
		d.lpt(&d.Own, syncedLPT)
	}
	d.permanent(&d.Own, "op_mode", d.OperationMode)
	d.permanent(&d.Partner, "op_mode", d.OperationMode)
	switch state {
	case "SOK":
		d.rate(state)
	case "SFAIL":
		d.rateBroken()
	default:
		d.rate(d.Own.SyncState)
	}
	return d.running()
}

// rateBroken bars a secondary whose replication is broken from being promoted, whatever its roles say.
func (d *decision) rateBroken() {
	if d.Own.Score != never {
		d.note(ocf.Info, "DEC: score=%s role=secondary sync=SFAIL hook=%s poll=%s because site %s is not in sync",
			never, orUnset(d.Own.Hook), orUnset(d.Own.SyncState), orUnset(d.Own.Site))
	}
	d.score(never)
}

// databaseDownSecondary is the code of a secondary that is down; promoted or not, it is not running.
func (d *decision) databaseDownSecondary() Verdict {
	if d.Occasion == Probe {
		return d.done(ocf.NotRunning, "")
	}
	return d.done(ocf.NotRunning, "HANA is down on the secondary (landscape status %s)", d.Landscape.Status)
}
