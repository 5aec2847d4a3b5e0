package saphana

import "ocfbox/internal/hana"

// Registration is how this site is registered as a secondary of the partner's (saphana.md 5.2).
func (o Observation) Registration() hana.Registration {
	mode := o.Own.SRMode
	if mode == "" {
		mode = string(hana.ModeSync)
	}
	operation := o.Own.OpMode
	if operation == "" && !o.Version.Before(2, 0, 0) {
		// The last known mode is not known: the one that HANA 2.0 takes by itself (16.10).
		operation = "logreplay"
	}
	return hana.Registration{
		RemoteHost: o.Own.RemoteHost, Site: o.Own.Site, Mode: hana.Mode(mode), OperationMode: operation,
	}
}

// registerCommand is the registration as an administrator would type it.
func (d *decision) registerCommand() string {
	tools := hana.Tools{Instance: hana.Instance{SID: d.SID, Number: d.Instance}, Version: d.Version}
	return tools.RegisterCommand(d.Registration())
}
