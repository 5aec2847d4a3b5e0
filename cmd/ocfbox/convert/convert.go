package convert

import (
	"fmt"
	"strings"
)

// Options are what to translate, and how.
type Options struct {
	// Haresources and HaCf are the names of the files, as remarks show them, and their texts. HaCf without a name is none.
	Haresources, HaresourcesText string
	HaCf, HaCfText               string
	// Provider is "ocfbox", or "heartbeat" for the distribution's agents where it has them.
	Provider string
	// Services is the class of init scripts: "lsb", "systemd", or "auto" for what this host has.
	Services string
	// Exists tells whether this host has a file, Read is the text of one.
	Exists func(path string) bool
	Read   func(path string) (string, error)
}

// A Result is a configuration in crmsh's language, and what to know about it.
type Result struct {
	Config  string
	Remarks []Remark
}

// Complete tells whether everything was translated.
func (r Result) Complete() bool {
	for _, remark := range r.Remarks {
		if remark.Kind != "" {
			return false
		}
	}
	return true
}

// Convert translates. There is always a configuration; what it lacks is in the remarks.
func Convert(o Options) Result {
	c := &converter{Options: o, ids: map[string]int{}, known: map[string]int{}, stickiness: givesBack, scripts: scripts()}
	groups := ParseHaresources(o.HaresourcesText)
	if o.HaCf == "" {
		c.note(o.Haresources, 0, "without ha.cf, services go back to their node when it returns, and fencing and ping nodes are left out")
	} else {
		c.readHaCf(ParseHaCf(o.HaCfText))
	}
	for _, group := range groups {
		c.group(group)
	}
	if len(groups) == 0 {
		c.missing(o.Haresources, 0, "there is no line with a resource")
	}
	c.closing()
	return Result{Config: c.text.String(), Remarks: sorted(c.remarks, o.Haresources, o.HaCf)}
}

// How much a service stays where it is, beside a preference of 100 for its node: with 0 it goes back. Ping nodes, of
// which each counts for more than all the rest, come first in any case, as with ipfail.
const (
	preference = 100
	givesBack  = 0
	stays      = 200
	perPing    = 10000
)

type converter struct {
	Options
	text    strings.Builder
	remarks []Remark
	scripts map[string]script
	// ids are those that are taken, with the last number that was put behind each, known the line of each resource that
	// there is, by what it is.
	ids   map[string]int
	known map[string]int

	nodes      []string
	stickiness int
	// pings are the rules that a group gets for ping nodes.
	pings []string
	// devices counts the fencing devices.
	devices int
}

func (c *converter) note(file string, line int, format string, args ...any) {
	c.remarks = append(c.remarks, Remark{File: file, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (c *converter) missing(file string, line int, format string, args ...any) {
	c.remarks = append(c.remarks, Remark{File: file, Line: line, Kind: Missing, Text: fmt.Sprintf(format, args...)})
}

func (c *converter) wrong(file string, line int, format string, args ...any) {
	c.remarks = append(c.remarks, Remark{File: file, Line: line, Kind: Wrong, Text: fmt.Sprintf(format, args...)})
}

// group writes the resources of a line, the group that they are, and where it prefers to be.
func (c *converter) group(g Group) {
	if len(c.nodes) > 0 && !contains(c.nodes, g.Node) {
		c.wrong(c.Haresources, g.Line, "node %s is not one of ha.cf's (%s)", g.Node, strings.Join(c.nodes, " "))
	}
	if !word(g.Node) {
		c.missing(c.Haresources, g.Line, "%q is no name for a node", g.Node)
		return
	}
	var members []string
	whole := true
	for _, m := range g.Members {
		p, err := c.resource(m)
		if err != nil {
			c.missing(c.Haresources, m.Line, "%s: %v", m.Text, err)
			fmt.Fprintf(&c.text, "# %s:%d: not translated: %s\n", c.Haresources, m.Line, printable(m.Text))
			whole = false
			continue
		}
		c.write(p)
		members = append(members, p.id)
	}
	if len(members) == 0 {
		c.missing(c.Haresources, g.Line, "nothing is left of this line")
		return
	}
	service := members[0]
	if len(members) > 1 || !whole {
		service = c.id("group-" + g.Node)
		fmt.Fprintf(&c.text, "group %s %s", service, strings.Join(members, " "))
		if !whole {
			c.text.WriteString(" \\\n    meta target-role=Stopped")
		}
		c.text.WriteByte('\n')
	}
	fmt.Fprintf(&c.text, "location %s %s %d: %s\n", c.id("prefer-"+g.Node), service, preference, g.Node)
	for i, rule := range c.pings {
		fmt.Fprintf(&c.text, "location %s %s \\\n    rule %s\n", c.id(fmt.Sprintf("%s-network-%d", service, i+1)), service, rule)
	}
}

func (c *converter) closing() {
	fmt.Fprintf(&c.text, "rsc_defaults rsc-options: resource-stickiness=%d\n", c.stickiness)
	if c.HaCf == "" {
		return
	}
	fmt.Fprintf(&c.text, "property cib-bootstrap-options: stonith-enabled=%t\n", c.devices > 0)
	if c.devices == 0 {
		c.note(c.HaCf, 0, "there is no fencing, as there was none with heartbeat: with it, no service can run twice")
	}
}

func contains(list []string, name string) bool {
	for _, one := range list {
		if strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}

// printable is text that a comment may hold.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
}
