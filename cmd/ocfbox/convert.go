package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"ocfbox/cmd/ocfbox/convert"
)

func (b *toolbox) convertCommand() *cli.Command {
	return &cli.Command{
		Name:  "convert",
		Usage: "translate other clusters' configuration into Pacemaker's",
		Description: "The configuration goes to standard output, in crmsh's language; remarks go to standard error.\n" +
			"Nothing is changed: see ocfbox-convert(8).",
		HideHelpCommand: true,
		Subcommands:     []*cli.Command{b.convertHaresourcesCommand()},
		OnUsageError:    badFlag,
		Action: func(c *cli.Context) error {
			err := errors.New("convert needs to know what")
			if c.Args().Present() {
				err = fmt.Errorf("convert does not know %q", c.Args().First())
			}
			return usage(err, "haresources")
		},
	}
}

func (b *toolbox) convertHaresourcesCommand() *cli.Command {
	return &cli.Command{
		Name:            "haresources",
		Usage:           "translate heartbeat's haresources, and what ha.cf says about them",
		ArgsUsage:       "FILE",
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "ha-cf", Usage: "read `FILE` too: where services go back to, fencing, ping nodes"},
			&cli.StringFlag{Name: "provider", Value: "ocfbox", Usage: "use the agents of `NAME`: ocfbox or heartbeat"},
			&cli.StringFlag{Name: "services", Value: "auto", Usage: "take init scripts for `CLASS`: lsb, systemd, or auto for what this host has"},
		},
		Action: b.convertHaresources,
	}
}

func (b *toolbox) convertHaresources(c *cli.Context) error {
	const hint = "see ocfbox convert haresources --help"
	files, set, err := words(c)
	if err != nil {
		return usage(err, hint)
	}
	if wantsHelp(set) {
		return cli.ShowCommandHelp(c.Lineage()[1], c.Command.Name)
	}
	flags := cli.NewContext(c.App, set, nil)
	o := convert.Options{
		HaCf: flags.Path("ha-cf"), Provider: flags.String("provider"), Services: flags.String("services"),
		Exists: func(path string) bool { _, err := os.Stat(path); return err == nil },
		Read:   readText,
	}
	switch {
	case len(files) != 1:
		return usage(errors.New("convert haresources needs one file"), hint)
	case o.Provider != "ocfbox" && o.Provider != "heartbeat":
		return usage(fmt.Errorf("no provider is called %q here", o.Provider), "ocfbox or heartbeat")
	case o.Services != "auto" && o.Services != "lsb" && o.Services != "systemd":
		return usage(fmt.Errorf("no class of services is called %q", o.Services), "lsb, systemd or auto")
	}
	o.Haresources = files[0]
	if o.HaresourcesText, err = readText(o.Haresources); err == nil && o.HaCf != "" {
		o.HaCfText, err = readText(o.HaCf)
	}
	if err != nil {
		return &failure{err: err, code: exitUnknown}
	}
	result := convert.Convert(o)
	for _, remark := range result.Remarks {
		fmt.Fprintln(b.stderr, remark)
	}
	if _, err := io.WriteString(b.stdout, result.Config); err != nil {
		return &failure{err: err, code: exitUnknown}
	}
	if !result.Complete() {
		return silent(exitNo)
	}
	return nil
}

// readText reads a file, or standard input for a dash.
func readText(path string) (string, error) {
	if path == "-" {
		text, err := io.ReadAll(os.Stdin)
		return string(text), err
	}
	text, err := os.ReadFile(path)
	return string(text), err
}
