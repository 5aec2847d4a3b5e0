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

	"ocfbox/cmd/ocfbox/show"
	"ocfbox/internal/srhook"
)

// showAttr is the name by which operators of SAP HANA know the tool.
const showAttr = "SAPHanaSR-showAttr"

// suseTools are the names of SUSE's tools that the program answers to.
func suseTools() []string { return []string{showAttr, srhook.HelperName} }

func (b *toolbox) showCommand() *cli.Command {
	return &cli.Command{
		Name:  "show",
		Usage: "show the attributes of SAP HANA system replication",
		Description: "From the live cluster, a file or standard input. The same as " + showAttr + ", with exit\n" +
			"codes of our own, colour on a terminal, and JSON by --output json.",
		Flags:           showFlags(),
		SkipFlagParsing: true,
		HideHelpCommand: true,
		Action: func(c *cli.Context) error {
			o, err := show.Parse(c.Args().Slice())
			switch {
			case err != nil:
				return &failure{err: err, hint: "see ocfbox help show", code: show.UsageCode(c.Args().Slice())}
			case o.Help:
				return cli.ShowCommandHelp(cli.NewContext(c.App, nil, nil), c.Command.Name)
			case o.Version:
				cli.ShowVersion(c)
				return nil
			}
			return b.show(c.Context, o, false)
		},
	}
}

// showFlags are the tool's own options, for help and completion.
func showFlags() []cli.Flag {
	var flags []cli.Flag
	for _, option := range show.All() {
		switch {
		case option.Help == "":
		case option.Argument == "":
			flags = append(flags, &cli.BoolFlag{Name: option.Name, Usage: option.Help, DisableDefaultText: true})
		default:
			flags = append(flags, &cli.StringFlag{Name: option.Name, Usage: option.Help})
		}
	}
	return flags
}

// showAttr is the tool under SUSE's name: its options, its output and its exit codes.
func (b *toolbox) showAttr(args []string) int {
	o, err := show.Parse(args)
	switch {
	case err != nil:
		fmt.Fprintf(b.stderr, "%s: %v\n%s: hint: see %s --help\n", showAttr, err, showAttr, showAttr)
		return show.UsageCode(args)
	case o.Help:
		fmt.Fprint(b.stdout, showUsage())
		return exitOK
	case o.Version:
		fmt.Fprintf(b.stdout, "%s\n", version)
		return exitOK
	}
	err = b.show(context.Background(), o, true)
	var failed *failure
	if errors.As(err, &failed) && failed.err != nil {
		fmt.Fprintf(b.stderr, "%s: %v\n", showAttr, failed.err)
		return failed.code
	}
	return b.fail(err)
}

// showUsage is the help under SUSE's name.
func showUsage() string {
	var text strings.Builder
	fmt.Fprintf(&text, "usage: %s [OPTION...]\n\nShows the attributes of SAP HANA system replication in the cluster.\n\n", showAttr)
	for _, option := range show.All() {
		if option.Help != "" {
			name := option.Name
			if option.Argument != "" {
				name += "=" + option.Argument
			}
			fmt.Fprintf(&text, "  --%-20s %s\n", name, strings.ReplaceAll(option.Help, "`", ""))
		}
	}
	return text.String()
}

// show runs the tool. A reader that has seen enough, as head has, is no failure.
func (b *toolbox) show(ctx context.Context, o show.Options, suse bool) error {
	tool := &show.Tool{
		Suse: suse, Stdin: os.Stdin, Stdout: b.stdout, Runner: b.runner,
		NoColor: os.Getenv("NO_COLOR") != "", OldExit: os.Getenv("OCFBOX_COMPAT") == "1",
	}
	if out, ok := b.stdout.(*os.File); ok {
		signal.Ignore(syscall.SIGPIPE)
		tool.Terminal = show.IsTerminal(out)
	}
	if o.Style == "" {
		o.Style = os.Getenv("OCFBOX_STYLE")
	}
	err := tool.Run(ctx, o)
	var failed *show.Failure
	switch {
	case errors.Is(err, syscall.EPIPE):
		return nil
	case errors.As(err, &failed):
		return &failure{err: failed.Err, code: failed.Code}
	}
	return err
}
