package syncview

import (
	"fmt"
	"io"
	"strings"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/term"
)

// A text is the state as people read it: a line for each copy, and below it why it is not well and what to do.
type text struct {
	strings.Builder
	color bool
	now   time.Time
}

// writeText writes a document for people.
func writeText(to io.Writer, d Document, color bool) error {
	t := &text{color: color, now: d.Time}
	for _, r := range d.Resources {
		t.resource(d, r)
	}
	if len(d.Resources) == 0 {
		t.line(0, "DRBD %s %s", t.class(d.Class), d.Text)
		t.remarks(d.Verdict)
	}
	for _, problem := range d.Host.Problems {
		if len(d.Resources) > 0 || !strings.Contains(d.Text, problem) {
			t.line(0, "DRBD problem: %s", problem)
		}
	}
	for _, note := range d.Notes {
		t.line(0, "DRBD note: %s", note)
	}
	_, err := io.WriteString(to, t.String())
	return err
}

func (t *text) line(indent int, format string, args ...any) {
	t.WriteString(strings.Repeat("    ", indent))
	fmt.Fprintf(t, format, args...)
	t.WriteByte('\n')
}

func (t *text) class(class drbd.Class) string {
	return term.Cell{Text: class.String(), Style: style(class)}.Shown(t.color)
}

func (t *text) resource(d Document, r Resource) {
	for _, c := range r.Copies {
		t.line(0, "%s", t.copy(r.Name, c, false))
		if c.explained() {
			t.line(1, "%s: %s", c.Reason, c.Text)
		}
		t.remarks(without(c.Verdict, r.Verdict))
	}
	if len(r.Copies) == 0 {
		t.line(0, "%s %s %s: %s", or(r.Name, "DRBD"), t.class(r.Class), r.Reason, r.Text)
	}
	t.remarks(r.Verdict)
}

// copy is the line of a copy. With own, only a speed that was measured here is shown.
func (t *text) copy(resource string, c Copy, own bool) string {
	words := []string{c.label(resource)}
	if resource != "" && c.Minor >= 0 {
		words = append(words, fmt.Sprintf("minor %d", c.Minor))
	}
	words = append(words, t.class(c.Class))
	if c.Excluded {
		words = append(words, "(not counted)")
	}
	if facts := c.facts(); facts != "" {
		words = append(words, facts)
	}
	if c.moving() {
		words = append(words, percent(c.Percent))
	}
	if c.advancing() {
		speed, end := c.speed(own)
		words = append(words, speed, "ETA "+end)
	}
	if verified := c.verified(t.now); verified != "" {
		words = append(words, verified)
	}
	return strings.Join(words, " ")
}

// remarks are warnings, and hints with their commands.
func (t *text) remarks(v drbd.Verdict) {
	for _, w := range v.Warnings {
		if w.Reason != v.Reason {
			t.line(1, "warning %s: %s", w.Reason, w.Text)
		}
	}
	for _, h := range v.Hints {
		t.line(1, "%s: %s", h.Reason, h.Text)
		for _, way := range h.Ways {
			t.line(2, "%s", way.Text)
			for _, step := range way.Steps {
				t.line(3, "%s# %s", step.Host, step.Command)
			}
		}
	}
}

// without is a copy's verdict without the remarks that its resource's repeats.
func without(copy, resource drbd.Verdict) drbd.Verdict {
	said := make(map[string]bool)
	for _, w := range resource.Warnings {
		said[string(w.Reason)+w.Text] = true
	}
	for _, h := range resource.Hints {
		said[string(h.Reason)+h.Text] = true
	}
	left := drbd.Verdict{Reason: copy.Reason}
	for _, w := range copy.Warnings {
		if !said[string(w.Reason)+w.Text] {
			left.Warnings = append(left.Warnings, w)
		}
	}
	for _, h := range copy.Hints {
		if !said[string(h.Reason)+h.Text] {
			left.Hints = append(left.Hints, h)
		}
	}
	return left
}
