package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"ocfbox/cmd/ocfbox/syncrepair"
	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/term"
)

func (b *toolbox) syncRepairCommand() *cli.Command {
	return &cli.Command{
		Name:            "repair",
		Usage:           "copy what differs from one device to the other, after a plan",
		ArgsUsage:       "RESULT",
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "direction", Usage: "copy from the comparison's first device to its second (`DIRECTION` a>b), or back (b>a)"},
			&cli.StringFlag{Name: "plan", Usage: "write the plan to `FILE`, or read it from there with --apply"},
			&cli.BoolFlag{Name: "apply", Usage: "carry out the plan", DisableDefaultText: true},
			&cli.StringFlag{Name: "yes-overwrite", Usage: "agree that `DEVICE`, the target, is overwritten"},
			&cli.StringFlag{Name: "undo", Usage: "keep what is overwritten in `FILE`", DefaultText: "the plan's name and .undo"},
			&cli.StringFlag{Name: "revert", Usage: "put back what `FILE` has kept"},
			&cli.Float64Flag{Name: "max-repair", Usage: "refuse to write more than `PERCENT` of the data", DefaultText: "5"},
			&cli.BoolFlag{Name: "override-uuid", Usage: "copy older data over newer ones, by DRBD's generation identifiers", DisableDefaultText: true},
			&cli.StringFlag{Name: "rate", Usage: "write at most `BYTES` a second"},
			&cli.StringFlag{Name: "drbd", Usage: "print the commands with which DRBD itself mends `RESOURCE/VOLUME`"},
			&cli.StringFlag{Name: "peer", Usage: "mean the connection to `NAME`, where the resource has several"},
			&cli.StringFlag{Name: "output", Usage: "print `FORMAT`: text or json"},
		},
		Action: b.syncRepair,
	}
}

// syncRepair reads the command line, and does what it says.
func (b *toolbox) syncRepair(c *cli.Context) error {
	o, help, err := repairOptions(c)
	if err != nil {
		return &failure{err: err, hint: "see ocfbox sync repair --help", code: verify.ExitUsage}
	}
	if help {
		return cli.ShowCommandHelp(c.Lineage()[1], c.Command.Name)
	}
	ctx, stop := signal.NotifyContext(c.Context, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	tool := &syncrepair.Tool{
		Stdin: os.Stdin, Stdout: b.stdout, Stderr: os.Stderr, Terminal: term.IsTerminal(os.Stderr),
		View: func(ctx context.Context) (feed.View, error) {
			return feed.New(b.runner, os.Getenv).Gather(ctx, feed.Options{Adm: true})
		},
	}
	return pairEnd(tool.Run(ctx, o))
}

// repairOptions are what the flags and words of a command line say, or that it asks for help.
func repairOptions(c *cli.Context) (o syncrepair.Options, help bool, err error) {
	names, set, err := words(c)
	if err != nil {
		return o, false, err
	}
	flags := cli.NewContext(c.App, set, nil)
	flags.Command = c.Command
	o = syncrepair.Options{
		Direction: flags.String("direction"), Plan: flags.String("plan"), Apply: flags.Bool("apply"), Named: flags.String("yes-overwrite"),
		Undo: flags.String("undo"), Revert: flags.String("revert"), MaxRepair: flags.Float64("max-repair"),
		AnyGeneration: flags.Bool("override-uuid"), DRBD: flags.String("drbd"), Peer: flags.String("peer"), Output: flags.String("output"),
	}
	if given(set, "rate") {
		if o.Rate, err = syncverify.ParseBytes(flags.String("rate")); err != nil {
			return o, false, fmt.Errorf("--rate: %w", err)
		}
	}
	switch {
	case len(names) > 1:
		return o, false, fmt.Errorf("one result is needed, not %d names", len(names))
	case len(names) == 1:
		o.Result = names[0]
	}
	return o, wantsHelp(set), nil
}
