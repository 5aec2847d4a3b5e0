package core

import "slices"

// A Status is the state of a replication channel, with the numbers that SAP's tools exit with.
type Status int

// The states of a channel, and of several together.
const (
	NoReplication Status = 10
	Error         Status = 11
	Unknown       Status = 12
	Initializing  Status = 13
	Syncing       Status = 14
	Active        Status = 15
)

// String is the word that the tools print.
func (s Status) String() string {
	words := map[Status]string{Error: "ERROR", Unknown: "UNKNOWN", Initializing: "INITIALIZING", Syncing: "SYNCING", Active: "ACTIVE"}
	return words[s]
}

// Together is the state of several channels: the worst of them.
func Together(all []Status) Status {
	if len(all) == 0 {
		return NoReplication
	}
	return slices.Min(all)
}

// A Mode is what a site is: primary, a kind of secondary, or none of both.
type Mode string

// The modes, in the spelling of hdbnsutil.
const (
	None    Mode = "none"
	Primary Mode = "primary"
	Sync    Mode = "sync"
	SyncMem Mode = "syncmem"
	Async   Mode = "async"
)

// Secondary tells whether a site of this mode gets its data from another one.
func (m Mode) Secondary() bool { return m == Sync || m == SyncMem || m == Async }

// waits tells whether a commit waits for the acknowledgement of a secondary of this mode.
func (m Mode) waits() bool { return m == Sync || m == SyncMem }

// OperationModes are how a secondary digests what it gets.
func OperationModes() []string {
	return []string{"logreplay", "delta_datashipping", "logreplay_readaccess"}
}
