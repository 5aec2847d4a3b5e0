// Ocflab is the laboratory: real Pacemaker clusters in namespaces of one machine, and
// scenarios that fail and recover them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab/multicall"
)

// Exit codes.
const (
	exitNo      = 1
	exitUsage   = 2
	exitUnknown = 3
)

func main() {
	multicall.Dispatch()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer cancel()
	err := app().RunContext(ctx, os.Args)
	var exit cli.ExitCoder
	switch {
	case err == nil:
	case errors.As(err, &exit):
		if exit.Error() != "" {
			complain(exit)
		}
		os.Exit(exit.ExitCode())
	case errors.Is(err, context.Canceled):
		complain(errors.New("interrupted"))
		os.Exit(exitNo)
	default:
		complain(err)
		os.Exit(exitNo)
	}
}

func complain(err error) { fmt.Fprintln(os.Stderr, "ocflab:", err) }

func app() *cli.App {
	return &cli.App{
		Name:            "ocflab",
		Usage:           "Pacemaker clusters in namespaces, and scenarios that fail and recover them",
		HideHelpCommand: true,
		// Values may hold commas: PCMK_debug=crmd,stonith-ng.
		DisableSliceFlagSeparator: true,
		Commands: []*cli.Command{
			upCommand(), downCommand(), statusCommand(), execCommand(), shellCommand(),
			crashCommand(), bootCommand(), cutCommand(), healCommand(), fencingCommand(), scenarioCommand(), reportCommand(), demoCommand(), hanaCommand(), drbdCommand(),
		},
		Before: needRoot,
		// The codes are main's business; the library would exit by itself.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error {
			return cli.Exit(err, exitUsage)
		},
	}
}

func needRoot(c *cli.Context) error {
	switch c.Args().First() {
	case "", "help", "report":
		return nil
	}
	if c.Args().Len() > 1 && c.Args().Get(1) == "list" || os.Geteuid() == 0 {
		return nil
	}
	return cli.Exit("needs root: it makes namespaces, bridges and mounts", exitUnknown)
}

// usage refuses a command line.
func usage(format string, args ...any) error {
	return cli.Exit(fmt.Sprintf(format, args...), exitUsage)
}
