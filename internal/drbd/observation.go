package drbd

import "time"

// An Observation is all that is known about the resources of a host when they are judged.
type Observation struct {
	// Local is what this host says now.
	Local Host
	// Before is what it said Options.Settle or longer ago; nil without an earlier sample.
	Before *Host
	// Remote is what the other host says, nil when it was not asked.
	Remote *Host
	// Log are the kernel's messages about DRBD, the oldest first.
	Log []LogEvent
	// RemoteLog are those of the other host.
	RemoteLog []LogEvent
	// Kinships are how the generation identifiers of both copies relate, for the volumes where they were compared.
	Kinships []Kinship
	// Track is how long the states have been what they are; nil when nothing watched them.
	Track *Track
	// Verified are the last comparisons of both copies.
	Verified []Verified
	Options  Options
}

// Options are what the operator wants to be judged otherwise.
type Options struct {
	// AllowDual takes two primaries of a connected resource for what is wanted.
	AllowDual bool
	// ExpectUp are resources that must be up: one that is not is degraded, not merely unknown. The name "all"
	// stands for every resource that is seen.
	ExpectUp []string
	// Settle is how far apart Before and Local are at least, for unanswered requests to count.
	Settle time.Duration
	// RequireVerify is how old the last clean comparison may be; 0 does not ask for one.
	RequireVerify time.Duration
	// Now is the time of judging, Local.At when it is zero.
	Now time.Time
}

// A LogKind is what a message of the kernel's tells.
type LogKind int

// The kinds of messages that count (replication-checker.md 6).
const (
	LogOther LogKind = iota
	// LogSplitBrain is a split brain that was detected and not solved; LogSolved one that was solved by hand or by
	// policy.
	LogSplitBrain
	LogSolved
	// LogUnrelated is a peer whose data never were the same.
	LogUnrelated
	// LogConnected is a handshake that came to its end: conn( ... -> Connected ), repl( ... -> Established ) or the
	// beginning of a resync. It clears what was said before.
	LogConnected
	// LogConnectionLost is a connection that ended.
	LogConnectionLost
	// LogIOError is a disk that failed.
	LogIOError
	// LogResyncDone and LogVerifyDone are the ends of a resync and of a verify, LogOutOfSync what the latter found.
	LogResyncDone
	LogVerifyDone
	LogOutOfSync
)

var logWords = [...]string{"other", "split-brain", "solved", "unrelated", "connected", "connection-lost", "io-error",
	"resync-done", "verify-done", "out-of-sync"}

// String is the kind in a word.
func (k LogKind) String() string { return word(logWords[:], int(k)) }

// MarshalText is String.
func (k LogKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes; anything else is LogOther.
func (k *LogKind) UnmarshalText(text []byte) error {
	*k = LogKind(index(logWords[:], string(text)))
	return nil
}

// A LogEvent is one message of the kernel's about a resource or a minor.
type LogEvent struct {
	// At is when it was written, the zero time when the line does not tell.
	At   time.Time `json:"at,omitzero"`
	Kind LogKind   `json:"kind"`
	// Resource is empty and Minor -1 when the line does not name them.
	Resource string `json:"resource,omitempty"`
	Minor    int    `json:"minor"`
	// Peer is the connection's name with 9.
	Peer string `json:"peer,omitempty"`
	Text string `json:"text"`
}

// A Relation is how the generation identifiers of two copies relate (replication-checker.md 6).
type Relation int

// The relations. RelationUnknown is what could not be compared.
const (
	RelationUnknown Relation = iota
	// JustCreated: neither copy ever had data.
	JustCreated
	// SameData: both have the same generation.
	SameData
	// LocalNewer and RemoteNewer: one's data followed the other's.
	LocalNewer
	RemoteNewer
	// SplitData: both went on from a common ancestor.
	SplitData
	// UnrelatedData: there is no common ancestor.
	UnrelatedData
)

var relationWords = [...]string{"unknown", "just-created", "same", "local-newer", "remote-newer", "split", "unrelated"}

// String is the relation in a word.
func (r Relation) String() string { return word(relationWords[:], int(r)) }

// A Kinship is the relation of one volume's copies.
type Kinship struct {
	Resource string
	Volume   int
	// Peer is the connection's name, empty where a resource has one peer.
	Peer string
	Relation
	// Text says which identifiers show it.
	Text string
}

// Verified is the last comparison of both copies of a volume.
type Verified struct {
	Resource string    `json:"resource"`
	Volume   int       `json:"volume"`
	At       time.Time `json:"at"`
	Clean    bool      `json:"clean"`
}
