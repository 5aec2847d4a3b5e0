package saphana

import (
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// start is saphana.md 11.2: what is done depends on the role that HANA was left in.
func (d *decision) start() Verdict {
	if d.Bare {
		return d.startBare()
	}
	if d.After == Done {
		if d.Blind {
			return d.done(ocf.ErrGeneric, "the cluster cannot be read, so who may be primary is not known: HANA is not started")
		}
		d.resetAction()
		d.replayLost()
	}
	return d.startLogic()
}

// startBare is saphana.md 11.3 for a resource that is no clone.
func (d *decision) startBare() Verdict {
	switch {
	case d.After == CheckService:
		return d.launch()
	case d.After == Launch && !d.OK:
		return d.done(ocf.ErrGeneric, "HANA of instance %s did not start", d.Instance)
	case d.After == Launch:
		return d.done(ocf.Success, "")
	}
	return d.next(CheckService)
}

// startLogic starts HANA, here and when a monitor finds that waiting is over.
func (d *decision) startLogic() Verdict {
	if d.After == Done {
		d.cloneState("DEMOTED")
	}
	switch {
	case d.After == Register:
		return d.ended()
	case d.After == AskRole:
		return d.registered()
	case d.Role == hana.Primary:
		return d.startPrimary()
	case d.Role == hana.Secondary:
		return d.startSecondary()
	}
	return d.done(ocf.NotRunning, "the replication role of site %s is %s: HANA is not started", orUnset(d.Own.Site), d.Role)
}

// startPrimary is saphana.md 11.4.
func (d *decision) startPrimary() Verdict {
	switch d.After {
	case CheckService:
		return d.launch()
	case Launch:
		d.rate(d.Own.Effective())
		if !d.OK {
			return d.done(ocf.ErrGeneric, "HANA of instance %s did not start", d.Instance)
		}
		d.lpt(&d.Own, d.present())
		return d.done(ocf.Success, "")
	case AwaitToRegister:
		return d.register()
	}
	d.initLPT()
	if !d.Landscape.Known {
		return d.done(ocf.ErrGeneric, "the state of HANA is not known (no answer from the landscape): not started")
	}
	advice, because := d.advise()
	d.note(ocf.Info, "LPA: advice=%s because %s", advice, because)
	switch advice {
	case AdviseRegister:
		return d.loseAsPrimary()
	case AdviseWait:
		return d.waitAsPrimary(because)
	}
	if d.Landscape.Down() {
		return d.next(CheckService)
	}
	d.lpt(&d.Own, d.present())
	d.rate(d.Own.Effective())
	return d.done(ocf.Success, "")
}

// loseAsPrimary registers, if the database does not run and there is a primary to register with.
func (d *decision) loseAsPrimary() Verdict {
	if d.Landscape.Up() {
		d.score(never)
		return d.done(ocf.NotRunning, "HANA runs as primary and must not: node %s has the newer last primary timestamp; stop HANA here", d.Partner.Name)
	}
	return d.next(AwaitToRegister)
}

// waitAsPrimary leaves HANA down, or is a failure when it already runs.
func (d *decision) waitAsPrimary(because string) Verdict {
	d.score(scoreWait)
	switch {
	case d.Landscape.Up():
		return d.done(ocf.ErrGeneric, "HANA runs as primary and whether it may is not decided: %s", because)
	case d.Policy.AutoRegister:
		d.cloneState("WAITING4LPA")
		return d.wait("the arbitration of the last primary: " + because)
	}
	d.cloneState("WAITING4REG")
	d.v.Waits = "an administrator to register this site: " + d.registerCommand()
	// Pacemaker keeps 128 bytes of a reason, so the command comes first; the rest is a comment to a shell.
	return d.done(ocf.NotRunning, "%s # site %s waits for an administrator to register it", d.registerCommand(), orUnset(d.Own.Site))
}

// wait ends the action as a success with HANA down.
func (d *decision) wait(what string) Verdict {
	d.v.Waits = what
	d.note(ocf.Info, "DEC: %s: HANA stays down and waits for %s", orUnset(d.Own.CloneState), what)
	return d.done(ocf.Success, "")
}

// launch starts HANA, of whichever role, once sapstartsrv answers (11.3).
func (d *decision) launch() Verdict {
	if !d.OK {
		return d.done(ocf.ErrGeneric, "sapstartsrv of instance %s cannot be started: HANA is not started", d.Instance)
	}
	if d.Own.Hook != "" {
		d.hook("SWAIT")
	}
	return d.next(Launch)
}

// startSecondary is saphana.md 11.5. Without a running primary there is nothing to connect to.
func (d *decision) startSecondary() Verdict {
	switch d.After {
	case AwaitToStart:
		if !d.OK {
			return d.waitForPrimary()
		}
		return d.next(CheckService)
	case CheckService:
		if !d.OK {
			return d.next(AwaitAfterFailure)
		}
		return d.launch()
	case Launch:
		if !d.OK {
			return d.next(AwaitAfterFailure)
		}
		d.keepLPT(lostLPT)
		return d.started(ocf.Success, "")
	case AwaitAfterFailure:
		if !d.OK {
			return d.waitForPrimary()
		}
		return d.started(ocf.ErrGeneric, "HANA of instance %s did not start as secondary, although a primary runs", d.Instance)
	}
	d.score(scoreStart)
	d.keepLPT(lostLPT)
	d.syncState("SFAIL")
	return d.next(AwaitToStart)
}

func (d *decision) waitForPrimary() Verdict {
	d.cloneState("WAITING4PRIM")
	d.score(never)
	return d.wait("a running primary on another node (roles 3:P or 4:P with an active master)")
}

// started ends the start of a secondary. When the monitor of a secondary has made it, that monitor goes on
// to say how HANA is now (11.10b); the monitor that has registered a former primary does not (11.9).
func (d *decision) started(code ocf.Code, format string, args ...any) Verdict {
	if d.Occasion != Monitor || d.Own.ActionHistory == "R" {
		return d.done(code, format, args...)
	}
	return d.next(Look)
}

// register begins the registration of a former primary (11.6), if the wait for the new one was not in vain.
// Otherwise the next monitor reports that HANA is down, and the start after it tries again. Until then the
// instance counts as started, and must have no score at which Pacemaker promotes (17.1, row 83).
func (d *decision) register() Verdict {
	if !d.OK {
		d.score(scoreWait)
		d.note(ocf.Warn, "DEC: score=%s because no primary runs that this site could be registered with: HANA stays down", scoreWait)
		return d.done(ocf.Success, "")
	}
	d.score(scoreStart)
	switch {
	case d.Own.RemoteHost == "" || d.Own.Site == "":
		return d.done(ocf.NotRunning, "site name or partner host is not known (site=%s remoteHost=%s): not registered",
			orUnset(d.Own.Site), orUnset(d.Own.RemoteHost))
	}
	d.note(ocf.Info, "ACT: register: %s", d.registerCommand())
	d.transient(&d.Own, "sra", "R")
	d.beside("srah", "R")
	return d.next(Register)
}

// registered judges a registration by the role that the site has now.
func (d *decision) registered() Verdict {
	if d.Role != hana.Secondary {
		return d.done(ocf.NotRunning, "registration without effect: the replication role of site %s is %s", orUnset(d.Own.Site), d.Role)
	}
	return d.startSecondary()
}
