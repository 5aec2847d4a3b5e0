package main

import (
	"flag"
	"io"
	"slices"

	"github.com/urfave/cli/v2"
)

// words reads a command's flags wherever they stand among its words, as people type them: the library stops
// at the first word. The command skips the library's own reading. The set tells which flags were given.
func words(c *cli.Context) ([]string, *flag.FlagSet, error) {
	set := flag.NewFlagSet(c.Command.Name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, one := range c.Command.Flags {
		if err := one.Apply(set); err != nil {
			return nil, nil, err
		}
	}
	rest := c.Args().Slice()
	var behind []string
	if at := slices.Index(rest, "--"); at >= 0 {
		rest, behind = rest[:at], rest[at+1:]
	}
	var found []string
	for {
		if err := set.Parse(rest); err != nil {
			return nil, nil, err
		}
		if set.NArg() == 0 {
			return append(found, behind...), set, nil
		}
		found, rest = append(found, set.Arg(0)), set.Args()[1:]
	}
}

// given reports whether a flag was on the command line.
func given(set *flag.FlagSet, name string) bool {
	found := false
	set.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// wantsHelp reports whether --help or -h was among the words.
func wantsHelp(set *flag.FlagSet) bool { return given(set, "help") || given(set, "h") }
