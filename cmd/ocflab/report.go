package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/report"
	"ocfbox/test/lab/trajectory"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "draw a trajectory",
		ArgsUsage: "TRAJECTORY --html FILE",
		Flags:     []cli.Flag{&cli.PathFlag{Name: "html", Usage: "write one HTML page to `FILE`"}},
		Action: func(c *cli.Context) error {
			from, to := c.Args().First(), c.Path("html")
			// The option may come after the trajectory, too.
			if rest := c.Args().Tail(); len(rest) == 2 && rest[0] == "--html" {
				to = rest[1]
			}
			if from == "" || to == "" {
				return usage("report TRAJECTORY --html FILE")
			}
			return draw(from, to)
		},
	}
}

func draw(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	entries, err := trajectory.Read(in)
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	err = errors.Join(report.Write(out, entries), out.Close())
	if err != nil {
		return fmt.Errorf("draw %s: %w", from, err)
	}
	return nil
}
