package core

import (
	"fmt"
	"slices"
)

// A Row is a line of a table.
type Row struct {
	Table  string   `json:"table"`
	Values []string `json:"values,omitempty"`
	// Drop says that the table goes away; with no values, that it comes into being.
	Drop bool `json:"drop,omitempty"`
}

// An Entry is a committed row. Positions count from 1.
type Entry struct {
	Position uint64 `json:"position"`
	Row      Row    `json:"row"`
}

// A Turn is where a lineage begins: from this position on, rows were accepted in this epoch. Its number
// is never used for another one.
type Turn struct {
	Epoch uint64 `json:"epoch"`
	From  uint64 `json:"from"`
}

// A Log is what a volume holds: all rows that were ever accepted, and who accepted them.
type Log struct {
	Turns   []Turn
	Entries []Entry
	// Loading is true from the beginning to the end of a full copy: what is there is of no use.
	Loading bool
}

// Last is the position of the last row, 0 if there is none.
func (l *Log) Last() uint64 { return uint64(len(l.Entries)) }

// Epoch is the epoch that new rows belong to.
func (l *Log) Epoch() uint64 {
	if len(l.Turns) == 0 {
		return 0
	}
	return l.Turns[len(l.Turns)-1].Epoch
}

// Begin starts an epoch behind the last row, unless it is the present one. It tells whether it did.
func (l *Log) Begin(epoch uint64) bool {
	if l.Epoch() == epoch {
		return false
	}
	l.Turns = append(history(l.Turns, l.Last()), Turn{Epoch: epoch, From: l.Last() + 1})
	return true
}

// Append adds a row and returns its position.
func (l *Log) Append(r Row) Entry {
	e := Entry{Position: l.Last() + 1, Row: r}
	l.Entries = append(l.Entries, e)
	return e
}

// Add puts an entry of somebody else's log behind the last one.
func (l *Log) Add(e Entry) error {
	if e.Position != l.Last()+1 {
		return fmt.Errorf("entry %d does not follow entry %d", e.Position, l.Last())
	}
	l.Entries = append(l.Entries, e)
	return nil
}

// After returns the entries behind a position, at most limit.
func (l *Log) After(position uint64, limit int) []Entry {
	rest := l.Entries[min(position, l.Last()):]
	return slices.Clone(rest[:min(limit, len(rest))])
}

// Truncate forgets the entries behind a position.
func (l *Log) Truncate(position uint64) { l.Entries = l.Entries[:min(position, l.Last())] }

// history is the part of a lineage that has rows up to a position. The first turn stays in any case: it
// says what database this is.
func history(turns []Turn, last uint64) []Turn {
	if len(turns) == 0 {
		return nil
	}
	later := slices.DeleteFunc(slices.Clone(turns[1:]), func(t Turn) bool { return t.From > last })
	return append([]Turn{turns[0]}, later...)
}

// Common is the position up to which a log with these turns and this last row holds the same rows as
// ours. ok is false when the databases have nothing to do with each other.
func (l *Log) Common(turns []Turn, last uint64) (position uint64, ok bool) {
	if len(l.Turns) == 0 || len(turns) == 0 || l.Turns[0] != turns[0] {
		return 0, false
	}
	position = min(l.Last(), last)
	for i := 1; i < max(len(l.Turns), len(turns)); i++ {
		if i < len(l.Turns) && i < len(turns) && l.Turns[i] == turns[i] {
			continue
		}
		if i < len(l.Turns) {
			position = min(position, l.Turns[i].From-1)
		}
		if i < len(turns) {
			position = min(position, turns[i].From-1)
		}
		break
	}
	return position, true
}

// Tables returns the rows of each table as they are after all entries.
func (l *Log) Tables() map[string][][]string {
	tables := map[string][][]string{}
	for _, e := range l.Entries {
		switch {
		case e.Row.Drop:
			delete(tables, e.Row.Table)
		case e.Row.Values == nil:
			tables[e.Row.Table] = [][]string{}
		default:
			tables[e.Row.Table] = append(tables[e.Row.Table], e.Row.Values)
		}
	}
	return tables
}
