package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/board"
	"ocfbox/test/lab/scenario"
)

func demoCommand() *cli.Command {
	return &cli.Command{
		Name:      "demo",
		Usage:     "show what a cluster does for you, in a minute",
		ArgsUsage: "[ip]",
		Flags:     agentFlags(),
		Action:    demo,
	}
}

// shows are the demonstrations by name; the first is the usual one.
func shows() []struct {
	name, text string
	scenario   scenario.Scenario
} {
	return []struct {
		name, text string
		scenario   scenario.Scenario
	}{{
		name: "ip",
		text: `Two real Pacemaker nodes start in namespaces of this machine, each with a network of its own.
A virtual address, held by the agent ocf:ocfbox:IPaddr2, comes up on one of them. Then that node
loses its power. The table gets a line whenever something changes; ADDRESS marks the node whose
kernel has the address, and the last column is a client on the network that keeps connecting to it.`,
		scenario: scenario.DemoAddress(),
	}}
}

func demo(c *cli.Context) error {
	show := shows()[0]
	if name := c.Args().First(); name != "" {
		found := false
		for _, s := range shows() {
			if s.name == name {
				show, found = s, true
			}
		}
		if !found {
			return usage("no demonstration is called %q; there is: ip", name)
		}
	}
	o, err := options(c)
	if err != nil {
		return err
	}
	say("%s\n", show.text)
	say("starting the cluster ...")
	folder := filepath.Join(os.TempDir(), "ocflab-demo")
	r := scenario.Runner{Options: o, Folder: folder, Out: io.Discard}
	table := board.Board{Out: os.Stdout, Members: o.Nodes, Began: time.Now(), Address: scenario.DemoVirtualAddress()}
	r.Watch = table.Add
	result := r.Run(c.Context, show.scenario)
	if err := r.Close(); err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	if result.Err != nil {
		return result.Err
	}
	say("\nThe address was away from the client for %.1f s, and never on two nodes at once.", result.Recovery.Seconds())
	say("The laboratory is gone again. The record of this run: %s", result.Trajectory)
	say("A picture of it: %s report %s --html demo.html", filepath.Base(os.Args[0]), result.Trajectory)
	return nil
}
