package drbd

// A Class is what a replicated device's state is worth, from good to bad (replication-checker.md 5).
type Class int

// The classes, in the order in which the worst of several is taken. NoClass is the class of nothing.
const (
	NoClass Class = iota
	OK
	Syncing
	Unknown
	Degraded
	SplitBrain
)

var classWords = [...]string{"NONE", "OK", "SYNCING", "UNKNOWN", "DEGRADED", "SPLIT-BRAIN"}

// String is the class as operators read it.
func (c Class) String() string { return word(classWords[:], int(c)) }

// MarshalText is String.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes in any case; anything else is NoClass.
func (c *Class) UnmarshalText(text []byte) error {
	*c = ParseClass(string(text))
	return nil
}

// ParseClass reads a class in any case; any other word is NoClass.
func ParseClass(text string) Class { return Class(index(classWords[:], text)) }

// A Reason is why a volume has its class, a word for programs.
type Reason string

// The reasons, by the rules that give them.
const (
	// ReasonInSync is rule 16, ReasonVerifying rule 15.
	ReasonInSync    Reason = "in-sync"
	ReasonVerifying Reason = "verifying"
	// Rule 1.
	ReasonNoData       Reason = "no-data"
	ReasonUnconfigured Reason = "unconfigured"
	ReasonNotUp        Reason = "not-up"
	ReasonNoModule     Reason = "no-module"
	// Rule 2, and section 6.
	ReasonDualWriters   Reason = "dual-writers"
	ReasonSplitBrainGI  Reason = "split-brain-generations"
	ReasonSplitBrainLog Reason = "split-brain-log"
	ReasonUnrelated     Reason = "unrelated-data"
	// Rule 3.
	ReasonIOSuspended Reason = "io-suspended"
	ReasonIOFailing   Reason = "io-failing"
	ReasonNoQuorum    Reason = "no-quorum"
	// Rule 4.
	ReasonLocalDiskless     Reason = "local-disk-diskless"
	ReasonLocalDetaching    Reason = "local-disk-detaching"
	ReasonLocalFailed       Reason = "local-disk-failed"
	ReasonLocalInconsistent Reason = "local-disk-inconsistent"
	ReasonLocalOutdated     Reason = "local-disk-outdated"
	// Rule 5.
	ReasonStandalone   Reason = "standalone"
	ReasonDisconnected Reason = "disconnected"
	ReasonNoReplica    Reason = "no-replica"
	// Rule 6.
	ReasonHandshake Reason = "handshake"
	// Rule 7.
	ReasonPeerDiskless     Reason = "peer-disk-diskless"
	ReasonPeerFailed       Reason = "peer-disk-failed"
	ReasonPeerUnknown      Reason = "peer-disk-dunknown"
	ReasonPeerInconsistent Reason = "peer-disk-inconsistent"
	ReasonPeerOutdated     Reason = "peer-disk-outdated"
	// Rules 8 and 9.
	ReasonSyncSkipped Reason = "sync-skipped"
	ReasonPullAhead   Reason = "pull-ahead"
	// Rule 10.
	ReasonResync        Reason = "resync"
	ReasonResyncStalled Reason = "resync-stalled"
	ReasonResyncStuck   Reason = "resync-stuck"
	// Rule 11.
	ReasonPausedDependency Reason = "paused-dependency"
	ReasonPausedUser       Reason = "paused-user"
	// Rules 12, 13 and 14.
	ReasonConsistentOnly Reason = "consistent-only"
	ReasonOutOfSync      Reason = "out-of-sync"
	ReasonResyncErrors   Reason = "resync-io-errors"
	// What rule 16 finds beside the states.
	ReasonDualPrimary   Reason = "dual-primary"
	ReasonVerifyStale   Reason = "verify-stale"
	ReasonPeerSilent    Reason = "peer-not-answering"
	ReasonDiskSilent    Reason = "disk-not-answering"
	ReasonAsymmetric    Reason = "asymmetric"
	ReasonRemoteMissing Reason = "remote-not-up"
)

// A Verdict is what a state is worth and why.
type Verdict struct {
	Class  Class  `json:"class"`
	Reason Reason `json:"reason"`
	// Text is the reason as a sentence, with its numbers.
	Text string `json:"text"`
	// Rule is the number of the rule that decided (replication-checker.md 5).
	Rule int `json:"rule,omitempty"`
	// Warnings are what does not change the class.
	Warnings []Note `json:"warnings,omitempty"`
	// Hints say what may be behind it and what an operator can do.
	Hints []Hint `json:"hints,omitempty"`
}

// A Note is a remark: a word for programs and a sentence.
type Note struct {
	Reason Reason `json:"reason"`
	Text   string `json:"text"`
}

// A Hint is what may be behind a verdict, with the commands of each way out. They are for people: nothing runs them.
type Hint struct {
	Reason Reason `json:"reason"`
	Text   string `json:"text"`
	Ways   []Way  `json:"ways,omitempty"`
}

// A Way is one way out of a trouble.
type Way struct {
	// Text says what it does and what it costs.
	Text  string `json:"text"`
	Steps []Step `json:"steps"`
}

// A Step is a command and the host to type it on.
type Step struct {
	Host    string `json:"host"`
	Command string `json:"command"`
}

// A Report is what an Observation is worth.
type Report struct {
	// Verdict is that of the worst resource.
	Verdict
	// Scope is local for what one host says alone, and both when the other one's view was compared.
	Scope     string           `json:"scope"`
	Resources []ResourceReport `json:"resources"`
}

// A ResourceReport is what the observation says of one resource; its Verdict is that of its worst volume.
type ResourceReport struct {
	Name string `json:"name,omitempty"`
	Verdict
	Volumes []VolumeReport `json:"volumes"`
}

// A VolumeReport is what the observation says of one copy of one volume.
type VolumeReport struct {
	Volume int `json:"volume"`
	Minor  int `json:"minor"`
	// Peer is the name of the connection, empty when there is none or it has none.
	Peer string `json:"peer,omitempty"`
	Verdict
	// Excluded is a peer that is meant to have no disk: its verdict does not count.
	Excluded bool `json:"excluded,omitempty"`
}
