package writer

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// A Transcript takes what the client prints while it runs. The zero value is ready.
type Transcript struct {
	// Served is told when rows begin or cease to be acknowledged; it may be nil.
	Served func(bool)

	mu   sync.Mutex
	text bytes.Buffer
	up   bool
}

// Write takes an answer a line, one or several at once.
func (t *Transcript) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var a Answer
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &a); err == nil && (a.Error == "") != t.up {
		t.up = a.Error == ""
		if t.Served != nil {
			t.Served(t.up)
		}
	}
	return t.text.Write(text)
}

// Answers are what became of the rows so far.
func (t *Transcript) Answers() ([]Answer, error) {
	t.mu.Lock()
	text := t.text.String()
	t.mu.Unlock()
	return Read(strings.NewReader(text))
}

// Outage is the longest time between two rows that were acknowledged one after the other.
func Outage(answers []Answer) time.Duration {
	var longest, last time.Duration
	for _, a := range answers {
		if a.Error != "" {
			continue
		}
		if last > 0 {
			longest = max(longest, a.Answered-last)
		}
		last = a.Answered
	}
	return longest
}
