package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/repertoire"
	"ocfbox/test/lab/scenario"
)

func scenarioCommand() *cli.Command {
	return &cli.Command{
		Name:  "scenario",
		Usage: "list and run procedures that fail and recover a cluster",
		Subcommands: []*cli.Command{
			{Name: "list", Usage: "list all scenarios", Action: listScenarios},
			{
				Name: "run", Usage: "run scenarios in a laboratory of their own", ArgsUsage: "[NAME...]",
				Flags: append([]cli.Flag{
					&cli.BoolFlag{Name: "all", Usage: "run all"},
					&cli.BoolFlag{Name: "smoke", Usage: "run the short selection"},
					&cli.BoolFlag{Name: "bars", Usage: "a scenario that takes longer or costs more than it may has failed"},
					&cli.PathFlag{Name: "folder", Usage: "where trajectories and logs go: `DIR` (default: a new one for temporary files)"},
				}, agentFlags()...),
				Action: runScenarios,
			},
		},
	}
}

func listScenarios(*cli.Context) error {
	for _, s := range repertoire.All() {
		mark := ""
		if s.Smoke {
			mark = "smoke"
		}
		fmt.Printf("%-34s %-6s %s\n", s.Name, mark, s.Title)
	}
	return nil
}

func runScenarios(c *cli.Context) error {
	chosen, err := choose(c)
	if err != nil {
		return err
	}
	o, err := options(c)
	if err != nil {
		return err
	}
	folder := c.Path("folder")
	if folder == "" {
		folder = filepath.Join(os.TempDir(), "ocflab-"+time.Now().Format("20060102-150405"))
	}
	r := scenario.Runner{Options: o, Folder: folder, Out: os.Stdout, Bars: c.Bool("bars")}
	var results []scenario.Result
	failed := 0
	for _, s := range chosen {
		if c.Context.Err() != nil {
			break
		}
		result := r.Run(c.Context, s)
		results = append(results, result)
		if result.Err != nil {
			failed++
		}
	}
	err = r.Close()
	fmt.Printf("\n%s\n%d of %d passed\n", scenario.Table(results), len(results)-failed, len(chosen))
	if failed > 0 || len(results) < len(chosen) {
		err = errors.Join(err, cli.Exit("", exitNo))
	}
	return err
}

func choose(c *cli.Context) ([]scenario.Scenario, error) {
	switch {
	case c.Bool("all"):
		return repertoire.All(), nil
	case c.Bool("smoke"):
		return repertoire.Smoke(), nil
	case c.NArg() == 0:
		return nil, usage("name scenarios, or say --all or --smoke")
	}
	chosen, err := repertoire.Find(c.Args().Slice())
	if err != nil {
		return nil, cli.Exit(err, exitUsage)
	}
	return chosen, nil
}
