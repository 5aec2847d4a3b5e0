package wire

import (
	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
)

// A Kind says what a message between sites is.
type Kind string

// The kinds of messages. A connection begins with Hello, which Plan or Refuse answers; then the
// source sends Rows, Whole and Ping, the secondary Ack and Pong; both send Topology when it changes.
// Register, Unregister and Suspend are asked on connections of their own and answered by Done or Refuse.
const (
	Hello      Kind = "hello"
	Plan       Kind = "plan"
	Refuse     Kind = "refuse"
	Rows       Kind = "rows"
	Whole      Kind = "whole"
	Ack        Kind = "ack"
	Ping       Kind = "ping"
	Pong       Kind = "pong"
	Topology   Kind = "topology"
	Register   Kind = "register"
	Unregister Kind = "unregister"
	Suspend    Kind = "suspend"
	Done       Kind = "done"
)

// A Message goes between two sites.
type Message struct {
	Kind Kind `json:"kind"`
	// Why explains a Refuse.
	Why string `json:"why,omitempty"`
	// Site is the secondary that says Hello or wants to be registered; of Done, the number it got.
	Site *site.Peer `json:"site,omitempty"`
	// Key is a digest of the PKI files: sites with different ones do not understand each other.
	Key string `json:"key,omitempty"`
	// Turns and Last tell what log the sender has, Usable whether it is complete.
	Turns  []core.Turn `json:"turns,omitempty"`
	Last   uint64      `json:"last,omitempty"`
	Usable bool        `json:"usable,omitempty"`
	// Plan answers a Hello.
	Plan *core.Plan `json:"plan,omitempty"`
	// Common is up to where both logs are the same.
	Common  uint64       `json:"common,omitempty"`
	Entries []core.Entry `json:"entries,omitempty"`
	// Position is the last entry that an Ack covers.
	Position uint64      `json:"position,omitempty"`
	Peers    []site.Peer `json:"peers,omitempty"`
	// Force lets Register replace a site of the same name.
	Force bool `json:"force,omitempty"`
}
