package service

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ocfbox/test/lab/referee"
)

// verdict says what is wrong with the rows that are there in the end, by what the client was told and by the times at
// which nodes had the address: a row that was acknowledged is missing, one is there twice or was never asked for, or a
// node acknowledged one that did not have the address meanwhile.
func verdict(attempts []attempt, rows []int, held []referee.Span) error {
	promised := acknowledged(attempts)
	if len(promised) == 0 {
		return errors.New("no row was ever acknowledged")
	}
	count := map[int]int{}
	for _, row := range rows {
		count[row]++
	}
	var all []error
	for _, a := range promised {
		if count[a.row] == 0 {
			all = append(all, fmt.Errorf("row %d is lost, which %s acknowledged at %s", a.row, a.by, clock(a.answered)))
		}
		if !heldAt(held, a) {
			all = append(all, fmt.Errorf("%s acknowledged row %d at %s, and did not have the address", a.by, a.row, clock(a.answered)))
		}
	}
	asked := map[int]bool{}
	for _, a := range attempts {
		asked[a.row] = true
	}
	for row, n := range count {
		switch {
		case !asked[row]:
			all = append(all, fmt.Errorf("row %d is there, which nobody asked for", row))
		case n > 1:
			all = append(all, fmt.Errorf("row %d is there %d times", row, n))
		}
	}
	return errors.Join(all...)
}

func clock(t time.Time) string { return t.Format("15:04:05.000") }

func acknowledged(attempts []attempt) []attempt {
	return slices.DeleteFunc(slices.Clone(attempts), func(a attempt) bool { return a.err != nil })
}

// heldAt tells whether the node that acknowledged a row had the address at some time while the client waited.
func heldAt(held []referee.Span, a attempt) bool {
	return slices.ContainsFunc(held, func(s referee.Span) bool {
		ended := !s.To.IsZero() && s.To.Add(referee.Slack).Before(a.asked)
		return s.Node == a.by && !ended && s.From.Add(-referee.Slack).Before(a.answered)
	})
}

// outage is the longest time from one acknowledgement to the next that came after since.
func outage(attempts []attempt, since time.Time) time.Duration {
	var longest time.Duration
	var last time.Time
	for _, a := range acknowledged(attempts) {
		if !last.IsZero() && a.answered.After(since) {
			longest = max(longest, a.answered.Sub(last))
		}
		last = a.answered
	}
	return longest
}
