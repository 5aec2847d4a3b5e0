package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
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
					&cli.IntFlag{Name: "lanes", Value: 1, Usage: "how many laboratories run scenarios at the same time"},
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
	results, err := runIn(c, o, folder, chosen)
	failed := 0
	for _, result := range results {
		if result.Err != nil {
			failed++
		}
	}
	fmt.Printf("\n%s\n%d of %d passed\n", scenario.Table(results), len(results)-failed, len(chosen))
	if failed > 0 || len(results) < len(chosen) {
		err = errors.Join(err, cli.Exit("", exitNo))
	}
	return err
}

// runIn runs scenarios in as many laboratories as there are lanes, and ends those.
func runIn(c *cli.Context, o cluster.Options, folder string, chosen []scenario.Scenario) ([]scenario.Result, error) {
	var runners []*scenario.Runner
	for lane := range max(1, c.Int("lanes")) {
		r := &scenario.Runner{Options: o, Folder: folder, Bars: c.Bool("bars")}
		if lane > 0 {
			p, err := rack.NewPlace(fmt.Sprintf("%s%d", o.Place.ID, lane+1))
			if err != nil {
				return nil, err
			}
			r.Options.Place = p
		}
		runners = append(runners, r)
	}
	results := scenario.Lanes(c.Context, runners, chosen, os.Stdout)
	var err error
	for _, r := range runners {
		err = errors.Join(err, r.Close())
	}
	return results, err
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
