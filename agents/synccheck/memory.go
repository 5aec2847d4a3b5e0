package synccheck

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/ocf"
)

// A Memory is what one monitor has to tell the next about a resource.
type Memory struct {
	// Lost is when a connection was first seen to be lost, in seconds since 1970; 0 is that none is.
	Lost int64 `json:"lost,omitempty"`
	// Pending tells that this node's copy was good when the connection was lost, and that it is not yet clear
	// whether the peer is gone or goes on writing.
	Pending bool `json:"pending,omitempty"`
	// Sole tells that no peer was primary when all connections were last up.
	Sole bool `json:"sole,omitempty"`
	// Blind counts the monitors in a row to which DRBD gave no answer, up to blindness.
	Blind int `json:"blind,omitempty"`
	// Amount is when the amount out of sync was last written, in seconds since 1970.
	Amount int64 `json:"amount,omitempty"`
	// Class is the class that was last seen, for the line in the log that tells of a change.
	Class string `json:"class,omitempty"`
}

// A Record is all that one action keeps for the next. Its being there means that the agent is started. It lasts
// until the node boots.
type Record struct {
	// Resources are the resources that were published, by name.
	Resources map[string]Memory
	// Track is for how long the states have been what they are.
	Track drbd.Track
	// Print is the last monitor's view, Rest tells that it left nothing to be done, and Asked when it asked the
	// cluster, in seconds since 1970.
	Print string
	Rest  bool
	Asked int64
	// Refreshed is when everything was last written, in seconds since 1970.
	Refreshed int64
	// Prefix begins the names of the attributes that were written.
	Prefix string
}

// recordName is that of the file in the folder for state, by the resource's id and not by its parameters: those may
// be changed before the stop.
func recordName(c *ocf.Call) string { return "synccheck-" + strings.ReplaceAll(c.Instance, ":", "_") }

const resourceKey = "resource "

// recall is the record of the last action; started is false when there is none.
func recall(c *ocf.Call) (r Record, started bool) {
	r.Resources = map[string]Memory{}
	facts, err := c.State.Load(recordName(c))
	if err != nil {
		return r, false
	}
	number := func(key string) int64 {
		n, _ := strconv.ParseInt(facts[key], 10, 64)
		return n
	}
	r.Print, r.Rest, r.Asked, r.Refreshed = facts["print"], facts["rest"] == "yes", number("asked"), number("refreshed")
	r.Prefix = facts["prefix"]
	_ = json.Unmarshal([]byte(facts["track"]), &r.Track)
	for key, text := range facts {
		if name, ok := strings.CutPrefix(key, resourceKey); ok {
			var memory Memory
			_ = json.Unmarshal([]byte(text), &memory)
			r.Resources[name] = memory
		}
	}
	return r, true
}

// keep replaces the record.
func (r Record) keep(c *ocf.Call) error {
	track, err := json.Marshal(r.Track)
	if err != nil {
		return err
	}
	facts := map[string]string{
		"print": r.Print, "rest": "no", "track": string(track), "prefix": r.Prefix,
		"asked": strconv.FormatInt(r.Asked, 10), "refreshed": strconv.FormatInt(r.Refreshed, 10),
	}
	if r.Rest {
		facts["rest"] = "yes"
	}
	for name, memory := range r.Resources {
		text, err := json.Marshal(memory)
		if err != nil {
			return err
		}
		facts[resourceKey+name] = string(text)
	}
	return c.State.Save(recordName(c), facts)
}

// since is the time from a second of the record to now; what never was, or is in the future, is long ago.
func since(second int64, now time.Time) time.Duration {
	d := now.Sub(time.Unix(second, 0))
	if second == 0 || d < 0 {
		return time.Duration(1<<63 - 1)
	}
	return d
}
