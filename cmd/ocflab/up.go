package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
)

func upCommand() *cli.Command {
	return &cli.Command{
		Name:  "up",
		Usage: "bring a cluster up",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "nodes", Value: 2, Usage: "number of nodes, 2 to 5"},
			&cli.StringFlag{Name: "names", Usage: "names of the nodes, separated by commas"},
			&cli.PathFlag{Name: "config", Usage: "crmsh configuration `FILE` to load, or heartbeat's haresources"},
			&cli.StringFlag{Name: "stack", Value: "pacemaker", Usage: "cluster software: `pacemaker|heartbeat`"},
			&cli.StringSliceFlag{Name: "pacemaker-env", Usage: "variable of Pacemaker's service, such as PCMK_fail_fast=yes: `NAME=VALUE` (may be repeated)"},
			&cli.StringFlag{Name: "with", Usage: "simulators and devices: `hana,drbd,shared-disk`"},
		}, slices.Concat(hanaFlags(), drbdFlags(), diskFlags(), agentFlags())...),
		Action: up,
	}
}

func agentFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "agents", Value: "ours", EnvVars: []string{"OCFLAB_AGENTS"}, Usage: "`ours|DIR`: the agents that nodes find as ocf:ocfbox and ocf:suse"},
		&cli.PathFlag{Name: "ocfbox", Usage: "our agents' `PROGRAM` (default: ocfbox beside ocflab)"},
	}
}

func up(c *cli.Context) error {
	if c.Args().Present() {
		return usage("up takes no arguments, only options")
	}
	o, err := options(c)
	if err != nil {
		return err
	}
	plan, err := additions(c, &o)
	if err != nil {
		return err
	}
	if file := c.Path("config"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		o.Config = string(text)
	}
	if err := stack(c.String("stack"), &o); err != nil {
		return err
	}
	o.PacemakerEnv = c.StringSlice("pacemaker-env")
	if err := o.Check(); err != nil {
		return usage("%v", err)
	}
	if err := bringUp(c.Context, o); err != nil {
		return err
	}
	return startDatabases(c.Context, o, plan)
}

// stack chooses the cluster software. Heartbeat's configuration is a file of haresources.
func stack(name string, o *cluster.Options) error {
	switch name {
	case cluster.SoftwarePacemaker:
	case cluster.SoftwareHeartbeat:
		o.Heartbeat, o.Config = &cluster.Heartbeat{Haresources: o.Config}, ""
	default:
		return usage("--stack %s is unknown; there are pacemaker and heartbeat", name)
	}
	return nil
}

func options(c *cli.Context) (cluster.Options, error) {
	place, err := place()
	if err != nil {
		return cluster.Options{}, err
	}
	nodes := c.Int("nodes")
	if nodes == 0 {
		nodes = 2
	}
	o := cluster.Options{Place: place, Nodes: cluster.Names(nodes)}
	if names := c.String("names"); names != "" {
		o.Nodes = strings.Split(names, ",")
	}
	o.Agents, err = agents(c)
	return o, err
}

func place() (rack.Place, error) {
	p, err := rack.NewPlace(os.Getenv("OCFLAB_ID"))
	if err != nil {
		return p, cli.Exit(fmt.Errorf("OCFLAB_ID: %w", err), exitUsage)
	}
	return p, nil
}

func bringUp(ctx context.Context, o cluster.Options) error {
	begin := time.Now()
	if _, err := cluster.Start(ctx, o, say); err != nil {
		return err
	}
	say("laboratory %s is up after %.1f s", o.Place.Label(), time.Since(begin).Seconds())
	return nil
}

func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// agents finds out which agents the nodes get.
func agents(c *cli.Context) (cluster.Agents, error) {
	if folder := c.String("agents"); folder != "ours" {
		folder, err := filepath.Abs(folder)
		return cluster.Agents{Folder: folder}, err
	}
	binary := c.Path("ocfbox")
	if binary == "" {
		own, err := os.Executable()
		if err != nil {
			return cluster.Agents{}, err
		}
		binary = filepath.Join(filepath.Dir(own), "ocfbox")
	}
	return cluster.Ours(c.Context, binary)
}

func downCommand() *cli.Command {
	return &cli.Command{
		Name:  "down",
		Usage: "end the laboratory and remove everything that belongs to it, whatever state it is in",
		Action: func(c *cli.Context) error {
			p, err := place()
			if err != nil {
				return err
			}
			found, err := rack.Remove(p)
			if err != nil {
				return fmt.Errorf("end laboratory %s: %w", p.Label(), err)
			}
			if !found {
				say("laboratory %s is not up", p.Label())
				return nil
			}
			say("laboratory %s is gone", p.Label())
			return nil
		},
	}
}
