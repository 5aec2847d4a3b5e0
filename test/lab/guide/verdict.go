package guide

import (
	"errors"
	"fmt"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/writer"
)

// Evidence is what a scenario leaves behind: what the databases noted, what the client was told, and where the kernels
// had the address. All times are on the clock of the databases' logs.
type evidence struct {
	// writes are the rows that any site accepted; events are the sites' notes that count, by time.
	writes []truth.Write
	events []truth.Event
	// host has the database that was opened last, and survivor is its data: the rows that there are from now on. It is
	// nil when that could not be read.
	host     string
	survivor *core.Log
	// answers are what became of the client's rows.
	answers []writer.Answer
	// held are the times in which nodes had the address.
	held []holding
	// resumed is when the cluster took charge again after a takeover by hand, zero when there was none.
	resumed time.Duration
	// now is when the evidence was taken.
	now time.Duration
}

// A holding is a time in which a node had the address. To is zero while it has it.
type holding struct {
	host     string
	from, to time.Duration
}

// verdict is what must never happen and did: two primaries that accepted rows, the address where the primary is not, a
// row that was accepted and is gone, a row that the client was promised and that is not there once.
func (e evidence) verdict() error {
	found := errors.Join(e.twoPrimaries(), e.misled())
	if e.survivor == nil {
		return found
	}
	return errors.Join(found, e.lost(), e.broken())
}

func (e evidence) twoPrimaries() error {
	var found []error
	for _, o := range truth.TwoPrimaries(e.writes) {
		found = append(found, fmt.Errorf("two primaries accepted rows: %s and %s for %s", o.Sites[0], o.Sites[1],
			(o.To-o.From).Round(time.Millisecond)))
	}
	return errors.Join(found...)
}

// wrongFor is how long the address may be elsewhere while the primary is open: a stop of the address and a start, on a
// busy machine.
const wrongFor = 15 * time.Second

// noticedAfter is how long the cluster may not know of a primary that was started again after a takeover that came to
// nothing: the next monitor of the topology comes after 10 s, and the secondary's start, which everything else waits for,
// looks for a primary every 10 s.
const noticedAfter = 20 * time.Second

// misled tells when the address was on a node while the newest primary was open on another, for longer than a move takes
// while the cluster was in charge: before resumed an administrator was. While no primary is open, the address may be on
// the node that is to become one.
func (e evidence) misled() error {
	open := openings(e.events, e.now)
	var newest uint64
	for _, o := range open {
		newest = max(newest, o.epoch)
	}
	for _, h := range e.held {
		to := h.to
		if to == 0 {
			to = e.now
		}
		for _, o := range open {
			if o.epoch < newest || o.host == h.host {
				continue
			}
			since := o.from
			if o.again {
				since += noticedAfter
			}
			if wrong := min(to, o.to) - max(h.from, since, e.resumed); wrong > wrongFor {
				return fmt.Errorf("the address was on %s for %s while the primary was open on %s", h.host, wrong.Round(time.Second), o.host)
			}
		}
	}
	return nil
}

func (e evidence) lost() error {
	lost := truth.Lost(e.writes, e.survivor)
	if len(lost) == 0 {
		return nil
	}
	last := lost[len(lost)-1]
	return fmt.Errorf("%d accepted rows are lost: %s does not have what %s accepted last, %v", len(lost), e.host, last.Site, last.Entry)
}

// broken tells which promises are: rows that were acknowledged to the client and are not there, or are there twice.
func (e evidence) broken() error {
	have := map[string]int{}
	for _, line := range e.survivor.Tables()["T"] {
		have[line[0]]++
	}
	var found []error
	for _, a := range e.answers {
		if a.Error == "" && have[a.Row] != 1 {
			found = append(found, fmt.Errorf("row %s was acknowledged, and %s has it %d times", a.Row, e.host, have[a.Row]))
		}
	}
	return errors.Join(found...)
}

// promised is the number of rows that were acknowledged to the client.
func (e evidence) promised() int {
	n := 0
	for _, a := range e.answers {
		if a.Error == "" {
			n++
		}
	}
	return n
}

// lastOpened is the node whose database was opened last, empty when none was.
func lastOpened(events []truth.Event, database string) string {
	host := ""
	for _, e := range events {
		if e.What == truth.Opened && e.Database == database {
			host = e.Host
		}
	}
	return host
}
