// Package report turns a trajectory into one HTML file with a picture: a time axis, a lane for each node
// and one for the client, and a mark for everything that was done or happened.
//
// A node's lane shows what the node itself says; the thin lines below show the operations of agents that
// ran there, those with an unexpected result in red, and the addresses that its kernel really had.
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
		p.lanes = append(p.lanes, newMember(m, entries, palette).lane(p.to))
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
