package syncview

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"ocfbox/internal/drbd"
)

// between is the least time from one line about a copy to the next while only figures change.
const between = 10 * time.Second

// changes tells what is new from look to look, a line each, for a pipe or a log.
type changes struct {
	seen map[string]*line
	// about is what was said of the host itself.
	about string
}

// A line is what was said of a copy last.
type line struct {
	name string
	// state is all but the figures.
	state   string
	class   drbd.Class
	figures string
	at      time.Time
	look    int
}

// look is what to say of a document: its first look at a copy, each change of a state, figures now and then, and
// what is gone. Without news it is empty.
func (c *changes) look(d Document, number int) []string {
	if c.seen == nil {
		c.seen = make(map[string]*line)
	}
	t := &text{now: d.Time}
	var news []string
	say := func(format string, args ...any) {
		news = append(news, d.Time.Format(time.RFC3339)+" "+fmt.Sprintf(format, args...))
	}
	for _, r := range d.Resources {
		for i := range r.Copies {
			if said := c.copy(t, d.Time, r.Name, r.Copies[i], number); said != "" {
				say("%s", said)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.seen)) {
		if c.seen[key].look != number {
			say("%s gone", c.seen[key].name)
			delete(c.seen, key)
		}
	}
	if about := aboutHost(d); about != c.about {
		c.about = about
		say("%s", or(about, "DRBD is there again"))
	}
	return news
}

func (c *changes) copy(t *text, at time.Time, resource string, now Copy, number int) string {
	key := now.key(resource)
	before := c.seen[key]
	state, figures := now.state(), now.figures()
	shown := t.copy(resource, now, true)
	switch {
	case before == nil:
		before = &line{}
		c.seen[key] = before
	case before.state != state:
		if before.class != now.Class {
			shown += ", was " + before.class.String()
		}
	case before.figures != figures && at.Sub(before.at) >= between:
		*before = line{now.label(resource), state, now.Class, figures, at, number}
		return shown
	default:
		before.look = number
		return ""
	}
	*before = line{now.label(resource), state, now.Class, figures, at, number}
	if now.explained() {
		shown += ": " + string(now.Reason) + ": " + now.Text
	}
	return shown
}

// state is all of a copy that is worth a line at once.
func (c *Copy) state() string {
	return fmt.Sprint(c.Class, c.Reason, c.State, c.Role, c.PeerRole, c.Disk, c.PeerDisk, reasons(c.Warnings))
}

func reasons(notes []drbd.Note) []drbd.Reason {
	var all []drbd.Reason
	for _, n := range notes {
		all = append(all, n.Reason)
	}
	return all
}

// figures are what changes all the time.
func (c *Copy) figures() string { return c.outOfSync() + percent(c.Percent) }

// aboutHost is what to say of a host without resources, or of what could not be read.
func aboutHost(d Document) string {
	switch {
	case len(d.Host.Problems) > 0:
		return fmt.Sprintf("DRBD problem: %s", d.Host.Problems[0])
	case len(d.Resources) == 0:
		return fmt.Sprintf("DRBD %s %s", d.Class, d.Text)
	}
	return ""
}
