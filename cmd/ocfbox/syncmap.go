package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"ocfbox/cmd/ocfbox/syncmap"
	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
)

func (b *toolbox) syncMapCommand() *cli.Command {
	return &cli.Command{
		Name:            "map",
		Usage:           "say which files lie where two devices differ",
		ArgsUsage:       "DEVICE [RESULT]",
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Usage: "print `FORMAT`: text or json"},
			&cli.GenericFlag{Name: "range", Value: new(paths), Usage: "look at `OFFSET+LENGTH` in bytes; may be given several times"},
			&cli.StringFlag{Name: "mount", Usage: "the device's file system is the one that is mounted at `DIRECTORY`"},
			&cli.BoolFlag{Name: "raw", Usage: "take DRBD's internal meta data for data", DisableDefaultText: true},
		},
		Action: b.syncMap,
	}
}

// syncMap reads the command line, and does what it says.
func (b *toolbox) syncMap(c *cli.Context) error {
	o, help, err := mapOptions(c)
	if err != nil {
		return &failure{err: err, hint: "see ocfbox sync map --help", code: verify.ExitUsage}
	}
	if help {
		return cli.ShowCommandHelp(c.Lineage()[1], c.Command.Name)
	}
	ctx, stop := signal.NotifyContext(c.Context, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	tool := &syncmap.Tool{Stdin: os.Stdin, Stdout: b.stdout, Stderr: os.Stderr}
	return pairEnd(tool.Run(ctx, o))
}

// pairEnd turns the answer of a tool that compares, maps or repairs into the program's.
func pairEnd(code int, err error) error {
	var failed *syncverify.Failure
	switch {
	case errors.As(err, &failed):
		return &failure{err: failed.Err, hint: failed.Hint, code: failed.ExitCode()}
	case errors.Is(err, context.Canceled):
		return silent(verify.ExitInterrupted)
	case err != nil:
		return &failure{err: err, code: verify.ExitReadError}
	case code == verify.ExitSame:
		return nil
	}
	return silent(code)
}

// mapOptions are what the flags and words of a command line say, or that it asks for help.
func mapOptions(c *cli.Context) (o syncmap.Options, help bool, err error) {
	names, set, err := words(c)
	if err != nil {
		return o, false, err
	}
	if wantsHelp(set) {
		return o, true, nil
	}
	flags := cli.NewContext(c.App, set, nil)
	flags.Command = c.Command
	o = syncmap.Options{Output: flags.String("output"), Mount: flags.String("mount"), Raw: flags.Bool("raw")}
	if given, is := flags.Generic("range").(*paths); is {
		for _, text := range *given {
			r, err := parseRange(text)
			if err != nil {
				return o, false, fmt.Errorf("--range: %w", err)
			}
			o.Ranges = append(o.Ranges, r)
		}
	}
	switch {
	case len(names) == 0 || len(names) > 2:
		return o, false, fmt.Errorf("a device and one result are needed, not %d names", len(names))
	case len(names) == 1 && o.Ranges == nil:
		return o, false, errors.New("which parts of the device? Name a result of verify (- is standard input), or a --range")
	case len(names) == 2:
		o.Result = names[1]
	}
	o.Device = names[0]
	return o, false, nil
}

// parseRange reads OFFSET+LENGTH.
func parseRange(text string) (r block.Range, err error) {
	offset, length, ok := strings.Cut(text, "+")
	if !ok {
		return r, fmt.Errorf("%q is no part of a device, such as 1M+4096", text)
	}
	if r.Offset, err = syncverify.ParseBytes(offset); err != nil {
		return r, err
	}
	if r.Length, err = syncverify.ParseBytes(length); err != nil || r.End() < r.Offset {
		return r, fmt.Errorf("%q is no part of a device, such as 1M+4096", text)
	}
	return r, nil
}
