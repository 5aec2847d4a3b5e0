package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/network"
)

func crashCommand() *cli.Command {
	return &cli.Command{
		Name:      "crash",
		Usage:     "take the power from a node; its disk is kept",
		ArgsUsage: "NODE",
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("crash needs a node")
			}
			lab, err := open(c)
			if err != nil {
				return err
			}
			return lab.Crash(c.Context, c.Args().First())
		},
	}
}

func bootCommand() *cli.Command {
	return &cli.Command{
		Name:      "boot",
		Usage:     "switch a node on; returns when its services answer",
		ArgsUsage: "NODE",
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("boot needs a node")
			}
			lab, err := open(c)
			if err != nil {
				return err
			}
			return lab.Boot(c.Context, c.Args().First())
		},
	}
}

func cutCommand() *cli.Command  { return linkCommand("cut", "cut", true) }
func healCommand() *cli.Command { return linkCommand("heal", "heal", false) }

// linkCommand is cut or heal: of one node's cable, or of those of all nodes.
func linkCommand(name, verb string, cut bool) *cli.Command {
	return &cli.Command{
		Name:      name,
		Usage:     verb + " a link (client, cluster or replication), of all nodes or of one",
		ArgsUsage: "LINK",
		Flags:     []cli.Flag{&cli.StringFlag{Name: "node", Usage: "only the cable of `NODE`"}},
		Action: func(c *cli.Context) error {
			link, only := c.Args().First(), c.String("node")
			// The options may come after the link, too.
			if rest := c.Args().Tail(); len(rest) == 2 && rest[0] == "--node" {
				only = rest[1]
			} else if len(rest) > 0 {
				return usage("%s LINK [--node NODE]", name)
			}
			if !slices.Contains(network.Links(), link) {
				return usage("link %q is unknown; there are %v", link, network.Links())
			}
			return setLink(c, link, only, cut)
		},
	}
}

func setLink(c *cli.Context, link, only string, cut bool) error {
	lab, err := open(c)
	if err != nil {
		return err
	}
	nodes := []string{only}
	if only == "" {
		if nodes, err = lab.Members(c.Context); err != nil {
			return err
		}
	}
	for _, n := range nodes {
		if err := lab.SetLink(c.Context, n, link, cut); err != nil {
			return err
		}
	}
	return nil
}

func fencingCommand() *cli.Command {
	return &cli.Command{
		Name:      "fencing",
		Usage:     "make the fencing device work, fail, hang or lie",
		ArgsUsage: "works|fails|hangs|lies|swears",
		Action: func(c *cli.Context) error {
			mode := fence.Mode(c.Args().First())
			if !slices.Contains(fence.Modes(), mode) {
				return usage("fencing mode %q is unknown; there are %v", mode, fence.Modes())
			}
			lab, err := open(c)
			if err != nil {
				return err
			}
			return lab.SetFencing(c.Context, mode)
		},
	}
}
