// Package systemctl stands in for systemd's tool in a node: it asks process 1 of the node about the few units there are,
// and answers for all others as systemd does for units that do not exist. Exit codes are systemctl(1)'s.
//
// It knows what administrators and crmsh say to it, and is no systemd: there are no unit files to edit.
package systemctl

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"ocfbox/test/lab/node"
)

// Where nodes find it.
const (
	Name = "systemctl"
	Path = "/usr/bin/systemctl"
)

// Exit codes, after the table in systemctl(1).
const (
	exitOK = 0
	// exitError: the job failed, or the command line is wrong.
	exitError = 1
	// exitInactive: the unit is not active.
	exitInactive = 3
	// exitUnknown: there is no such unit.
	exitUnknown = 4
	// exitNotLoaded: start and stop of a unit that does not exist.
	exitNotLoaded = 5
)

// A Manager is process 1.
type Manager interface {
	Ask(context.Context, node.UnitOrder) (node.UnitAnswer, error)
}

// A Tool answers one command line.
type Tool struct {
	Manager  Manager
	Out, Err io.Writer
	// Now is the time for "since"; nil is the clock.
	Now func() time.Time
}

// A call is a command line that was understood, and the state of the units.
type call struct {
	Tool
	options
	ctx   context.Context
	units []node.UnitStatus
}

// Main returns the exit code.
func (t Tool) Main(ctx context.Context, args []string) int {
	o, err := parse(args)
	if err != nil {
		fmt.Fprintf(t.Err, "systemctl: %v\n", err)
		return exitError
	}
	do, ok := verbs()[o.verb]
	if !ok {
		fmt.Fprintf(t.Err, "Unknown command verb %s.\n", o.verb)
		return exitError
	}
	answer, err := t.Manager.Ask(ctx, node.UnitOrder{Verb: "list"})
	if err != nil {
		fmt.Fprintf(t.Err, "Failed to connect to bus: %v\n", err)
		return exitError
	}
	c := &call{Tool: t, options: o, ctx: ctx, units: answer.Units}
	if t.Now == nil {
		c.Now = time.Now
	}
	if o.quiet {
		c.Out = io.Discard
	}
	return do(c)
}

func verbs() map[string]func(*call) int {
	nothing := func(*call) int { return exitOK }
	return map[string]func(*call) int{
		"start": (*call).job, "stop": (*call).job, "restart": (*call).job,
		"enable": (*call).install, "disable": (*call).install,
		"is-active": (*call).isActive, "is-failed": (*call).isFailed, "is-enabled": (*call).isEnabled,
		"status": (*call).status, "show": (*call).show,
		"list-units": (*call).listUnits, "list-unit-files": (*call).listFiles,
		"daemon-reload": nothing, "reset-failed": nothing,
		"is-system-running": func(c *call) int { fmt.Fprintln(c.Out, "running"); return exitOK },
	}
}

// find looks for a unit by its full name.
func (c *call) find(name string) (node.UnitStatus, bool) {
	i := slices.IndexFunc(c.units, func(u node.UnitStatus) bool { return fileName(u.Name) == name })
	if i < 0 {
		return node.UnitStatus{}, false
	}
	return c.units[i], true
}

// each acts on all units named; the first code that is not 0 counts.
func (c *call) each(do func(name string, u node.UnitStatus, known bool) int) int {
	code := exitOK
	for _, name := range c.names {
		u, known := c.find(name)
		if result := do(name, u, known); code == exitOK {
			code = result
		}
	}
	return code
}

// job starts or stops.
func (c *call) job() int {
	return c.each(func(name string, u node.UnitStatus, known bool) int {
		if !known {
			what := map[string]string{"stop": "not loaded"}[c.verb]
			if what == "" {
				what = "not found"
			}
			fmt.Fprintf(c.Err, "Failed to %s %s: Unit %s %s.\n", c.verb, name, name, what)
			return exitNotLoaded
		}
		answer, err := c.Manager.Ask(c.ctx, node.UnitOrder{Verb: c.verb, Unit: u.Name})
		switch {
		case err != nil:
			fmt.Fprintf(c.Err, "Failed to %s %s: %v\n", c.verb, name, err)
		case answer.Dependency:
			fmt.Fprintf(c.Err, "A dependency job for %s failed; %s\n", name, answer.Error)
		case answer.Error != "":
			fmt.Fprintf(c.Err, "Job for %s failed; %s\n", name, answer.Error)
		default:
			return exitOK
		}
		return exitError
	})
}

func (c *call) install() int {
	code := c.each(func(name string, u node.UnitStatus, known bool) int {
		if !known {
			fmt.Fprintf(c.Err, "Failed to %s unit: Unit file %s does not exist.\n", c.verb, name)
			return exitError
		}
		answer, err := c.Manager.Ask(c.ctx, node.UnitOrder{Verb: c.verb, Unit: u.Name})
		if err != nil || answer.Error != "" {
			fmt.Fprintf(c.Err, "Failed to %s unit: %v%s\n", c.verb, err, answer.Error)
			return exitError
		}
		link := node.WantsLink(u.Name)
		switch {
		case c.verb == "enable" && !u.Enabled:
			fmt.Fprintf(c.Err, "Created symlink %s → %s.\n", link.Path, link.Link)
		case c.verb == "disable" && u.Enabled:
			fmt.Fprintf(c.Err, "Removed %q.\n", link.Path)
		}
		return exitOK
	})
	if code != exitOK || !c.now {
		return code
	}
	c.verb = map[string]string{"enable": "start", "disable": "stop"}[c.verb]
	return c.job()
}

func (c *call) isActive() int {
	return c.each(func(_ string, u node.UnitStatus, known bool) int {
		if !known {
			fmt.Fprintln(c.Out, node.Inactive)
			return exitUnknown
		}
		fmt.Fprintln(c.Out, u.Active)
		if u.Active != node.Active {
			return exitInactive
		}
		return exitOK
	})
}

func (c *call) isFailed() int {
	return c.each(func(_ string, u node.UnitStatus, known bool) int {
		if !known {
			u.Active = node.Inactive
		}
		fmt.Fprintln(c.Out, u.Active)
		if u.Active != node.Failed {
			return exitError
		}
		return exitOK
	})
}

func (c *call) isEnabled() int {
	return c.each(func(name string, u node.UnitStatus, known bool) int {
		if !known {
			fmt.Fprintf(c.Err, "Failed to get unit file state for %s: No such file or directory\n", name)
			return exitError
		}
		fmt.Fprintln(c.Out, fileState(u))
		if !u.Enabled {
			return exitError
		}
		return exitOK
	})
}

// matching are the units that the names, as patterns, fit; all when there are none.
func (c *call) matching() []node.UnitStatus {
	if len(c.names) == 0 {
		return c.units
	}
	return slices.DeleteFunc(slices.Clone(c.units), func(u node.UnitStatus) bool {
		return !slices.ContainsFunc(c.names, func(pattern string) bool {
			fits, err := path.Match(pattern, fileName(u.Name))
			return err == nil && fits
		})
	})
}

func fileName(unit string) string { return unit + ".service" }

func fileState(u node.UnitStatus) string {
	if u.Enabled {
		return "enabled"
	}
	return "disabled"
}

// fullName adds the suffix that may be left out.
func fullName(name string) string {
	for _, kind := range strings.Fields("service socket target timer mount path slice scope device swap automount") {
		if strings.HasSuffix(name, "."+kind) {
			return name
		}
	}
	return fileName(name)
}
