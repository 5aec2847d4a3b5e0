package saphana

import (
	"fmt"
	"slices"
	"strconv"

	"ocfbox/internal/crm"
	"ocfbox/internal/ocf"
)

// An Effect is a thing to do with HANA or the host before more can be decided.
type Effect int

// The effects. Each is carried out once, its result goes into the observation, and Decide is asked again.
const (
	// Done is the end: the verdict's code is the action's.
	Done Effect = iota
	// CheckService sees to sapstartsrv (saphana.md 4.1, 4.2).
	CheckService
	// Launch is sapcontrol's Start and WaitforStarted; Halt is Stop and WaitforStopped.
	Launch
	Halt
	// AwaitToRegister, AwaitToStart and AwaitAfterFailure wait for a running primary on another node
	// (saphana.md 11.1); OK tells that there is one.
	AwaitToRegister
	AwaitToStart
	AwaitAfterFailure
	// AwaitPermission waits until the cluster shows that a takeover is its own (hana-hooks.md 4.3).
	AwaitPermission
	// Register and TakeOver are hdbnsutil's; AskRole reads the role again after them.
	Register
	TakeOver
	AskRole
	// Look asks for the database's state again.
	Look
)

// String is the effect's name in the log.
func (e Effect) String() string {
	return [...]string{"done", "check-service", "start", "stop", "await-primary-to-register", "await-primary-to-start",
		"await-primary-after-failure", "await-permission", "register", "takeover", "ask-role", "look"}[e]
}

// A Write is a value that an attribute is to have and, as far as is known, has not.
type Write struct {
	Attribute crm.Attribute
	Value     string
	// File writes the local copy of the LPT as well.
	File bool
	// Beside tells that the effect need not wait for the write: nothing that the effect does, and nothing that
	// is left when the agent is killed in its middle, depends on which comes first.
	Beside bool
}

// A Note is a line for the log.
type Note struct {
	Level ocf.Level
	Text  string
}

// A Verdict is what an observation means.
type Verdict struct {
	// Writes are the changes. Which of them wait for which is said by Waves.
	Writes []Write
	// Remove are the hook files that have been dealt with once Writes are written.
	Remove []string
	// Next is what to do before asking again.
	Next Effect
	// Code and Reason are the action's outcome when Next is Done.
	Code   ocf.Code
	Reason string
	// Waits names what a waiting instance waits for; empty when it does not wait.
	Waits string
	// Unknown is the count for the next monitor: see Observation.
	Unknown int
	Notes   []Note
}

// Score is the promotion score that the verdict writes, and whether it writes one.
func (v Verdict) Score() (string, bool) {
	score, ok := "", false
	for _, write := range v.Writes {
		if write.Attribute.Store == crm.Promotion {
			score, ok = write.Value, true
		}
	}
	return score, ok
}

// A decision is a verdict in the making. Its observation holds what has been decided so far, so that a
// later rule sees what an earlier one has written.
type decision struct {
	Observation
	rules func(Preference) []Rule
	v     Verdict
}

// set changes an attribute of a node, unless it has the value. Nothing is written for a node that is not
// known (saphana.md 16.18), and no value is ever emptied.
func (d *decision) set(node *Node, a crm.Attribute, value string) {
	if node.Name == "" || value == "" {
		return
	}
	if at := node.field(d.SID, a); at != nil && *at == value {
		return
	}
	d.write(Write{Attribute: a, Value: value})
}

// write takes the place of what the verdict has had for the attribute until now, but for the local file.
func (d *decision) write(w Write) {
	d.apply(w)
	d.v.Writes = slices.DeleteFunc(d.v.Writes, func(before Write) bool {
		return before.Attribute == w.Attribute && (w.File || !before.File)
	})
	d.v.Writes = append(d.v.Writes, w)
}

// beside changes a transient attribute of the own node while the effect goes on.
func (d *decision) beside(name, value string) {
	before := len(d.v.Writes)
	d.transient(&d.Own, name, value)
	for i := before; i < len(d.v.Writes); i++ {
		d.v.Writes[i].Beside = true
	}
}

// transient and permanent change an attribute hana_<sid>_<name>.
func (d *decision) transient(node *Node, name, value string) {
	d.set(node, crm.TransientOf(node.Name, d.SID.Attribute(name)), value)
}

func (d *decision) permanent(node *Node, name, value string) {
	d.set(node, crm.PermanentOf(node.Name, d.SID.Attribute(name)), value)
}

func (d *decision) cloneState(value string) { d.transient(&d.Own, "clone_state", value) }
func (d *decision) syncState(value string)  { d.transient(&d.Own, "sync_state", value) }

// lpt changes the last primary timestamp of a node.
func (d *decision) lpt(node *Node, value string) {
	d.set(node, crm.PermanentOf(node.Name, lptName(d.SID)), value)
}

// keepLPT changes the own LPT and its copy in the local file (saphana.md 10.2).
func (d *decision) keepLPT(value string) {
	if d.Own.Name == "" || d.Own.LPT == value && d.LPTFile == value {
		return
	}
	d.write(Write{Attribute: crm.PermanentOf(d.Own.Name, lptName(d.SID)), Value: value, File: true})
}

// present is the LPT of a running primary: the time.
func (d *decision) present() string { return strconv.FormatInt(d.Now.Unix(), 10) }

// propertySet is the set in which SAPHanaSR's tools look for the sites' attributes (saphana.md 7).
const propertySet = "SAPHanaSR"

// hook changes the replication state of the own site. Clusters without hook stay without: one of the
// sites must have a value.
func (d *decision) hook(value string) {
	if d.Own.Site != "" {
		d.set(&d.Own, crm.PropertyOf(propertySet, hookName(d.SID, d.Own.Site)), value)
	}
}

// hookPrimary is the rule for the hook's attribute of a primary (saphana.md 8).
func (d *decision) hookPrimary() {
	if d.Own.Hook != "" || d.Partner.Hook != "" {
		d.hook("PRIM")
	}
}

// score sets the promotion score.
func (d *decision) score(value string) {
	d.set(&d.Own, crm.PromotionOf(d.Own.Name, d.Resource), value)
}

// done ends the action. A code other than success has a reason, unless it says all there is to say.
func (d *decision) done(code ocf.Code, format string, args ...any) Verdict {
	d.v.Next, d.v.Code = Done, code
	if format != "" {
		d.v.Reason = fmt.Sprintf(format, args...)
	}
	return d.v
}

func (d *decision) next(effect Effect) Verdict {
	d.v.Next = effect
	return d.v
}

func (d *decision) note(level ocf.Level, format string, args ...any) {
	d.v.Notes = append(d.v.Notes, Note{level, fmt.Sprintf(format, args...)})
}
