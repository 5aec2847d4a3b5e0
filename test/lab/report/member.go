package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"ocfbox/test/lab/trajectory"
)

// A member collects the lane of a node: its state, the resources that it says are active on it, the
// operations that ran on it, and the moving addresses that its kernel had.
type member struct {
	name                 string
	colours              *palette
	moving               map[string]bool
	state                *line
	resources, addresses rows
	operations           map[string]*track
}

// rows are lines by name.
type rows map[string]*line

func newMember(name string, entries []trajectory.Entry, colours *palette) *member {
	m := &member{
		name: name, colours: colours, moving: extraAddresses(entries),
		state: newTrack(12), resources: rows{}, addresses: rows{},
		operations: map[string]*track{},
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
	case e.Kind == trajectory.Done:
		m.operate(e)
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

// operate draws an operation as a bar. All of a resource are in one row: Pacemaker runs them one after the
// other.
func (m *member) operate(e trajectory.Entry) {
	o := e.Operation
	if m.operations[o.Resource] == nil {
		m.operations[o.Resource] = &track{height: 5}
	}
	label := fmt.Sprintf("%s %s: code %d, %d programs, CPU %.3f s, SAP's tools %.2f s, the cluster's %.2f s",
		o.Resource, o.Action, o.Code, o.Programs, o.CPU, o.SAP, o.Tools)
	if o.Signal != 0 {
		label += fmt.Sprintf(", killed by signal %d", o.Signal)
	}
	colour := m.colours.of(o.Resource)
	if o.Failed {
		colour = "#cc3311"
	}
	t := m.operations[o.Resource]
	t.bands = append(t.bands, band{from: o.Began, to: e.Time, label: label, colour: colour})
}

func (r rows) row(name string, height int) *line {
	if r[name] == nil {
		r[name] = newTrack(height)
	}
	return r[name]
}

// end closes all lines at t, in the order of their names.
func (r rows) end(t time.Time) []track {
	var tracks []track
	for _, name := range slices.Sorted(maps.Keys(r)) {
		tracks = append(tracks, r[name].end(t))
	}
	return tracks
}

func (m *member) lane(end time.Time) lane {
	l := lane{name: m.name, tracks: []track{m.state.end(end)}}
	l.tracks = append(l.tracks, m.resources.end(end)...)
	for _, name := range slices.Sorted(maps.Keys(m.operations)) {
		l.tracks = append(l.tracks, *m.operations[name])
	}
	l.tracks = append(l.tracks, m.addresses.end(end)...)
	return l
}

func held(address string, up bool) string {
	if up {
		return address
	}
	return ""
}
