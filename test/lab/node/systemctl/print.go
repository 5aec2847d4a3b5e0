package systemctl

import (
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"ocfbox/test/lab/node"
)

func (c *call) status() int {
	if len(c.names) == 0 {
		return c.listUnits()
	}
	first := true
	return c.each(func(name string, u node.UnitStatus, known bool) int {
		if !known {
			fmt.Fprintf(c.Err, "Unit %s could not be found.\n", name)
			return exitUnknown
		}
		if !first {
			fmt.Fprintln(c.Out)
		}
		first = false
		c.describe(u)
		if u.Active != node.Active {
			return exitInactive
		}
		return exitOK
	})
}

func (c *call) describe(u node.UnitStatus) {
	mark := map[string]string{node.Active: "●", node.Failed: "×"}[u.Active]
	if mark == "" {
		mark = "○"
	}
	sub := u.Sub
	if u.Active == node.Failed {
		sub = "Result: " + u.Result
	}
	fmt.Fprintf(c.Out, "%s %s - %s\n", mark, fileName(u.Name), u.Description)
	fmt.Fprintf(c.Out, "     Loaded: loaded (%s; %s; preset: enabled)\n", node.WantsLink(u.Name).Link, fileState(u))
	fmt.Fprintf(c.Out, "     Active: %s (%s) since %s; %s ago\n",
		u.Active, sub, u.Since.UTC().Format("Mon 2006-01-02 15:04:05 MST"), c.Now().Sub(u.Since).Round(time.Second))
	if u.PID != 0 {
		fmt.Fprintf(c.Out, "   Main PID: %d\n", u.PID)
	}
}

// A property is one line of show.
type property struct{ name, value string }

func properties(name string, u node.UnitStatus, known bool) []property {
	load, state, active, sub := "loaded", fileState(u), u.Active, u.Sub
	if !known {
		load, state, active, sub = "not-found", "", node.Inactive, "dead"
	}
	result := u.Result
	if !known {
		result = "success"
	}
	return []property{
		{"Id", name}, {"Names", name}, {"Description", u.Description}, {"LoadState", load}, {"ActiveState", active},
		{"SubState", sub}, {"UnitFileState", state}, {"MainPID", strconv.Itoa(u.PID)}, {"Result", result},
		{"TimeoutStartUSec", "1min 30s"},
	}
}

func (c *call) show() int {
	first := true
	return c.each(func(name string, u node.UnitStatus, known bool) int {
		if !first {
			fmt.Fprintln(c.Out)
		}
		first = false
		for _, p := range properties(name, u, known) {
			switch {
			case len(c.properties) > 0 && !slices.Contains(c.properties, p.name):
			case c.valueOnly:
				fmt.Fprintln(c.Out, p.value)
			default:
				fmt.Fprintf(c.Out, "%s=%s\n", p.name, p.value)
			}
		}
		return exitOK
	})
}

// services tells whether services are wanted: there is nothing else.
func (c *call) services() bool { return len(c.kinds) == 0 || slices.Contains(c.kinds, "service") }

func (c *call) listFiles() int {
	found := c.matching()
	if !c.services() {
		found = nil
	}
	table := tabwriter.NewWriter(c.Out, 0, 0, 1, ' ', 0)
	if !c.bare {
		fmt.Fprintln(table, "UNIT FILE\tSTATE\tPRESET")
	}
	for _, u := range found {
		fmt.Fprintf(table, "%s\t%s\tenabled\n", fileName(u.Name), fileState(u))
	}
	table.Flush()
	if !c.bare {
		fmt.Fprintf(c.Out, "\n%d unit files listed.\n", len(found))
	}
	// systemd 252 answers so when a name was asked for and none is there.
	if len(found) == 0 && len(c.names) > 0 {
		return exitError
	}
	return exitOK
}

func (c *call) listUnits() int {
	found := slices.DeleteFunc(slices.Clone(c.matching()), func(u node.UnitStatus) bool {
		return u.Active == node.Inactive && len(c.names) == 0 || !c.services()
	})
	table := tabwriter.NewWriter(c.Out, 0, 0, 1, ' ', 0)
	if !c.bare {
		fmt.Fprintln(table, "  UNIT\tLOAD\tACTIVE\tSUB\tDESCRIPTION")
	}
	for _, u := range found {
		fmt.Fprintf(table, "  %s\tloaded\t%s\t%s\t%s\n", fileName(u.Name), u.Active, u.Sub, u.Description)
	}
	table.Flush()
	if !c.bare {
		fmt.Fprintf(c.Out, "\n%d loaded units listed.\n", len(found))
	}
	return exitOK
}
