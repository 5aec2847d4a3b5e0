// Command levels runs the test levels that its arguments name, the cheapest first, and says on one
// line each how they went. It is what `make test` calls.
//
// A level is a set of packages. `go test` runs them; levels reads its events, prints a line a package
// as it ends, everything a failing test has printed, and each skipped test with its reason, because a
// skip that nobody sees is a test that nobody has. A level that fails ends the run.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A level is a set of packages that need the same of the machine.
type level struct {
	name string
	// short passes -short: for the laboratory that is the choice of a few scenarios.
	short bool
	// serial runs one package at a time, for tests that load the machine.
	serial bool
	// parallel is how many tests of a package run at once; 0 is a core's one.
	parallel int
	// each prints a line a test, for tests of minutes.
	each bool
	// timeout ends a package that hangs.
	timeout time.Duration
}

// levels are in the order of what they cost.
func levels() []level {
	return []level{
		{name: "unit", timeout: 3 * time.Minute},
		{name: "house", timeout: 3 * time.Minute},
		{name: "script", timeout: 3 * time.Minute},
		{name: "kernel", timeout: 6 * time.Minute},
		// Most of its time is spent waiting for other people's tools.
		{name: "host", parallel: 8, timeout: 8 * time.Minute},
		{name: "scheduler", timeout: 2 * time.Minute},
		// Ours against the recorded answers of the shell agents; compare runs both.
		{name: "replay", short: true, parallel: 6, timeout: 4 * time.Minute},
		{name: "lab", short: true, serial: true, each: true, timeout: 8 * time.Minute},
		{name: "cluster", serial: true, each: true, timeout: 90 * time.Minute},
		{name: "compare", parallel: 6, timeout: 60 * time.Minute},
		{name: "drbd", serial: true, each: true, timeout: 60 * time.Minute},
	}
}

func main() {
	os.Exit(run(os.Stdout, os.Args[1:]))
}

func run(out io.Writer, args []string) int {
	flags := flag.NewFlagSet("levels", flag.ContinueOnError)
	pattern := flags.String("run", "", "run only the tests that match this pattern")
	short := flags.Bool("short", false, "pass -short to every level")
	if flags.Parse(args) != nil {
		return 2
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		fmt.Fprintln(out, "levels:", err)
		return 2
	}
	packages, err := list()
	if err != nil {
		fmt.Fprintln(out, "levels:", err)
		return 1
	}
	var all []*summary
	failed := false
	for i, l := range chosen {
		l.short = l.short || *short
		one := runLevel(out, l, packages[l.name], *pattern)
		all = append(all, one)
		if one.failed() {
			failed = true
			sayNotRun(out, chosen[i+1:])
			break
		}
	}
	finish(out, all)
	if failed {
		return 1
	}
	return 0
}

// choose is the levels of that name, in their own order.
func choose(names []string) ([]level, error) {
	var chosen []level
	found := 0
	for _, l := range levels() {
		for _, name := range names {
			if name == l.name {
				chosen = append(chosen, l)
				found++
			}
		}
	}
	if found != len(names) || found == 0 {
		return nil, fmt.Errorf("no such level among %q", strings.Join(names, " "))
	}
	return chosen, nil
}

func sayNotRun(out io.Writer, rest []level) {
	for _, l := range rest {
		fmt.Fprintf(out, "%s: not run\n", l.name)
	}
}
