package drbd

import "strings"

// A Role is what a node may do with a device.
type Role int

// The roles. RoleUnknown is the peer's while there is no connection, and any word that is not known.
const (
	RoleUnknown Role = iota
	Secondary
	Primary
)

var roleWords = [...]string{"Unknown", "Secondary", "Primary"}

// ParseRole reads a role in any case; any other word is RoleUnknown.
func ParseRole(text string) Role { return Role(index(roleWords[:], text)) }

// String is DRBD's word.
func (r Role) String() string { return word(roleWords[:], int(r)) }

// MarshalText is String.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseRole.
func (r *Role) UnmarshalText(text []byte) error {
	*r = ParseRole(string(text))
	return nil
}

// A DiskState is what a node thinks of a copy of the data, from bad to good (replication-checker.md 2.3).
type DiskState int

// The disk states, in DRBD's order; comparing them compares how good they are. DUnknown is a peer's whose state
// cannot be known without a connection. DiskUnknown is a word that is not known, or none; DiskHidden is the peer's in
// 0.7, which never tells it, and so stands outside of the order.
const (
	DiskUnknown DiskState = iota
	DiskHidden
	Diskless
	Attaching
	Detaching
	Failed
	Negotiating
	Inconsistent
	Outdated
	DUnknown
	Consistent
	UpToDate
)

var diskWords = [...]string{"Unknown", "Hidden", "Diskless", "Attaching", "Detaching", "Failed", "Negotiating",
	"Inconsistent", "Outdated", "DUnknown", "Consistent", "UpToDate"}

// ParseDisk reads a disk state in any case; any other word is DiskUnknown.
func ParseDisk(text string) DiskState { return DiskState(index(diskWords[:], text)) }

// String is DRBD's word.
func (d DiskState) String() string { return word(diskWords[:], int(d)) }

// MarshalText is String.
func (d DiskState) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDisk.
func (d *DiskState) UnmarshalText(text []byte) error {
	*d = ParseDisk(string(text))
	return nil
}

// A ConnState is the state of the connection to a peer, in 9's words (replication-checker.md 2.3).
type ConnState int

// The connection states. Connecting is 8.4's and older WFConnection; WFReportParams is the handshake of 8.4 and
// older, which 9 does not show.
const (
	ConnUnknown ConnState = iota
	StandAlone
	Disconnecting
	Unconnected
	Timeout
	BrokenPipe
	NetworkFailure
	ProtocolError
	TearDown
	Connecting
	WFReportParams
	Connected
)

var connWords = [...]string{"Unknown", "StandAlone", "Disconnecting", "Unconnected", "Timeout", "BrokenPipe",
	"NetworkFailure", "ProtocolError", "TearDown", "Connecting", "WFReportParams", "Connected"}

// ParseConn reads a connection state of events2, of status or of 9 in any case, and WFConnection for Connecting; any
// other word is ConnUnknown. The words of /proc/drbd, where connection and replication are one, are ParseLink's.
func ParseConn(text string) ConnState {
	if strings.EqualFold(text, wfConnection) {
		return Connecting
	}
	return ConnState(index(connWords[:], text))
}

// String is 9's word.
func (c ConnState) String() string { return word(connWords[:], int(c)) }

// MarshalText is String.
func (c ConnState) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText is ParseConn.
func (c *ConnState) UnmarshalText(text []byte) error {
	*c = ParseConn(string(text))
	return nil
}

// A ReplState is what happens over a connection, in 9's words (replication-checker.md 2.3).
type ReplState int

// The replication states. SkippedSyncS and SkippedSyncT are 0.7's alone.
const (
	ReplUnknown ReplState = iota
	Off
	Established
	StartingSyncS
	StartingSyncT
	WFBitMapS
	WFBitMapT
	WFSyncUUID
	SyncSource
	SyncTarget
	VerifyS
	VerifyT
	PausedSyncS
	PausedSyncT
	Ahead
	Behind
	SkippedSyncS
	SkippedSyncT
)

var replWords = [...]string{"Unknown", "Off", "Established", "StartingSyncS", "StartingSyncT", "WFBitMapS", "WFBitMapT",
	"WFSyncUUID", "SyncSource", "SyncTarget", "VerifyS", "VerifyT", "PausedSyncS", "PausedSyncT", "Ahead", "Behind",
	"SkippedSyncS", "SkippedSyncT"}

// ParseRepl reads a replication state in any case; any other word is ReplUnknown.
func ParseRepl(text string) ReplState { return ReplState(index(replWords[:], text)) }

// String is 9's word.
func (r ReplState) String() string { return word(replWords[:], int(r)) }

// MarshalText is String.
func (r ReplState) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseRepl.
func (r *ReplState) UnmarshalText(text []byte) error {
	*r = ParseRepl(string(text))
	return nil
}

// Source reports whether this node sends the peer what it misses, is about to, or waits for that.
func (r ReplState) Source() bool {
	switch r {
	case StartingSyncS, WFBitMapS, SyncSource, PausedSyncS:
		return true
	}
	return false
}

// Target is Source's other side: this node is sent what it misses.
func (r ReplState) Target() bool {
	switch r {
	case StartingSyncT, WFBitMapT, WFSyncUUID, SyncTarget, PausedSyncT:
		return true
	}
	return false
}

// Verifying reports whether the kernel compares both copies.
func (r ReplState) Verifying() bool { return r == VerifyS || r == VerifyT }

const (
	wfConnection = "WFConnection"
	unconfigured = "Unconfigured"
)

// ParseLink reads a connection state as /proc/drbd and `drbdadm cstate` of 8.4 and older print it, where one word
// says what 9 says in two. Both are unknown for a word that is neither. Cstate of 9 prints words that mean the same
// here, but for Connected: the replication is not told there.
func ParseLink(text string) (ConnState, ReplState) {
	if conn := ParseConn(text); conn == Connected {
		return Connected, Established
	} else if conn != ConnUnknown {
		return conn, Off
	}
	if repl := ParseRepl(text); repl > Established {
		return Connected, repl
	}
	return ConnUnknown, ReplUnknown
}

// word is a value's word; values outside of the list have the first, unknown one.
func word(words []string, value int) string {
	if value < 0 || value >= len(words) {
		value = 0
	}
	return words[value]
}

// index is the value of a word in any case, 0 for one that is not in the list.
func index(words []string, text string) int {
	for i, known := range words {
		if strings.EqualFold(known, text) {
			return i
		}
	}
	return 0
}
