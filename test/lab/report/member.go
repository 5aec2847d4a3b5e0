package report

import (
	"maps"
	"slices"
	"time"

	"ocfbox/test/lab/trajectory"
)

// A member collects the lane of a node: its state, the resources that it says are active on it, and the
// moving addresses that its kernel had.
type member struct {
	name                 string
	colours              *palette
	moving               map[string]bool
	state                *line
	resources, addresses rows
}

// rows are lines by name.
type rows map[string]*line

func newMember(name string, entries []trajectory.Entry, colours *palette) *member {
	m := &member{
		name: name, colours: colours, moving: extraAddresses(entries),
		state: newTrack(12), resources: rows{}, addresses: rows{},
	}
	for _, e := range entries {
		if e.Node == name {
			m.take(e)
		}
	}
	return m
}

func (m *member) take(e trajectory.Entry) {
	switch {
	case e.Kind == trajectory.State:
		word := e.Sample.Nodes[m.name]
		m.state.set(e.Time, word, stateColour(word))
		m.place(e.Time, e.Sample.Placements)
	case e.Kind == trajectory.Event && e.What == "power off":
		m.state.set(e.Time, "off", stateColour("off"))
		m.place(e.Time, nil)
	case e.Kind == trajectory.Event && e.What == "power on":
		m.state.set(e.Time, "booting", stateColour("pending"))
	case e.Kind == trajectory.Address && m.moving[e.Address]:
		m.addresses.row(e.Address, 6).set(e.Time, held(e.Address, e.Up), m.colours.of(e.Address))
	}
}

// place says which resources are active from t on; the others are not.
func (m *member) place(t time.Time, placements map[string]map[string]string) {
	for id, places := range placements {
		if role := places[m.name]; role != "" {
			m.resources.row(id, 16).set(t, id+" "+role, m.colours.of(id))
		}
	}
	for id, l := range m.resources {
		if placements[id][m.name] == "" {
			l.clear(t)
		}
	}
}

func (r rows) row(name string, height int) *line {
	if r[name] == nil {
		r[name] = newTrack(height)
	}
	return r[name]
}

func (m *member) lane(end time.Time) lane {
	l := lane{name: m.name, tracks: []track{m.state.end(end)}}
	for _, r := range []rows{m.resources, m.addresses} {
		for _, name := range slices.Sorted(maps.Keys(r)) {
			l.tracks = append(l.tracks, r[name].end(end))
		}
	}
	return l
}

func held(address string, up bool) string {
	if up {
		return address
	}
	return ""
}
