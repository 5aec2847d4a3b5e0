package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/term"
)

func (b *toolbox) syncVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:            "verify",
		Usage:           "compare two devices or files byte by byte, and say where they differ for good",
		ArgsUsage:       "[HOST:]DEVICE [HOST:]DEVICE",
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Usage: "print `FORMAT`: text or json"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing", DisableDefaultText: true},
			&cli.StringFlag{Name: "size", Usage: "compare the first `BYTES` only"},
			&cli.BoolFlag{Name: "raw", Usage: "compare DRBD's internal meta data as well", DisableDefaultText: true},
			&cli.StringFlag{Name: "tail", Usage: "what one side has more: `RULE` report, ignore, or zero, which it must be"},
			&cli.StringFlag{Name: "rate", Usage: "read at most `BYTES` a second of each side"},
			&cli.BoolFlag{Name: "auto", Usage: "read with the lowest priority, and less while reads are slow (default where DRBD runs on a device)", DisableDefaultText: true},
			&cli.BoolFlag{Name: "offline", Usage: "nobody writes to the devices: do not wait to see whether a difference lasts", DisableDefaultText: true},
			&cli.BoolFlag{Name: "fine", Usage: "name differences by sectors of 512 bytes", DisableDefaultText: true},
			&cli.StringFlag{Name: "hash", Usage: "recognise blocks by `DIGEST`: xxh64 or sha256"},
			&cli.IntFlag{Name: "depth", Usage: "compare `NUMBER` extents at a time", DefaultText: "4"},
			&cli.BoolFlag{Name: "direct", Usage: "read files past the page cache, as devices always are", DisableDefaultText: true},
			&cli.BoolFlag{Name: "cached", Usage: "read through the page cache", DisableDefaultText: true},
			&cli.BoolFlag{Name: "i-know-cached-is-stale", Usage: "allow that for block devices", DisableDefaultText: true},
			&cli.StringFlag{Name: "state", Usage: "keep what is done in `FILE`, to go on after an interruption"},
			&cli.BoolFlag{Name: "resume", Usage: "go on from that file", DisableDefaultText: true},
			&cli.DurationFlag{Name: "max-age", Usage: "refuse to go on from a file that is older than `TIME`", DefaultText: "168h"},
			&cli.StringFlag{Name: "record", Usage: "the devices are the copies of `RESOURCE/VOLUME`: keep on this host what was found"},
			&cli.StringFlag{Name: "during-resync", Usage: "while DRBD resyncs the pair, `RULE` pause, go (on), or abort", DefaultText: "pause"},
			&cli.StringFlag{Name: "freeze", Usage: "stop writers with `METHOD` fsfreeze or suspend-io, for at most two seconds, to judge what never rests"},
			&cli.StringFlag{Name: "rsh", Usage: "reach another host with `COMMAND`", DefaultText: "ssh -oBatchMode=yes"},
			&cli.DurationFlag{Name: "max-outage", Usage: "try for `TIME` to reach a host again that was lost", Value: 10 * time.Minute},
		},
		Action: b.syncVerify,
	}
}

// syncVerify reads the command line, and does what it says. The codes are those of the specification's section 13.
func (b *toolbox) syncVerify(c *cli.Context) error {
	o, help, err := verifyOptions(c)
	if err != nil {
		return &failure{err: err, hint: "see ocfbox sync verify --help", code: verify.ExitUsage}
	}
	if help {
		return cli.ShowCommandHelp(c.Lineage()[1], c.Command.Name)
	}
	ctx, cancel := context.WithCancel(c.Context)
	defer cancel()
	var terminated atomic.Bool
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		select {
		case got := <-signals:
			terminated.Store(got == syscall.SIGTERM)
			cancel()
		case <-ctx.Done():
		}
	}()
	tool := b.verifyTool()
	tool.Terminal = term.IsTerminal(os.Stderr)
	code, err := tool.Run(ctx, o)
	var failed *syncverify.Failure
	switch {
	case errors.As(err, &failed):
		return &failure{err: failed.Err, hint: failed.Hint, code: failed.ExitCode()}
	case err != nil:
		return &failure{err: err, code: verify.ExitReadError}
	case code == verify.ExitInterrupted && terminated.Load():
		code = verify.ExitTerminated
	}
	if code == verify.ExitSame {
		return nil
	}
	return silent(code)
}

// verifyTool compares, and reaches other hosts with the user's ssh.
func (b *toolbox) verifyTool() *syncverify.Tool {
	source := feed.New(b.runner, os.Getenv)
	return &syncverify.Tool{
		Stdout: b.stdout, Stderr: b.stderr, Runner: b.runner, Env: sshEnvironment(), Version: version, Source: &source,
	}
}

// verifyOptions are what the flags and words of a command line say, or that it asks for help.
func verifyOptions(c *cli.Context) (o syncverify.Options, help bool, err error) {
	devices, set, err := words(c)
	if err != nil {
		return o, false, err
	}
	flags := cli.NewContext(c.App, set, nil)
	flags.Command = c.Command
	o = syncverify.Options{
		Devices: devices, Output: flags.String("output"), Quiet: flags.Bool("quiet"), Raw: flags.Bool("raw"),
		Tail: flags.String("tail"), Offline: flags.Bool("offline"), Fine: flags.Bool("fine"), Hash: flags.String("hash"),
		Depth: flags.Int("depth"), Direct: flags.Bool("direct"), Cached: flags.Bool("cached"),
		StaleIsFine: flags.Bool("i-know-cached-is-stale"), State: flags.String("state"), Resume: flags.Bool("resume"),
		MaxAge: flags.Duration("max-age"), Rsh: flags.String("rsh"), Outage: flags.Duration("max-outage"),
		Resync: flags.String("during-resync"), Freeze: flags.String("freeze"), Record: flags.String("record"),
	}
	if given(set, "auto") {
		auto := flags.Bool("auto")
		o.Auto = &auto
	}
	for name, into := range map[string]*int64{"size": &o.Size, "rate": &o.Rate} {
		if !given(set, name) {
			continue
		}
		if *into, err = syncverify.ParseBytes(flags.String(name)); err != nil {
			return o, false, fmt.Errorf("--%s: %w", name, err)
		}
	}
	return o, wantsHelp(set), nil
}
