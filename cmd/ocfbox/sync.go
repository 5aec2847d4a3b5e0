package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/cmd/ocfbox/syncview"
	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/drbd/record"
	"ocfbox/internal/term"
)

// syncPatience bounds a look at this host and at the other one, without the time to settle.
const syncPatience = 30 * time.Second

func (b *toolbox) syncCommand() *cli.Command {
	return &cli.Command{
		Name:  "sync",
		Usage: "say whether replicated devices (DRBD) are in sync",
		Description: "What DRBD says of its devices, of every generation from 0.7 to 9, and what that is worth.\n" +
			"Nothing is changed, and the kernel's module is never loaded by asking: see ocfbox-sync(8).",
		HideHelpCommand: true,
		Subcommands: []*cli.Command{
			b.syncStatusCommand(), b.syncWatchCommand(), b.syncVerifyCommand(), b.syncServeCommand(), b.syncMapCommand(), b.syncRepairCommand(),
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error {
			return &failure{err: err, hint: "see ocfbox help sync", code: syncview.ExitUsage}
		},
		Action: func(c *cli.Context) error {
			err := errors.New("sync needs a command")
			if c.Args().Present() {
				err = fmt.Errorf("no command of sync is called %q", c.Args().First())
			}
			return &failure{err: err, hint: "status, watch, verify, map, repair or serve", code: syncview.ExitUsage}
		},
	}
}

func (b *toolbox) syncStatusCommand() *cli.Command {
	return &cli.Command{
		Name:            "status",
		Usage:           "say how the resources are, and exit with a code that says it too",
		ArgsUsage:       "[RESOURCE...]",
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "allow-dual", Usage: "two primaries are wanted", DisableDefaultText: true},
			&cli.BoolFlag{Name: "expect-up", Usage: "a resource that is not up is degraded, not unknown (default for resources that are named)", DisableDefaultText: true},
			&cli.Float64Flag{Name: "settle", Usage: "take two samples `SECONDS` apart, to notice a peer that does not answer"},
			&cli.StringFlag{Name: "peer", Usage: "compare with the view of `HOST`, asked over ssh"},
			&cli.GenericFlag{Name: "from", Value: new(paths), Usage: "read recorded text from `FILE`, or - for standard input; a second one is the other host's"},
			&cli.BoolFlag{Name: "lenient", Usage: "read recorded text that was damaged by scanning", DisableDefaultText: true},
			&cli.IntFlag{Name: "require-verify", Usage: "copies that were not compared for `DAYS` are degraded", DefaultText: "0, not asked for"},
			&cli.StringFlag{Name: "output", Usage: "print `FORMAT`: text, json, prometheus or perfdata"},
			&cli.StringFlag{Name: "style", Usage: "print text as `STYLE`: plain or clpstat"},
			&cli.StringFlag{Name: "exit", Usage: "exit by `CONVENTION`: native or plugin, which knows no 4"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing", DisableDefaultText: true},
			&cli.BoolFlag{Name: "schema", Usage: "print the schema of the JSON output", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error { return b.sync(c, b.syncStatus) },
	}
}

func (b *toolbox) syncWatchCommand() *cli.Command {
	return &cli.Command{
		Name:            "watch",
		Usage:           "follow the resources, with speed and time left of a resync",
		ArgsUsage:       "[RESOURCE...]",
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "allow-dual", Usage: "two primaries are wanted", DisableDefaultText: true},
			&cli.BoolFlag{Name: "expect-up", Usage: "a resource that is not up is degraded, not unknown (default for resources that are named)", DisableDefaultText: true},
			&cli.StringFlag{Name: "output", Usage: "print `FORMAT`: text, or json, a document a line"},
		},
		Action: func(c *cli.Context) error { return b.sync(c, b.syncWatch) },
	}
}

// sync reads the command line, and does what it says.
func (b *toolbox) sync(c *cli.Context, do func(context.Context, *syncview.Tool, syncview.Options) error) error {
	o, help, err := syncOptions(c)
	if err != nil {
		return &failure{err: err, hint: "see ocfbox sync " + c.Command.Name + " --help", code: syncview.ExitUsage}
	}
	if help {
		return cli.ShowCommandHelp(c.Lineage()[1], c.Command.Name)
	}
	tool := &syncview.Tool{
		Source: feed.New(b.runner, os.Getenv), Peer: b.syncPeer, Stdin: os.Stdin, Stdout: b.stdout,
		Verified: func() ([]drbd.Verified, error) {
			records, err := record.Read(record.Folder)
			return record.Verified(records), err
		},
	}
	if out, ok := b.stdout.(*os.File); ok {
		signal.Ignore(syscall.SIGPIPE)
		if term.IsTerminal(out) {
			tool.Terminal, tool.Color = out, os.Getenv("NO_COLOR") == ""
		}
	}
	err = do(c.Context, tool, o)
	var failed *syncview.Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		return &failure{err: failed.Err, hint: failed.Hint, code: failed.Code}
	}
	// The ordinary code of a failure would say that a resync runs.
	return &failure{err: err, code: exitUnknown}
}

// syncOptions are what the flags and words of a command line say, or that it asks for help.
func syncOptions(c *cli.Context) (o syncview.Options, help bool, err error) {
	resources, set, err := words(c)
	if err != nil {
		return o, false, err
	}
	flags := cli.NewContext(c.App, set, nil)
	flags.Command = c.Command
	o = syncview.Options{
		Resources: resources, AllowDual: flags.Bool("allow-dual"), RequireVerify: flags.Int("require-verify"), Peer: flags.String("peer"),
		Settle:  time.Duration(flags.Float64("settle") * float64(time.Second)),
		Lenient: flags.Bool("lenient"), Quiet: flags.Bool("quiet"), Schema: flags.Bool("schema"),
		Output: flags.String("output"), Style: flags.String("style"), Exit: flags.String("exit"),
	}
	if from, is := flags.Generic("from").(*paths); is {
		o.From = *from
	}
	if given(set, "expect-up") {
		expected := flags.Bool("expect-up")
		o.ExpectUp = &expected
	}
	return o, wantsHelp(set), nil
}

// paths are the values of a flag that may be given several times. The library's own list would divide a name at its
// commas.
type paths []string

// Set adds a value.
func (p *paths) Set(value string) error {
	*p = append(*p, value)
	return nil
}

// String is what help prints as the default: nothing.
func (p *paths) String() string { return "" }

// syncPeer asks another host with the user's ssh.
func (b *toolbox) syncPeer(ctx context.Context, host string) (feed.View, error) {
	return feed.Remote{Runner: b.runner, Host: host, Env: sshEnvironment()}.Gather(ctx)
}

// sshEnvironment is what the user's ssh needs to know whose keys to use.
func sshEnvironment() (environment []string) {
	for _, name := range []string{"HOME", "SSH_AUTH_SOCK"} {
		if value, ok := os.LookupEnv(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

func (b *toolbox) syncStatus(ctx context.Context, tool *syncview.Tool, o syncview.Options) error {
	ctx, cancel := context.WithTimeout(ctx, syncPatience+o.Settle)
	defer cancel()
	return tool.Status(ctx, o)
}

// syncWatch ends when it is told to, or when nobody reads any more.
func (b *toolbox) syncWatch(ctx context.Context, tool *syncview.Tool, o syncview.Options) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if out, ok := b.stdout.(*os.File); ok && tool.Terminal == nil {
		gone := term.ReaderGone(out)
		go func() {
			select {
			case <-gone:
				stop()
			case <-ctx.Done():
			}
		}()
	}
	return tool.Watch(ctx, o)
}
