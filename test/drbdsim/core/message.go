package core

// A Kind says what a message between nodes is.
type Kind string

// The kinds. A connection begins with a Hello of both; each then decides by itself what follows, and both come to the same.
const (
	Hello    Kind = "hello"
	Bitmap   Kind = "bitmap"
	SyncUUID Kind = "sync-uuid"
	SyncData Kind = "sync-data"
	SyncAck  Kind = "sync-ack"
	SyncDone Kind = "sync-done"
	Data     Kind = "data"
	Ack      Kind = "ack"
	State    Kind = "state"
	Ask      Kind = "ask"
	Answer   Kind = "answer"
	Verify   Kind = "verify"
	Verified Kind = "verified"
	Start    Kind = "start"
	Bye      Kind = "bye"
)

// A Message goes from one node to another, about one resource.
type Message struct {
	Kind   Kind `json:"kind"`
	Volume int  `json:"volume,omitempty"`
	// Greeting is in a Hello; Redo tells that the connection stands already, and only Volume is to be settled anew. Reply
	// is the other side's part of that.
	Greeting *Greeting `json:"greeting,omitempty"`
	Redo     bool      `json:"redo,omitempty"`
	Reply    bool      `json:"reply,omitempty"`
	Bits     *Bits     `json:"bits,omitempty"`
	GI       *GI       `json:"gi,omitempty"`
	Blocks   []Block   `json:"blocks,omitempty"`
	// From and To are the blocks of a Verify: From is in it, To is not.
	From int `json:"from,omitempty"`
	To   int `json:"to,omitempty"`
	// Now is the sender's state, for a State.
	Now *Report `json:"now,omitempty"`
	// Want is what an Ask is about and Refused the answer: 0, or a number of a refusal.
	Want    string `json:"want,omitempty"`
	ID      uint64 `json:"id,omitempty"`
	Refused int    `json:"refused,omitempty"`
}

// A Block is data: the number of the block, and that of the write that made it.
type Block struct {
	At   int    `json:"at"`
	Data uint64 `json:"data"`
}

// A Greeting is all that two nodes have to know of each other.
type Greeting struct {
	Role     Role             `json:"role"`
	Discard  bool             `json:"discard,omitempty"`
	Protocol string           `json:"protocol"`
	Two      bool             `json:"two,omitempty"`
	Volumes  []GreetingVolume `json:"volumes"`
}

// A GreetingVolume is a volume in it.
type GreetingVolume struct {
	Number  int  `json:"number"`
	Disk    Disk `json:"disk"`
	GI      GI   `json:"gi"`
	Bits    int  `json:"bits"`
	Crashed bool `json:"crashed,omitempty"`
	// Met: since it was attached, the volume was connected.
	Met  bool  `json:"met,omitempty"`
	Size int64 `json:"size"`
}

// A Report is the state of a node, told to a peer whenever it changes.
type Report struct {
	Role Role `json:"role"`
	// Disks and GIs are by the number of the volume, as are Paused.
	Disks  map[int]Disk `json:"disks"`
	GIs    map[int]GI   `json:"gis,omitempty"`
	Paused map[int]bool `json:"paused,omitempty"`
}

// An Envelope is a message on its way.
type Envelope struct {
	Resource, Peer string
	Message        Message
}
