package saphana

import (
	"strings"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// An Occasion is the action for which the observation was made.
type Occasion int

// The occasions. Probe is the monitor that does not recur.
const (
	Monitor Occasion = iota
	Probe
	Start
	Promote
	Demote
	Stop
)

// String is the action's name.
func (o Occasion) String() string {
	return [...]string{"monitor", "probe", "start", "promote", "demote", "stop"}[o]
}

// A Preference is which of the three scoring tables holds (saphana.md 9): PREFER_SITE_TAKEOVER.
type Preference int

// The preferences.
const (
	PreferLocal Preference = iota
	PreferSite
	PreferNever
)

// String is the preference as saphana.md 9.2 calls it.
func (p Preference) String() string { return [...]string{"LOCAL", "SITE", "NEVER"}[p] }

// A Policy is what the administrator wants.
type Policy struct {
	Prefer Preference
	// AutoRegister is AUTOMATED_REGISTER.
	AutoRegister bool
	// DuplicateTimeout is DUPLICATE_PRIMARY_TIMEOUT in seconds; a negative one decides nothing: every
	// arbitration ends in waiting.
	DuplicateTimeout int64
	// UnknownLimit is how many monitors in a row may not find out how HANA is before one fails.
	UnknownLimit int
}

// A Node is what the cluster's attributes say of one node (saphana.md 7). What is empty is not set.
type Node struct {
	// Name is the cluster's name of the node; an empty one is no node, and nothing is written for it.
	Name string
	// Site, VirtualHost, RemoteHost, SRMode and OpMode stay when the node leaves, as does LPT.
	Site, VirtualHost, RemoteHost, SRMode, OpMode, LPT string
	// Roles, CloneState, SyncState, Action (sra) and ActionHistory (srah) go with the node.
	Roles, CloneState, SyncState, Action, ActionHistory string
	// Score is the promotion score.
	Score string
	// Hook is hana_<sid>_site_srHook_<SITE>, the property of the node's site.
	Hook string
	// Online tells that the node is an active member; Seen that it has been one, or was fenced, since
	// this node's cluster came up.
	Online, Seen bool
	// Started tells that the cluster has started the resource there, or found it started, and not stopped it
	// since. It is from the executor's results, which outlive the attributes.
	Started bool
}

// A Landscape is what is known of the local database's state. An exit status of 0, a time-out and a
// script that cannot be run are all not known.
type Landscape struct {
	Known bool
	// Status holds when Known is set, and is Error, Warning, Info or OK.
	Status hana.LandscapeStatus
	// Roles are the local host's when the script told them.
	Roles hana.HostRoles
}

// Up reports that the database is known to run, Down that it is known not to.
func (l Landscape) Up() bool   { return l.Known && l.Status >= hana.LandscapeWarning }
func (l Landscape) Down() bool { return l.Known && l.Status == hana.LandscapeError }

// A PollAnswer is what systemReplicationStatus.py said.
type PollAnswer int

// The answers. Broken is every status but active; Silent one that did not come in time; NotRun a script
// that could not be started, which says nothing about the replication (saphana.md 16.6).
const (
	NotPolled PollAnswer = iota
	Active
	Broken
	Silent
	NotRun
)

// String is the answer in a word.
func (a PollAnswer) String() string {
	return [...]string{"not-polled", "active", "broken", "no-answer", "not-run"}[a]
}

// A Poll is one question for the replication's state.
type Poll struct {
	Answer PollAnswer
	// Status is the script's exit status in words, for the log.
	Status string
	// Database is the landscape as asked for again when the answer was not Active.
	Database Landscape
}

// A HookFile is an event that SAPHanaSR.py could not give to the cluster (saphana.md 6.6).
type HookFile struct {
	Path, Text string
}

// An Observation is everything that an action has learned so far, and when.
type Observation struct {
	Occasion Occasion
	// After is the effect that was carried out last, Done before the first; OK tells its result.
	After Effect
	OK    bool

	Now      time.Time
	SID      hana.SID
	Instance hana.InstanceNumber
	// Resource is the resource's id, under which the promotion score is kept.
	Resource string
	Policy   Policy

	// Bare tells that the resource is no clone: it is started and stopped without any replication logic.
	Bare bool
	// Blind tells that the cluster could not be read: nothing is known of either node but its name, and
	// the clone state that the last action left.
	Blind        bool
	Own, Partner Node
	// OtherPrimary tells that some other node has the roles of a running primary (saphana.md 11.1).
	OtherPrimary bool
	// FirstLPT is the own LPT as it was when the action began, LPTFile the copy in the local file.
	FirstLPT, LPTFile string

	// Role is the site's part in the replication; RoleUnknown when no tool could tell.
	Role      hana.Role
	Landscape Landscape
	Poll      Poll
	// OperationMode is what getParameter.py says, or empty.
	OperationMode string
	Version       hana.Version
	HookFiles     []HookFile

	// Unknown is how many monitors in a row before this one could not find out how HANA is.
	Unknown int
	// Promoted tells that Pacemaker takes the instance for promoted: the role that the monitor is
	// configured for. It counts only where there is no clone state.
	Promoted bool
}

// waiting reports whether the instance is formally started and waits.
func (n Node) waiting() bool { return strings.HasPrefix(n.CloneState, "WAITING") }

// field is where the value of an attribute of the node is kept, or nil.
func (n *Node) field(sid hana.SID, a crm.Attribute) *string {
	switch {
	case a.Store == crm.Promotion:
		return &n.Score
	case a.Name == lptName(sid):
		return &n.LPT
	case a.Store == crm.Property:
		return &n.Hook
	}
	switch strings.TrimPrefix(a.Name, sid.Attribute("")) {
	case "clone_state":
		return &n.CloneState
	case "sync_state":
		return &n.SyncState
	case "sra":
		return &n.Action
	case "srah":
		return &n.ActionHistory
	case "op_mode":
		return &n.OpMode
	case "roles":
		return &n.Roles
	}
	return nil
}

// Apply is the observation after the verdict's writes.
func (o Observation) Apply(v Verdict) Observation {
	for _, write := range v.Writes {
		o.apply(write)
	}
	return o
}

func (o *Observation) apply(w Write) {
	for _, node := range []*Node{&o.Own, &o.Partner} {
		mine := w.Attribute.Node == node.Name && node.Name != ""
		if w.Attribute.Store == crm.Property {
			mine = node.Site != "" && w.Attribute.Name == hookName(o.SID, node.Site)
		}
		if !mine {
			continue
		}
		if field := node.field(o.SID, w.Attribute); field != nil {
			*field = w.Value
		}
	}
	if w.File {
		o.LPTFile = w.Value
	}
}

// lptName and hookName are the attributes whose names are not hana_<sid>_ and one word.
func lptName(sid hana.SID) string { return "lpa_" + sid.Lower() + "_lpt" }
func hookName(sid hana.SID, site string) string {
	return sid.Attribute("site_srHook_" + site)
}
