// Package truth says what really happened to the rows of a replicated database. It reads the logs in which
// every site noted the writes that it accepted, and believes no cluster software and no status.
//
// All nodes of a laboratory share one kernel, and so one monotonic clock: times of different
// nodes can be compared.
package truth

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/core"
)

// What a site notes.
const (
	// Opened: from now on this site accepts writes; Closed: not any more. A crash leaves no Closed.
	Opened = "opened"
	Closed = "closed"
	// Accepted: these rows are about to be acknowledged to their client.
	Accepted = "accepted"
	// Discarded: these rows were thrown away because the source does not have them.
	Discarded = "discarded"
	// Copied: the data was replaced by a full copy; Resumed: only what was missing came.
	Copied  = "copied"
	Resumed = "resumed"
)

// An Event is a line of a site's log.
type Event struct {
	// At is the monotonic clock, in nanoseconds.
	At       time.Duration `json:"at"`
	What     string        `json:"what"`
	Site     string        `json:"site"`
	Host     string        `json:"host"`
	Database string        `json:"database"`
	Volume   int           `json:"volume"`
	Epoch    uint64        `json:"epoch"`
	Entries  []core.Entry  `json:"entries,omitempty"`
}

// Now reads the monotonic clock.
func Now() time.Duration {
	var t unix.Timespec
	// It fails only for a clock that does not exist.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return time.Duration(t.Nano())
}

// Read reads a site's log. A torn last line, which a loss of power can leave, is no event.
func Read(from io.Reader) ([]Event, error) {
	var events []Event
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			if lines.Scan() {
				return nil, fmt.Errorf("line %d: %w", len(events)+1, err)
			}
			return events, nil
		}
		events = append(events, e)
	}
	return events, lines.Err()
}

// A Write is a row that a site accepted.
type Write struct {
	At    time.Duration
	Site  string
	Epoch uint64
	Entry core.Entry
}

// Writes lists the rows of a database that any site accepted, by time.
func Writes(events []Event, database string) []Write {
	var writes []Write
	for _, e := range events {
		if e.What != Accepted || e.Database != database {
			continue
		}
		for _, entry := range e.Entries {
			writes = append(writes, Write{e.At, e.Site, e.Epoch, entry})
		}
	}
	slices.SortStableFunc(writes, func(a, b Write) int { return int(a.At - b.At) })
	return writes
}

// Lost returns the accepted rows that the surviving log does not hold. A row is held where its
// position belongs to the epoch that it was accepted in.
func Lost(writes []Write, survivor *core.Log) []Write {
	var lost []Write
	for _, w := range writes {
		if !holds(survivor, w) {
			lost = append(lost, w)
		}
	}
	return lost
}

func holds(l *core.Log, w Write) bool {
	if w.Entry.Position == 0 || w.Entry.Position > l.Last() {
		return false
	}
	var epoch uint64
	for _, t := range l.Turns {
		if t.From <= w.Entry.Position {
			epoch = t.Epoch
		}
	}
	return epoch == w.Epoch
}

// An Overlap is a time in which two sites accepted rows of one database: from the first row of the newer primary to the
// last one of the older.
type Overlap struct {
	Sites    [2]string
	From, To time.Duration
}

// TwoPrimaries returns where a site accepted a row of an older epoch after another one had begun to accept
// rows of a newer one.
func TwoPrimaries(writes []Write) []Overlap {
	first, last := map[uint64]Write{}, map[uint64]Write{}
	var epochs []uint64
	for _, w := range writes {
		if _, known := first[w.Epoch]; !known {
			first[w.Epoch] = w
			epochs = append(epochs, w.Epoch)
		}
		last[w.Epoch] = w
	}
	var found []Overlap
	for i, a := range epochs {
		for _, b := range epochs[i+1:] {
			if from, to := first[b].At, last[a].At; from < to && first[a].Site != first[b].Site {
				found = append(found, Overlap{[2]string{first[a].Site, first[b].Site}, from, to})
			}
		}
	}
	return found
}
