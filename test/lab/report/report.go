// Package report turns a trajectory into one HTML file with a picture: a time axis, a lane for each node
// and one for the client, and a mark for everything that was done or happened.
//
// A node's lane shows what the node itself says; its thin lower line shows the addresses that its
// kernel really had.
package report

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"ocfbox/test/lab/trajectory"
)

// A band is a stretch of a lane.
type band struct {
	from, to time.Time
	label    string
	colour   string
}

// A track is one row of bands, none of which overlap.
type track struct {
	height int
	bands  []band
}

// A lane is what there is to see of one machine.
type lane struct {
	name   string
	tracks []track
}

// A mark is a point in time.
type mark struct {
	at   time.Time
	kind trajectory.Kind
	text string
}

// A picture is everything that is drawn.
type picture struct {
	title, subtitle string
	verdict         string
	pass            bool
	from, to        time.Time
	lanes           []lane
	marks           []mark
	legend          []band
}

// Write writes the page for a trajectory.
func Write(out io.Writer, entries []trajectory.Entry) error {
	p, err := read(entries)
	if err != nil {
		return err
	}
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(out, p.view())
}

// read arranges entries as lanes and marks.
func read(entries []trajectory.Entry) (picture, error) {
	if len(entries) == 0 {
		return picture{}, errors.New("the trajectory is empty")
	}
	byTime := func(a, b trajectory.Entry) int { return a.Time.Compare(b.Time) }
	entries = slices.SortedStableFunc(slices.Values(entries), byTime)
	p := picture{from: entries[0].Time, to: entries[len(entries)-1].Time, verdict: "the record is not complete"}
	var members []string
	for _, e := range entries {
		switch e.Kind {
		case trajectory.Begin:
			p.title, p.subtitle, members = e.What, e.Detail, e.Members
		case trajectory.Step:
			p.marks = append(p.marks, mark{e.Time, e.Kind, e.What})
		case trajectory.Event:
			p.marks = append(p.marks, mark{e.Time, e.Kind, fmt.Sprintf("%s: %s %s", e.Node, e.What, e.Detail)})
		case trajectory.Result:
			p.pass, p.verdict = e.Pass, verdict(e)
		}
	}
	if members == nil {
		return picture{}, errors.New("the trajectory names no members")
	}
	palette := newPalette()
	for _, m := range members {
		p.lanes = append(p.lanes, p.member(m, entries, palette))
	}
	p.lanes = append(p.lanes, lane{"client", []track{p.reach(entries, palette)}})
	p.legend = append(stateLegend(), palette.legend()...)
	return p, nil
}

func verdict(e trajectory.Entry) string {
	if !e.Pass {
		return "FAIL: " + e.What
	}
	if e.Recovery > 0 {
		return fmt.Sprintf("PASS, recovered after %.1f s", e.Recovery)
	}
	return "PASS"
}

// member is the lane of a node: its state, where it says that resources are active on it, and
// the addresses its kernel had.
func (p picture) member(node string, entries []trajectory.Entry, colours *palette) lane {
	state := newTrack(12)
	resources := map[string]*line{}
	addresses := map[string]*line{}
	extra := extraAddresses(entries)
	var order []string
	row := func(rows map[string]*line, name string, height int) *line {
		if rows[name] == nil {
			rows[name] = newTrack(height)
			order = append(order, name)
		}
		return rows[name]
	}
	for _, e := range entries {
		if e.Node != node {
			continue
		}
		switch {
		case e.Kind == trajectory.State:
			word := e.Sample.Nodes[node]
			state.set(e.Time, word, stateColour(word))
			for id, places := range e.Sample.Placements {
				if places[node] != "" || resources[id] != nil {
					row(resources, id, 16).set(e.Time, placed(id, places[node]), colours.of(id))
				}
			}
			for id, l := range resources {
				if _, known := e.Sample.Placements[id]; !known {
					l.clear(e.Time)
				}
			}
		case e.Kind == trajectory.Event && e.What == "power off":
			state.set(e.Time, "off", stateColour("off"))
			for _, l := range resources {
				l.clear(e.Time)
			}
		case e.Kind == trajectory.Event && e.What == "power on":
			state.set(e.Time, "booting", stateColour("pending"))
		case e.Kind == trajectory.Address && extra[e.Address]:
			row(addresses, e.Address, 6).set(e.Time, held(e.Address, e.Up), colours.of(e.Address))
		}
	}
	l := lane{name: node, tracks: []track{state.end(p.to)}}
	slices.Sort(order)
	for _, rows := range []map[string]*line{resources, addresses} {
		for _, name := range order {
			if r := rows[name]; r != nil {
				l.tracks = append(l.tracks, r.end(p.to))
			}
		}
	}
	return l
}

func placed(id, role string) string {
	if role == "" {
		return ""
	}
	return id + " " + role
}

func held(address string, up bool) string {
	if up {
		return address
	}
	return ""
}

// extraAddresses are those that the client was asked to reach: the ones that move.
func extraAddresses(entries []trajectory.Entry) map[string]bool {
	extra := map[string]bool{}
	for _, e := range entries {
		if e.Kind == trajectory.Reach {
			extra[e.Address] = true
		}
	}
	return extra
}

func (p picture) reach(entries []trajectory.Entry, colours *palette) track {
	l := newTrack(16)
	for _, e := range entries {
		if e.Kind == trajectory.Reach {
			l.set(e.Time, held(e.Address, e.Up), colours.of(e.Address))
		}
	}
	return l.end(p.to)
}
