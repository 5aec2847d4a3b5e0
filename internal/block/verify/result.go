package verify

import (
	"time"

	"ocfbox/internal/block"
)

// Exit codes of a comparison (section 13).
const (
	ExitSame        = 0
	ExitDifferent   = 1
	ExitUsage       = 2
	ExitIncomplete  = 3
	ExitReadError   = 4
	ExitRefused     = 5
	ExitPeer        = 6
	ExitInterrupted = 130
	ExitTerminated  = 143
)

// A Result is what a run has found. Its JSON is a promise: repair and map read it.
type Result struct {
	A block.Identity `json:"a"`
	B block.Identity `json:"b"`
	// Size is how much was to be compared; Compared how much was, Holes what of it is a hole on both sides.
	Size     int64 `json:"size"`
	Compared int64 `json:"compared"`
	Holes    int64 `json:"holes"`
	Read     int64 `json:"read"`
	// Ranges are the confirmed differences, OneSided those of them where writes reach one side only.
	Ranges   block.Ranges `json:"ranges"`
	OneSided block.Ranges `json:"one_sided,omitempty"`
	// Known are those of the ranges that the replication knows to be out of sync, Unknown those that it believes to be
	// equal: the alarming ones. KnownBy is what tells: counter, bitmap, or bitmap-hint where the replication runs and
	// its bitmap on the disk may be old. Without it nothing is known of either.
	Known   block.Ranges `json:"known_oos,omitempty"`
	Unknown block.Ranges `json:"unknown_oos,omitempty"`
	KnownBy string       `json:"known_by,omitempty"`
	// Unstable are blocks that both sides kept changing, and that were never seen equal.
	Unstable block.Ranges `json:"unstable,omitempty"`
	Errors   []ReadError  `json:"errors,omitempty"`
	// Suspected is how many bytes had no verdict when the run was interrupted.
	Suspected int64 `json:"suspected,omitempty"`
	// Unread are all blocks that could not be read: Errors names the first ones only.
	Unread block.Ranges `json:"unread,omitempty"`
	// Uncompared is what one side has more than the other.
	Uncompared *block.Range `json:"uncompared,omitempty"`
	// InFlight counts the blocks that were on their way, and are equal.
	InFlight int64 `json:"in_flight"`
	Passes   int   `json:"passes"`
	// Coarse is the size in bytes to which differences were rounded because there are too many, 0 for exact ones.
	Coarse   int64     `json:"coarse,omitempty"`
	Resumed  bool      `json:"resumed,omitempty"`
	Oldest   time.Time `json:"oldest"`
	Newest   time.Time `json:"newest"`
	Complete bool      `json:"complete"`
}

// Code is the exit code of a run that came to its end.
func (r Result) Code() int {
	switch {
	case len(r.Unread) > 0:
		return ExitReadError
	case len(r.Ranges) > 0:
		return ExitDifferent
	case !r.Complete || len(r.Unstable) > 0 || r.Uncompared != nil:
		return ExitIncomplete
	}
	return ExitSame
}
