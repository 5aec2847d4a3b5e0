package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"ocfbox/internal/run"
	"ocfbox/internal/srhook"
)

// Exit codes of our own tools. A check that answers "no" is not a failure of the tool.
const (
	exitOK      = 0
	exitNo      = 1
	exitUsage   = 2
	exitUnknown = 3
)

// version is set by the linker.
var version = "devel"

// A toolbox is what the tools work with.
type toolbox struct {
	stdout, stderr io.Writer
	runner         run.Runner
	// self is the path of the running program.
	self string
	// note writes a line to the system's log; nil is the real one.
	note func(string)
}

// tools is the door for people: subcommands, flags and help. args are those of the process.
func tools(args []string) int {
	self, _ := os.Executable()
	box := &toolbox{stdout: os.Stdout, stderr: os.Stderr, runner: &run.System{}, self: self}
	return box.run(args)
}

// run answers one command line and returns the exit code.
func (b *toolbox) run(args []string) int {
	switch name := filepath.Base(args[0]); name {
	case program:
	case showAttr:
		return b.showAttr(args[1:])
	case srhook.HelperName:
		return b.hookHelper(args[1:])
	default:
		return b.fail(unknown("agent or tool", name, append(suseTools(), agentNames()...)))
	}
	err := b.app().RunContext(context.Background(), args)
	return b.fail(err)
}

// app is the command line. Its commands are in the order in which a reader meets them.
func (b *toolbox) app() *cli.App {
	app := &cli.App{
		Name:            program,
		Usage:           "resource agents for Pacemaker and heartbeat in one program",
		UsageText:       "ocfbox COMMAND [OPTION...]\nocfbox AGENT ACTION",
		Version:         version,
		HideHelpCommand: true,
		// The library leaves it out beside a help command of our own.
		Flags:          []cli.Flag{cli.HelpFlag},
		Writer:         b.stdout,
		ErrWriter:      b.stderr,
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   badFlag,
		Action:         b.noCommand,
		Commands: []*cli.Command{
			b.showCommand(), b.srhookCommand(), b.syncCommand(), b.convertCommand(), b.agentsCommand(), b.installCommand(),
			b.uninstallCommand(), b.helpCommand(), b.versionCommand(), b.completionCommand(),
		},
	}
	for _, command := range app.Commands {
		if command.OnUsageError == nil {
			command.OnUsageError = badFlag
		}
	}
	return app
}

// noCommand answers a command line that names no command, or one that does not exist.
func (b *toolbox) noCommand(c *cli.Context) error {
	if !c.Args().Present() {
		c.App.Writer = b.stderr
		_ = cli.ShowAppHelp(c)
		return silent(exitUsage)
	}
	return unknown("command or agent", c.Args().First(), append(commandNames(c.App), agentNames()...))
}

func (b *toolbox) versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(c *cli.Context) error {
			if err := noMore(c, 0); err != nil {
				return err
			}
			cli.ShowVersion(c)
			return nil
		},
	}
}

// noMore refuses more than most arguments.
func noMore(c *cli.Context, most int) error {
	if c.NArg() > most {
		return usage(fmt.Errorf("%s takes no argument %q", c.Command.Name, c.Args().Get(most)),
			"see ocfbox help "+c.Command.Name)
	}
	return nil
}

func badFlag(c *cli.Context, err error, _ bool) error {
	hint := "see ocfbox help"
	if c.Command.Name != "" && c.Command.Name != program {
		hint += " " + c.Command.Name
	}
	return usage(err, hint)
}

// fail prints an error as people read it and returns its exit code.
func (b *toolbox) fail(err error) int {
	if err == nil {
		return exitOK
	}
	var failed *failure
	if !errors.As(err, &failed) {
		failed = &failure{err: err, code: exitNo}
	}
	if failed.err != nil {
		fmt.Fprintf(b.stderr, "%s: %v\n", program, failed.err)
	}
	if failed.hint != "" {
		fmt.Fprintf(b.stderr, "%s: hint: %s\n", program, failed.hint)
	}
	return failed.code
}
