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

// ExitCode is the verdict as a status of the monitoring table: 0 in sync, 1 resynchronising, 2 degraded, 3 unknown, and
// 4 for a split brain or data that must not be used.
func (v Verdict) ExitCode() int {
	switch v.Class {
	case OK:
		return 0
	case Syncing:
		return 1
	case SplitBrain:
		return 4
	case Degraded:
		if v.Reason == ReasonUnrelated || v.Reason == ReasonLocalInconsistent || v.Reason == ReasonLocalOutdated {
			return 4
		}
		return 2
	}
	return 3
}

// A Worth says whether the local copy may be put to use, by a promotion or by hand.
type Worth int

// The worths, from bad to good. WorthBad is a copy that is refused whatever else holds: without a disk, inconsistent,
// outdated, or one side of a split brain that is not resolved. WorthUndecided is one that may be stale: cut off from its
// peer, or Consistent only, where DRBD itself decides if a fencing policy is set.
const (
	WorthBad Worth = iota
	WorthUndecided
	WorthGood
)

var worthWords = [...]string{"bad", "undecided", "good"}

// String is the worth in a word.
func (w Worth) String() string { return word(worthWords[:], int(w)) }

// MarshalText is String.
func (w Worth) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what MarshalText writes; anything else is WorthBad.
func (w *Worth) UnmarshalText(text []byte) error {
	*w = Worth(index(worthWords[:], string(text)))
	return nil
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
	// Data is the worth of the worst local copy.
	Data    Worth          `json:"data"`
	Volumes []VolumeReport `json:"volumes"`
}

// A VolumeReport is what the observation says of one copy of one volume.
type VolumeReport struct {
	Volume int `json:"volume"`
	Minor  int `json:"minor"`
	// Peer is the name of the connection, empty when there is none or it has none.
	Peer string `json:"peer,omitempty"`
	Verdict
	// Data is the worth of the local copy.
	Data Worth `json:"data"`
	// Excluded is a peer that is meant to have no disk: its verdict does not count.
	Excluded bool `json:"excluded,omitempty"`
}
