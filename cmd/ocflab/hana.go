package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/fault"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/lab/cluster"
)

func hanaFlags() []cli.Flag {
	p := install.Default()
	return []cli.Flag{
		&cli.StringFlag{Name: "hana", Value: string(p.State), Usage: "`installed|registered|running`: how far the databases are set up"},
		&cli.StringFlag{Name: "sid", Value: p.SID, Usage: "SID of the databases"},
		&cli.StringFlag{Name: "instance", Value: p.Number, Usage: "their instance `NUMBER`"},
		&cli.StringFlag{Name: "sites", Value: strings.Join(p.Sites, ","), Usage: "names of the sites, in the order of the nodes"},
		&cli.StringFlag{Name: "replication-mode", Value: string(p.Mode), Usage: "sync, syncmem or async"},
		&cli.StringFlag{Name: "operation-mode", Value: p.OperationMode, Usage: "logreplay, delta_datashipping or logreplay_readaccess"},
		&cli.BoolFlag{Name: "chain", Usage: "the third site gets its data from the second one"},
		&cli.StringFlag{Name: "tenants", Usage: "names of further tenant databases"},
		&cli.Float64Flag{Name: "speed", Value: p.Speed, Usage: "by how much the databases are faster than SAP's"},
	}
}

// additions puts what --with names into the laboratory. The plan is nil without HANA.
func additions(c *cli.Context, o *cluster.Options) (*install.Plan, error) {
	with := strings.FieldsFunc(c.String("with"), func(r rune) bool { return r == ',' })
	for _, name := range with {
		if !slices.Contains([]string{"hana", "drbd", "shared-disk"}, name) {
			return nil, usage("--with %s is not available; there are hana, drbd and shared-disk", name)
		}
	}
	if slices.Contains(with, "shared-disk") {
		if err := addDisk(c, o); err != nil {
			return nil, err
		}
	}
	if slices.Contains(with, "drbd") {
		if err := addDRBD(c, o); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(with, "hana") {
		return nil, nil
	}
	p := install.Plan{
		SID: c.String("sid"), Number: c.String("instance"), Sites: strings.Split(c.String("sites"), ","), State: install.State(c.String("hana")),
		Mode: core.Mode(c.String("replication-mode")), OperationMode: c.String("operation-mode"), Chain: c.Bool("chain"), Speed: c.Float64("speed"),
	}
	if tenants := c.String("tenants"); tenants != "" {
		p.Tenants = strings.Split(tenants, ",")
	}
	a, err := hanasim.Addition(p, o.Nodes)
	if err != nil {
		return nil, usage("%v", err)
	}
	o.Additions = append(o.Additions, a)
	return &p, nil
}

// startDatabases starts what is to run when the laboratory is up.
func startDatabases(ctx context.Context, o cluster.Options, p *install.Plan) error {
	if p == nil || p.State != install.Running {
		return nil
	}
	lab, err := cluster.Open(ctx, o.Place)
	if err != nil {
		return err
	}
	say("starting the databases")
	return hanasim.Start(ctx, lab, *p, o.Nodes)
}

func hanaCommand() *cli.Command {
	return &cli.Command{
		Name:      "hana",
		Usage:     "make a command of the simulated HANA hang, be deaf, fail, be slow, print rubbish, or work again",
		ArgsUsage: "NODE hang|deaf|fail[:CODE]|slow[:TIME]|rubbish[:CODE]|works COMMAND [FUNCTION]",
		Action: func(c *cli.Context) error {
			if c.NArg() < 3 || c.NArg() > 4 {
				return usage("hana needs a node, a behaviour and a command: ocflab hana suse01 hang sapcontrol GetProcessList")
			}
			lab, err := open(c)
			if err != nil {
				return err
			}
			if err := hanasim.Switch(c.Context, lab, c.Args().Get(0), c.Args().Get(1), c.Args().Get(2), c.Args().Get(3)); err != nil {
				return usage("%v; behaviours are %v", err, fault.Kinds())
			}
			return nil
		},
	}
}
