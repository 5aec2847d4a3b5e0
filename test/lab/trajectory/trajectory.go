// Package trajectory is the record of a scenario: one JSON object a line, samples of what every
// node says of the cluster once a second, and events in between.
package trajectory

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// An Entry is one line. Kind says which of the other fields are there.
type Entry struct {
	Time time.Time `json:"t"`
	Kind Kind      `json:"kind"`
	// Node is whom it is about; for a sample, who said it.
	Node string `json:"node,omitempty"`
	// What is the text of a step, event or result; of a begin, the name of the scenario.
	What   string `json:"what,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Address and Up belong to address and reach.
	Address string `json:"address,omitempty"`
	Up      bool   `json:"up,omitempty"`
	// Members belongs to begin.
	Members []string `json:"members,omitempty"`
	Sample  *Sample  `json:"sample,omitempty"`
	// Operation belongs to operation, whose time is the end.
	Operation *Operation `json:"operation,omitempty"`
	// Pass and Recovery (in seconds; zero when nothing was to recover) belong to result.
	Pass     bool    `json:"pass,omitempty"`
	Recovery float64 `json:"recovery_s,omitempty"`
}

// A Kind of entry.
type Kind string

// All kinds.
const (
	Begin Kind = "begin"
	// Step is what the scenario does.
	Step Kind = "step"
	// Event is what happened in the rack: power, links, fencing.
	Event Kind = "event"
	// Address is a change of an address on a node, as the kernel says.
	Address Kind = "address"
	// Reach is a change of whether the client reaches an address.
	Reach Kind = "reach"
	// Client is a change of whether a client's writes are acknowledged.
	Client Kind = "client"
	// State is a sample.
	State Kind = "sample"
	// Done is an operation of an agent that ended.
	Done   Kind = "operation"
	Result Kind = "result"
)

// A Sample is what one node said of the cluster.
type Sample struct {
	DC      string `json:"dc,omitempty"`
	Quorate bool   `json:"quorate"`
	// Nodes holds one word for each node: online, standby, pending, unclean or offline.
	Nodes map[string]string `json:"nodes"`
	// Placements holds the role of each resource on each node where it is active.
	Placements map[string]map[string]string `json:"placements"`
	Attributes map[string]map[string]string `json:"attributes,omitempty"`
	Failures   []string                     `json:"failures,omitempty"`
}

// An Operation is one call of an agent by Pacemaker. All times but Began are in seconds.
type Operation struct {
	Resource string    `json:"resource"`
	Agent    string    `json:"agent"`
	Action   string    `json:"action"`
	Interval float64   `json:"interval_s,omitempty"`
	Began    time.Time `json:"began"`
	// Code is the exit code, unless a Signal ended it; Failed tells that it was not the expected one.
	Code   int  `json:"code"`
	Signal int  `json:"signal,omitempty"`
	Failed bool `json:"failed,omitempty"`
	// Programs is how many it started, CPU the processor time of it all.
	Programs int     `json:"programs"`
	CPU      float64 `json:"cpu_s"`
	// SAP is how long it ran tools of SAP's, Tools how long those of the cluster; the rest is the agent's.
	SAP   float64 `json:"sap_s"`
	Tools float64 `json:"tools_s"`
}

// A Recorder writes entries to a file. It may be used by many at once.
type Recorder struct {
	// Tee, when set before the first Add, gets every entry as well, one at a time.
	Tee func(Entry)

	mu   sync.Mutex
	file *os.File
	err  error
}

// Create begins a new file.
func Create(path string) (*Recorder, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &Recorder{file: file}, nil
}

// Add writes an entry, with the time of now when it has none. The first error is kept for Close.
func (r *Recorder) Add(e Entry) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := json.NewEncoder(r.file).Encode(e); err != nil && r.err == nil {
		r.err = err
	}
	if r.Tee != nil {
		r.Tee(e)
	}
}

// Close ends the file and returns the first error that there was.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.file.Close(); err != nil && r.err == nil {
		r.err = err
	}
	return r.err
}

// Read reads a whole trajectory.
func Read(in io.Reader) ([]Entry, error) {
	var entries []Entry
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var e Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		entries = append(entries, e)
	}
	return entries, lines.Err()
}
