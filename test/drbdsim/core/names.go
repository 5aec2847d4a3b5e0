package core

// A Generation is a line of DRBD's kernel module.
type Generation int

// The generations whose machine this is. Older ones exist as texts only.
const (
	Gen84 Generation = 84
	Gen9  Generation = 9
)

// A Role is what a node does with a resource.
type Role string

// The roles. Unknown is that of a peer that does not answer.
const (
	Primary   Role = "Primary"
	Secondary Role = "Secondary"
	Unknown   Role = "Unknown"
)

// A Disk is the state of a volume's data.
type Disk string

// The states of disks, from bad to good. DUnknown is that of a peer that does not answer.
const (
	Diskless     Disk = "Diskless"
	Attaching    Disk = "Attaching"
	Failed       Disk = "Failed"
	Negotiating  Disk = "Negotiating"
	Inconsistent Disk = "Inconsistent"
	Outdated     Disk = "Outdated"
	DUnknown     Disk = "DUnknown"
	Consistent   Disk = "Consistent"
	UpToDate     Disk = "UpToDate"
)

// better tells whether d is better than other.
func (d Disk) better(other Disk) bool { return d.rank() > other.rank() }

func (d Disk) rank() int {
	for i, known := range []Disk{Diskless, Attaching, Failed, Negotiating, Inconsistent, Outdated, DUnknown, Consistent, UpToDate} {
		if d == known {
			return i
		}
	}
	return -1
}

// A Conn is the state of a connection, in the words of DRBD 9.
type Conn string

// The states of a connection that last.
const (
	StandAlone Conn = "StandAlone"
	Connecting Conn = "Connecting"
	Connected  Conn = "Connected"
)

// A Repl is what a connection does with a volume, in the words of DRBD 9.
type Repl string

// The states of replication. Off is that of a connection that does not stand.
const (
	Off         Repl = "Off"
	Established Repl = "Established"
	WFBitMapS   Repl = "WFBitMapS"
	WFBitMapT   Repl = "WFBitMapT"
	SyncSource  Repl = "SyncSource"
	SyncTarget  Repl = "SyncTarget"
	PausedSyncS Repl = "PausedSyncS"
	PausedSyncT Repl = "PausedSyncT"
	VerifyS     Repl = "VerifyS"
	VerifyT     Repl = "VerifyT"
)

// Source and Target tell on which side of a resync a node is, paused or not.
func (r Repl) Source() bool { return r == SyncSource || r == PausedSyncS }

// Target is the other side.
func (r Repl) Target() bool { return r == SyncTarget || r == PausedSyncT }

// Verifying tells whether an online verify runs.
func (r Repl) Verifying() bool { return r == VerifyS || r == VerifyT }
