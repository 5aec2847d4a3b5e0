package saphana

import (
	"path/filepath"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/ocf"
)

// MayPoll reports whether a running primary asks for the replication's state: it is promoted, and
// published as one that works (saphana.md 11.9, step C 5).
func (o Observation) MayPoll() bool {
	return o.Occasion == Monitor && o.Own.CloneState == "PROMOTED" && runningAs(o.Own.Roles, "P", "3", "4") &&
		strings.Count(o.Own.Roles, ":") >= 3
}

// liveHook reports whether HANA itself tells the cluster how the partner's replication is.
func (n Node) liveHook() bool { return n.Hook != "" && n.Hook != "SWAIT" }

// A pollRow is what an answer means for the partner's replication state: saphana.md 11.10 with 16.6, 16.7.
type pollRow struct {
	answer PollAnswer
	// live restricts the row to a hook that tells, or to one that does not; nil is both.
	hook *bool
	// recheck asks for a database that is still up: one that goes down judges nobody.
	recheck bool
	// state and lpt are the partner's; empty is left as it is.
	state, lpt string
}

func pollTable() []pollRow {
	live, dead := true, false
	return []pollRow{
		{answer: Active, state: "SOK", lpt: syncedLPT},
		{answer: Broken, recheck: true, state: "SFAIL", lpt: lostLPT},
		{answer: Silent, hook: &live},
		{answer: Silent, hook: &dead, recheck: true, state: "SFAIL", lpt: lostLPT},
		{answer: NotRun},
	}
}

// followPoll writes what the poll says of the partner.
func (d *decision) followPoll() {
	if d.Poll.Answer == NotPolled || d.Own.CloneState != "PROMOTED" {
		return
	}
	for _, row := range pollTable() {
		if row.answer != d.Poll.Answer || row.hook != nil && *row.hook != d.Partner.liveHook() {
			continue
		}
		if row.recheck && !d.Poll.Database.Up() {
			d.note(ocf.Warn, "DEC: poll=%s status=%s, and the local database is not up any more: the partner stays as it is", d.Poll.Answer, d.Poll.Status)
			return
		}
		d.tellPoll(row)
		d.transient(&d.Partner, "sync_state", row.state)
		d.lpt(&d.Partner, row.lpt)
		return
	}
}

func (d *decision) tellPoll(row pollRow) {
	switch {
	case row.state == "":
		d.note(ocf.Warn, "DEC: poll=%s status=%s: the partner stays as it is, hook=%s poll=%s",
			d.Poll.Answer, d.Poll.Status, orUnset(d.Partner.Hook), orUnset(d.Partner.SyncState))
	case row.state != d.Partner.SyncState:
		d.note(ocf.Info, "DEC: poll=%s status=%s: sync_state=%s of node %s", d.Poll.Answer, d.Poll.Status, row.state, orUnset(d.Partner.Name))
	}
}

// replay writes the events that SAPHanaSR.py could not give to the cluster (saphana.md 11.11). That a site
// is out of sync is believed at once; that the partner is in sync only when the poll says so too, for the
// file may be old (16.19).
func (d *decision) replay() {
	for _, file := range d.HookFiles {
		if file.staged() {
			continue
		}
		site, value, ok := d.event(file)
		switch {
		case !ok:
			d.note(ocf.Warn, "DEC: hook file %s holds no event of this system: dropped", file.Path)
		case value == "SOK" && site == d.Partner.Site && d.Poll.Answer != Active && d.Poll.Answer != Broken:
			d.note(ocf.Info, "DEC: hook file %s says SOK, which the poll has not confirmed yet: kept", file.Path)
			continue
		case value == "SOK" && site == d.Partner.Site && d.Poll.Answer == Broken:
			d.note(ocf.Warn, "DEC: hook file %s says SOK and the poll does not: dropped", file.Path)
		default:
			d.replayed(file, site, value)
		}
		d.v.Remove = append(d.v.Remove, file.Path)
	}
}

// replayLost believes that the partner is out of sync while the own database is not known to run. The hook that left
// the file cannot tell it any more, and on the word of the attribute the partner would take over with old data
// (17.1, row 33). A partner that is primary, or becomes one, has left that event behind. All others wait for the database.
func (d *decision) replayLost() {
	if d.Partner.Effective() == "PRIM" || d.Partner.CloneState == "PROMOTED" {
		return
	}
	for _, file := range d.HookFiles {
		site, value, ok := d.event(file)
		if file.staged() || !ok || value != "SFAIL" || site != d.Partner.Site {
			continue
		}
		d.replayed(file, site, value)
		d.v.Remove = append(d.v.Remove, file.Path)
	}
}

// staged reports whether the hook still writes the file.
func (f HookFile) staged() bool {
	return strings.HasPrefix(filepath.Base(f.Path), ".crm_attribute.stage.")
}

// replayed writes an event, of the partner's site or of one outside the cluster. The file goes after that: an agent that
// is killed between the two leaves an event that is replayed once more.
func (d *decision) replayed(file HookFile, site, value string) {
	d.note(ocf.Info, "DEC: hook=%s of site %s because file %s kept it", value, site, file.Path)
	if site == d.Partner.Site && value == d.Partner.Hook {
		return
	}
	d.write(Write{Attribute: crm.PropertyOf(propertySet, hookName(d.SID, site)), Value: value})
}

// event reads a hook file: three words, such as "hana_ha1_site_srHook_ROT = SFAIL".
func (d *decision) event(file HookFile) (site, value string, ok bool) {
	words := strings.Fields(file.Text)
	if len(words) < 3 {
		return "", "", false
	}
	site, ok = strings.CutPrefix(words[0], hookName(d.SID, ""))
	value = words[2]
	known := value == "SOK" || value == "SFAIL"
	return site, value, ok && site != "" && known
}
