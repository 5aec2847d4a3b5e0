package drbd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Event is one line of `drbdsetup events2` (replication-checker.md 4).
type Event struct {
	// At is the line's time stamp, the zero time without --timestamps.
	At time.Time
	// Action is exists, create, change, destroy, call, response or rename; Object is resource, connection, device,
	// peer-device, path, helper, or "-" at the end of the first dump. Both are as printed.
	Action, Object string
	Fields         []Field
}

// A Field is a key and its value. Old is what the value was before, with --diff; UNKNOWN when there was none.
type Field struct {
	Key, Value, Old string
}

var (
	// ErrUnreadable is a text that is not what the command prints.
	ErrUnreadable = errors.New("unreadable")
	// ErrTruncated is a text that ends in the middle.
	ErrTruncated = errors.New("ends in the middle")
)

// ParseEvent reads one line. Colours are taken off. The number that early releases of 8.4 begin a line with is passed
// over. A word without a colon is none of the fields; words that are not known stand in the event as they are. The
// error is ErrUnreadable.
func ParseEvent(line string) (Event, error) {
	words := strings.Fields(withoutColours(printable(line)))
	var e Event
	if len(words) > 0 && words[0][0] >= '0' && words[0][0] <= '9' {
		if at, err := time.Parse(time.RFC3339Nano, words[0]); err == nil {
			e.At, words = at, words[1:]
		} else if _, err := strconv.ParseUint(strings.TrimSuffix(words[0], "*"), 10, 32); err == nil {
			words = words[1:]
		}
	}
	if len(words) < 2 || !knownAction(words[0]) {
		return Event{}, fmt.Errorf("event %.80q: %w", line, ErrUnreadable)
	}
	e.Action, e.Object = words[0], words[1]
	if len(words) > 2 {
		e.Fields = make([]Field, 0, len(words)-2)
	}
	for _, text := range words[2:] {
		if key, value, ok := strings.Cut(text, ":"); ok {
			e.Fields = append(e.Fields, newField(key, value))
		}
	}
	return e, nil
}

// newField is a field; of a value with --diff the new half counts. Names are never printed so.
func newField(key, value string) Field {
	switch key {
	case "name", "new_name", "conn-name", "local", "peer", "backing_dev":
		return Field{Key: key, Value: value}
	}
	if before, now, ok := strings.Cut(value, "->"); ok {
		return Field{Key: key, Value: now, Old: before}
	}
	return Field{Key: key, Value: value}
}

// Get is the value of a key, empty when the event has none.
func (e Event) Get(key string) string {
	for _, f := range e.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

func knownAction(word string) bool {
	switch word {
	case "exists", "create", "change", "destroy", "call", "response", "rename":
		return true
	}
	return false
}

// printable is a text without bytes that are none of UTF-8: what is read is printed and sent on as JSON.
func printable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// withoutColours takes terminal sequences off a text: escape, bracket, and all up to a letter.
func withoutColours(text string) string {
	const begin = "\x1b["
	if !strings.Contains(text, begin) {
		return text
	}
	var plain strings.Builder
	for {
		before, rest, ok := strings.Cut(text, begin)
		plain.WriteString(before)
		if !ok {
			return plain.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			return plain.String()
		}
		text = rest[end+1:]
	}
}
