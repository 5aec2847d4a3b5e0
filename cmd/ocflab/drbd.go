package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"ocfbox/test/drbdsim"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/daemon"
	"ocfbox/test/hanasim/fault"
	"ocfbox/test/lab/cluster"
)

func drbdFlags() []cli.Flag {
	p := drbdsim.Default()
	return []cli.Flag{
		&cli.StringFlag{Name: "drbd", Value: string(p.State), Usage: "`unloaded|created|up`: how far DRBD is set up when nodes boot"},
		&cli.StringFlag{Name: "drbd-version", Value: "8.4", Usage: "8.4 or 9"},
		&cli.StringFlag{Name: "drbd-resources", Value: strings.Join(p.Resources, ","), Usage: "`NAMES` of its resources"},
		&cli.IntFlag{Name: "drbd-volumes", Value: p.Volumes, Usage: "volumes of each"},
		&cli.Int64Flag{Name: "drbd-size", Value: p.SizeKiB, Usage: "size of each, in `KIB`"},
		&cli.Int64Flag{Name: "drbd-rate", Value: p.RateKiB, Usage: "speed of resyncs, in `KIB` a second"},
		&cli.StringFlag{Name: "drbd-net", Usage: "further options of section net: `\"fencing resource-only;\"`"},
	}
}

// addDRBD puts DRBD into the laboratory.
func addDRBD(c *cli.Context, o *cluster.Options) error {
	p := drbdsim.Plan{
		State: daemon.State(c.String("drbd")), Resources: strings.Split(c.String("drbd-resources"), ","), Volumes: c.Int("drbd-volumes"),
		SizeKiB: c.Int64("drbd-size"), RateKiB: c.Int64("drbd-rate"), Net: c.String("drbd-net"),
		Generation: map[string]core.Generation{"8.4": core.Gen84, "9": core.Gen9}[c.String("drbd-version")],
	}
	a, err := drbdsim.Addition(p, o.Nodes)
	if err != nil {
		return usage("%v", err)
	}
	o.Additions = append(o.Additions, a)
	return nil
}

func drbdCommand() *cli.Command {
	return &cli.Command{
		Name:      "drbd",
		Usage:     "make a command of the simulated DRBD hang, be deaf, fail, be slow, print rubbish, or work again",
		ArgsUsage: "NODE hang|deaf|fail[:CODE]|slow[:TIME]|rubbish[:CODE]|works drbdadm|drbdsetup [FUNCTION]",
		Action: func(c *cli.Context) error {
			if c.NArg() < 3 || c.NArg() > 4 {
				return usage("drbd needs a node, a behaviour and a command: ocflab drbd suse01 hang drbdsetup events2")
			}
			lab, err := open(c)
			if err != nil {
				return err
			}
			if err := drbdsim.Switch(c.Context, lab, c.Args().Get(0), c.Args().Get(1), c.Args().Get(2), c.Args().Get(3)); err != nil {
				return usage("%v; behaviours are %v", err, fault.Kinds())
			}
			return nil
		},
	}
}
