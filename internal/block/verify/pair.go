package verify

import (
	"context"

	"ocfbox/internal/block"
)

// A Side names one of the two devices.
type Side string

// The sides.
const (
	A Side = "a"
	B Side = "b"
)

// A Pair is two devices that can be compared, and looked at again. Its methods are for several goroutines.
type Pair interface {
	// Next is the first part at or behind from that has to be compared, as much as the pair compares in one step. What
	// is passed over is a hole on both sides. It is empty when nothing is left before end.
	Next(ctx context.Context, from, end int64) (Part, error)
	// Compare compares a part, in blocks of leaf bytes. What cannot be read is in the outcome; an error means that
	// the pair as a whole is lost.
	Compare(ctx context.Context, part Part, leaf int) (Outcome, error)
	// Look reads a range of at most one extent freshly from both sides at nearly the same time, and gives a digest
	// of each block of leaf bytes in it.
	Look(ctx context.Context, r block.Range, leaf int) ([]Sight, error)
}

// A Part is what is compared in one step. Where a side has a hole it is not read: it is zero.
type Part struct {
	block.Range
	HoleA, HoleB bool
}

// An Outcome is what the comparison of a part has found.
type Outcome struct {
	// Differ are the blocks that differ.
	Differ block.Ranges
	// Failed are the blocks that could not be read.
	Failed []ReadError
	// Read is how many bytes were read of both sides together.
	Read int64
}

// A ReadError is a block that one side could not read.
type ReadError struct {
	block.Range
	Side  Side   `json:"side"`
	Error string `json:"error"`
}

// A Sight is what a block was on both sides at one time.
type Sight struct {
	A, B block.Sum
	// Unread says that a side could not be read: the sight proves nothing.
	Unread bool
}

// Equal reports whether both sides were the same.
func (s Sight) Equal() bool { return !s.Unread && s.A == s.B }
