package syncview

import (
	"fmt"
	"io"
	"strings"

	"ocfbox/internal/drbd"
)

// mostNamed is how many copies that are not well one line of a plugin names.
const mostNamed = 3

// writePlugin writes the line that monitoring plugins print: how it is and why, and behind a bar the figures.
func writePlugin(to io.Writer, d Document) error {
	state := fmt.Sprintf("DRBD %s - %s", d.Class, summary(d))
	line := strings.NewReplacer("|", "/", "\n", " ").Replace(state)
	if data := perfdata(d.Resources); len(data) > 0 {
		line += " | " + strings.Join(data, " ")
	}
	_, err := fmt.Fprintln(to, line)
	return err
}

// summary is how many resources there are, and which copies are not well.
func summary(d Document) string {
	if len(d.Resources) == 0 {
		return d.Text
	}
	var parts []string
	more := 0
	for _, r := range d.Resources {
		if len(r.Copies) == 0 && r.Class != drbd.OK {
			parts = append(parts, fmt.Sprintf("%s %s", or(r.Name, "DRBD"), r.Reason))
		}
		for _, c := range r.Copies {
			switch {
			case c.Class == drbd.OK || c.Excluded:
			case len(parts) >= mostNamed:
				more++
			default:
				parts = append(parts, brief(r.Name, c))
			}
		}
	}
	if more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	noun := "resources"
	if len(d.Resources) == 1 {
		noun = "resource"
	}
	return strings.Join(append(parts, fmt.Sprintf("%d %s", len(d.Resources), noun)), "; ")
}

func brief(resource string, c Copy) string {
	text := fmt.Sprintf("%s %s", c.label(resource), c.Reason)
	if name := c.peerName(); name != "" {
		text += " (" + name + ")"
	}
	if c.OutOfSyncKiB != nil && *c.OutOfSyncKiB > 0 {
		text += fmt.Sprintf(" %d KiB", *c.OutOfSyncKiB)
	}
	if c.Percent != nil {
		text += " " + percent(c.Percent)
	}
	return text
}

// perfdata are the figures of each copy: what differs, with thresholds of 0, and how much is done.
func perfdata(all []Resource) []string {
	var data []string
	labels := newLabels()
	for _, r := range all {
		for _, c := range r.Copies {
			name := or(r.Name, "minor") + "_"
			if r.Name == "" {
				name += fmt.Sprint(c.Minor)
			} else {
				name += fmt.Sprint(c.Volume)
			}
			if peer := c.peerName(); peer != "" && several(r) {
				name += "_" + peer
			}
			name = labels.unique(name)
			if c.OutOfSyncKiB != nil {
				data = append(data, fmt.Sprintf("%s_oos=%dKB;0;0;0", name, *c.OutOfSyncKiB))
			}
			if done := done(c); done != "" {
				data = append(data, fmt.Sprintf("%s_done=%s", name, done))
			}
		}
	}
	return data
}

// done is how much of a copy is what it should be, where that can be said.
func done(c Copy) string {
	switch {
	case c.moving() && c.Percent != nil:
		return percent(c.Percent)
	case c.Class == drbd.OK:
		return "100%"
	}
	return ""
}

// several reports whether a volume of the resource has more than one peer.
func several(r Resource) bool {
	seen := make(map[int]bool)
	for _, c := range r.Copies {
		if seen[c.Volume] {
			return true
		}
		seen[c.Volume] = true
	}
	return false
}

// labels are the labels of performance data: none twice, and none that would have to be quoted.
type labels map[string]bool

func newLabels() labels { return make(labels) }

func (l labels) unique(name string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	found := plain
	for n := 2; l[found]; n++ {
		found = fmt.Sprintf("%s_%d", plain, n)
	}
	l[found] = true
	return found
}
