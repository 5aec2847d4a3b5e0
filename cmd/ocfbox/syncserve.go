package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/term"
)

func (b *toolbox) syncServeCommand() *cli.Command {
	return &cli.Command{
		Name:            "serve",
		Usage:           "read a device for sync verify on another host, which starts this over ssh",
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "allow", Value: new(paths), Usage: "allow `DEVICE` to be read, beside those of the file"},
			&cli.StringFlag{Name: "config", Usage: "the `FILE` with the devices that may be read", Value: syncverify.DefaultConfig},
		},
		Action: b.syncServe,
	}
}

// syncServe speaks on standard input and output until the other side has ended.
func (b *toolbox) syncServe(c *cli.Context) error {
	found, set, err := words(c)
	switch {
	case err != nil:
		return &failure{err: err, hint: "see ocfbox sync serve --help", code: verify.ExitUsage}
	case wantsHelp(set):
		return cli.ShowCommandHelp(c.Lineage()[1], c.Command.Name)
	case len(found) > 0:
		return usage(fmt.Errorf("sync serve takes no argument %q", found[0]), "devices are named with --allow")
	case term.IsTerminal(os.Stdout):
		return usage(errors.New("sync serve speaks to a program, not to a terminal"), "ocfbox sync verify on another host starts it")
	}
	flags := cli.NewContext(c.App, set, nil)
	flags.Command = c.Command
	o := syncverify.ServeOptions{Config: flags.String("config")}
	if allowed, is := flags.Generic("allow").(*paths); is {
		o.Allow = *allowed
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := b.verifyTool().Serve(ctx, o, os.Stdin, os.Stdout); err != nil {
		return &failure{err: err, code: verify.ExitPeer}
	}
	return nil
}
