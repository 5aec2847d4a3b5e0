package verify

import (
	"time"

	"ocfbox/internal/block"
)

// A Verdict is what repeated looks at a block have shown (section 12).
type Verdict int

// The verdicts.
const (
	// Suspected: not yet looked at often or long enough.
	Suspected Verdict = iota
	// InFlight: it was equal at one look. Only then it is dismissed.
	InFlight
	// Different: it differs, and neither side has changed for long enough.
	Different
	// OneSided: it differs, and only one side goes on changing: writes do not reach the other.
	OneSided
	// Unstable: both sides go on changing, and were never seen equal.
	Unstable
	// Unreadable: a side could not be read at the last looks.
	Unreadable
)

// Confirmation says what a difference needs to be believed.
type Confirmation struct {
	// Settle is the pause before the second pass; each following pause is twice as long.
	Settle time.Duration
	// Looks and Span are how often, and over what time, a block must have been different in an unbroken row.
	Looks int
	Span  time.Duration
	// Passes bounds them, the first comparison included.
	Passes int
}

// Live is the confirmation for devices that are written to.
func Live() Confirmation {
	return Confirmation{Settle: time.Second, Looks: 3, Span: 10 * time.Second, Passes: 6}
}

// Offline is the confirmation for devices that nobody writes to: one more look.
func Offline() Confirmation { return Confirmation{Looks: 1, Passes: 2} }

// A history is what the looks at one block have shown so far. Times are those since the run began.
type history struct {
	a, b block.Sum
	// sinceA and sinceB are when the side was first seen as it still is; sameA and sameB count the looks since.
	sinceA, sinceB time.Duration
	sameA, sameB   uint16
}

// see takes in a look, and says what all of them mean. last is true for the final pass.
func (h *history) see(at time.Duration, s Sight, c Confirmation, last bool) Verdict {
	switch {
	case s.Unread && last:
		return Unreadable
	case s.Unread:
		return Suspected
	case s.Equal():
		return InFlight
	}
	if h.sameA == 0 || h.a != s.A {
		h.a, h.sinceA, h.sameA = s.A, at, 0
	}
	if h.sameB == 0 || h.b != s.B {
		h.b, h.sinceB, h.sameB = s.B, at, 0
	}
	h.sameA, h.sameB = h.sameA+1, h.sameB+1
	steadyA := int(h.sameA) >= c.Looks && at-h.sinceA >= c.Span
	steadyB := int(h.sameB) >= c.Looks && at-h.sinceB >= c.Span
	switch {
	case steadyA && steadyB:
		return Different
	case last && steadyA != steadyB:
		return OneSided
	case last:
		return Unstable
	}
	return Suspected
}

// forget makes the looks so far void: what the replication did meanwhile may have caused what they saw.
func (h *history) forget() { *h = history{} }

// pause is how long to wait before a pass, the second being the first that repeats: it doubles, and is cut to what is
// still missing of the time that a difference must last.
func (c Confirmation) pause(pass int, lasted time.Duration) time.Duration {
	wait := c.Settle << (pass - 2)
	if missing := c.Span - lasted; pass > c.Looks && missing > 0 {
		wait = min(wait, missing)
	}
	return wait
}
