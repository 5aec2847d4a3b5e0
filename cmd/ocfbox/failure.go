package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"

	"ocfbox/agents"
)

// A failure is what went wrong, what to try, and the exit code.
type failure struct {
	err  error
	hint string
	code int
}

// Error is what went wrong.
func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.err.Error()
}

// Unwrap is the cause.
func (f *failure) Unwrap() error { return f.err }

// usage is a mistake on the command line.
func usage(err error, hint string) error { return &failure{err: err, hint: hint, code: exitUsage} }

// silent is a failure about which everything has been said.
func silent(code int) error { return &failure{code: code} }

// unknown is a name that nothing answers to, with the one that was perhaps meant.
func unknown(kind, name string, known []string) error {
	hint := "ocfbox help lists the commands, ocfbox agents the agents"
	if near := nearest(name, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usage(fmt.Errorf("no %s is called %q", kind, name), hint)
}

// nearest is the known name most like name, or empty when none is like it.
func nearest(name string, known []string) string {
	// The weights are those that the command line library uses; below the bar, what it finds makes a
	// reader wonder more than it helps.
	const boost, prefix, bar = 0.7, 4, 0.75
	best, found := bar, ""
	for _, candidate := range known {
		if likeness := smetrics.JaroWinkler(name, candidate, boost, prefix); likeness > best {
			best, found = likeness, candidate
		}
	}
	return found
}

func commandNames(app *cli.App) []string {
	var names []string
	for _, command := range app.Commands {
		names = append(names, command.Name)
	}
	return names
}

// agentNames are all names that an agent answers to.
func agentNames() []string {
	var names []string
	for _, agent := range agents.All() {
		names = append(names, agent.Name)
		if agent.Heartbeat != nil {
			names = append(names, agent.Heartbeat.Names...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
