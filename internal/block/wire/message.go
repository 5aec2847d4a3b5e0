package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ocfbox/internal/block"
)

// magic begins the first frame of each side: what a login prints does not.
const magic = "OCFRC1"

// Versions of the protocol that this program speaks.
const (
	newest = 1
	oldest = 1
)

// A Greeting is what each side says first.
type Greeting struct {
	// Protocol is the newest version that the side speaks, Oldest the oldest.
	Protocol int    `json:"protocol"`
	Oldest   int    `json:"oldest"`
	Software string `json:"software"`
	Host     string `json:"host,omitempty"`
	Boot     string `json:"boot,omitempty"`
	// Hashes are the kinds of digests that it computes, Window how many questions may be open at a time.
	Hashes []string `json:"hashes,omitempty"`
	Window int      `json:"window,omitempty"`
}

// greeting is this program's.
func greeting(software, host string) Greeting {
	return Greeting{
		Protocol: newest, Oldest: oldest, Software: software, Host: host,
		Hashes: []string{block.XXH64, block.SHA256}, Window: maxOpen,
	}
}

func (g Greeting) frame() Frame {
	return Frame{Kind: Hello, Payload: append([]byte(magic), encode(g)...)}
}

// readGreeting reads the other side's. One that speaks no version of ours is refused.
func readGreeting(f Frame) (Greeting, error) {
	var g Greeting
	text, ok := bytes.CutPrefix(f.Payload, []byte(magic))
	if f.Kind != Hello || !ok {
		return g, fmt.Errorf("%w: it does not begin with a greeting", ErrFrame)
	}
	if err := decode(text, &g); err != nil {
		return g, err
	}
	if min(g.Protocol, newest) < max(g.Oldest, oldest) {
		return g, &Refusal{Code: CodeProtocol, Text: fmt.Sprintf("it speaks versions %d to %d of the protocol (ocfbox %s), this side %d to %d",
			g.Oldest, g.Protocol, g.Software, oldest, newest)}
	}
	return g, nil
}

// An OpenRequest names the device that is wanted, and how it is read.
type OpenRequest struct {
	Path        string `json:"path"`
	Direct      bool   `json:"direct,omitempty"`
	Cached      bool   `json:"cached,omitempty"`
	StaleIsFine bool   `json:"stale_is_fine,omitempty"`
	// Raw counts DRBD's internal meta data as data, Size ends the data where the user says (0: nothing is said).
	Raw  bool  `json:"raw,omitempty"`
	Size int64 `json:"size,omitempty"`
}

// A DeviceInfo is what was opened.
type DeviceInfo struct {
	Identity block.Identity `json:"identity"`
	// Effective is how much of the device holds data, in bytes.
	Effective int64 `json:"effective"`
	Direct    bool  `json:"direct"`
	// Replicated says that DRBD runs on it, and can be asked.
	Replicated bool `json:"replicated,omitempty"`
}

// A SetupRequest says how digests are computed.
type SetupRequest struct {
	Hash string   `json:"hash"`
	Seed [16]byte `json:"seed"`
	// Depth is how many extents are read at a time, 0 for the helper's own.
	Depth int `json:"depth,omitempty"`
	// Gentle asks the helper to read with the lowest priority.
	Gentle bool `json:"gentle,omitempty"`
}

// Codes of a refusal: those with which `sync verify` exits because of it.
const (
	CodeUsage    = 2
	CodeRefused  = 5
	CodeProtocol = 6
)

// A Refusal is a request that the other side does not carry out. Asking again does not help.
type Refusal struct {
	// Code is the exit code that belongs to it.
	Code int    `json:"code"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// Error is what was refused, and why.
func (r *Refusal) Error() string { return r.Text }

// encode cannot fail: what is sent are structures of texts and numbers.
func encode(message any) []byte {
	text, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	return text
}

// decode reads a message; keys that are not known are passed over, so that later versions may have more.
func decode(payload []byte, into any) error {
	if err := json.Unmarshal(payload, into); err != nil {
		return fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return nil
}
