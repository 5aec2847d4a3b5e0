// Package command is the programs that agents and administrators call: sapcontrol, saphostctrl, HDB, hdbnsutil,
// HDBSettings.sh with the Python tools, hdbsql, cleanipc.
//
// Each asks the processes of package process, or reads what a stopped system remembers, and prints what
// package text makes of it.
package command

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ocfbox/test/hanasim/fault"
	"ocfbox/test/hanasim/site"
)

// A call is a command that runs.
type call struct {
	args []string
	out  io.Writer
	err  io.Writer
}

// Run runs the command that argv[0] names. known is false for a name that is none of ours.
func Run(argv []string) (code int, known bool) {
	name := filepath.Base(argv[0])
	commands := map[string]func(call) int{
		"sapcontrol": sapcontrol, "saphostctrl": saphostctrl, "HDB": hdb, "hdbnsutil": hdbnsutil, "HDBSettings.sh": settings,
		"python": python, "hdbsql": hdbsql, "cleanipc": cleanipc, "rsync": rsync,
	}
	run, known := commands[name]
	if !known {
		return 0, false
	}
	c := call{args: argv[1:], out: os.Stdout, err: os.Stderr}
	if code, ends := fault.HANA().Play(name, c.function(name), os.Stdout); ends {
		return code, true
	}
	return run(c), true
}

// function is the part of a command line that has a switch of its own.
func (c call) function(name string) string {
	switch {
	case name == "sapcontrol", name == "saphostctrl":
		return c.option("-function")
	case name == "hdbnsutil", name == "HDB":
		if len(c.args) > 0 {
			return c.args[0]
		}
	}
	return ""
}

// option returns the word behind an option.
func (c call) option(name string) string {
	for i, a := range c.args {
		if a == name && i+1 < len(c.args) {
			return c.args[i+1]
		}
	}
	return ""
}

// value returns what is behind the = of an option.
func (c call) value(name string) string {
	for _, a := range c.args {
		if v, ok := strings.CutPrefix(a, name+"="); ok {
			return v
		}
	}
	return ""
}

func (c call) has(name string) bool {
	for _, a := range c.args {
		if a == name {
			return true
		}
	}
	return false
}

func (c call) say(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// own is the system that the caller's environment is for.
func (c call) own() (site.System, bool) {
	s, err := site.Own()
	if err != nil {
		fmt.Fprintln(c.err, err)
		return s, false
	}
	return s, true
}
