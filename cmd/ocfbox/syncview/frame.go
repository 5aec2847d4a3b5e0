package syncview

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/term"
)

// frame is a screen full: a table with a row for each copy, and below it what is not well.
func frame(d Document, now time.Time, color bool) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s  DRBD %s  %s  q ends\n\n", or(d.Name, "this host"), or(d.Version, "?"), now.Format(time.TimeOnly))
	table := term.Table{Header: []string{"Copy", "Peer", "Class", "State", "Role", "Disk", "OOS KiB", "Done", "Rate", "ETA"}}
	for _, r := range d.Resources {
		for _, c := range r.Copies {
			table.Rows = append(table.Rows, row(r.Name, c))
		}
	}
	if len(table.Rows) > 0 {
		// A strings.Builder takes everything.
		_ = table.Write(&text, color)
	}
	text.WriteString("\n")
	if about := aboutHost(d); about != "" {
		text.WriteString(about + "\n")
	}
	for _, r := range d.Resources {
		for _, c := range r.Copies {
			trouble(&text, r.Name, c)
		}
	}
	return text.String()
}

func row(resource string, c Copy) []term.Cell {
	differs, speed, end := "", "", ""
	if c.OutOfSyncKiB != nil {
		differs = strconv.FormatInt(*c.OutOfSyncKiB, 10)
	}
	done := ""
	if c.moving() {
		done = percent(c.Percent)
	}
	if c.advancing() {
		speed, end = c.speed(true)
	}
	return []term.Cell{
		{Text: c.label(resource)}, {Text: c.peerName()}, {Text: c.Class.String(), Style: style(c.Class)}, {Text: c.State},
		{Text: pair(c.Role, c.PeerRole)}, {Text: pair(c.Disk, c.PeerDisk)},
		{Text: or(differs, "?")}, {Text: done}, {Text: speed}, {Text: end},
	}
}

// trouble is why a copy is not well, and what else is worth knowing of it.
func trouble(text *strings.Builder, resource string, c Copy) {
	if c.explained() {
		fmt.Fprintf(text, "%s %s: %s\n", c.label(resource), c.Reason, c.Text)
	}
	for _, w := range c.Warnings {
		if w.Reason != c.Reason {
			fmt.Fprintf(text, "%s warning %s: %s\n", c.label(resource), w.Reason, w.Text)
		}
	}
	for _, h := range c.Hints {
		fmt.Fprintf(text, "%s %s: %s\n", c.label(resource), h.Reason, h.Text)
	}
}
