package main

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/board"
	"ocfbox/test/lab/guide"
	"ocfbox/test/lab/scenario"
)

func demoCommand() *cli.Command {
	var names []string
	for _, s := range shows() {
		names = append(names, s.name)
	}
	return &cli.Command{
		Name:      "demo",
		Usage:     "show what a cluster does for you, in a minute or two",
		ArgsUsage: "[" + strings.Join(names, "|") + "]",
		Flags:     agentFlags(),
		Action:    demo,
	}
}

// A show is a demonstration.
type show struct {
	name, text string
	scenario   scenario.Scenario
	address    netip.Addr
	database   board.Database
}

// shows are the demonstrations; the first is the usual one.
func shows() []show {
	return []show{{
		name: "hana",
		text: `Two real Pacemaker nodes start in namespaces of this machine, each with a SAP HANA whose processes are
real and whose data is simulated. System replication keeps the one on suse02 in sync with the one on
suse01, and the cluster has the configuration of SUSE's guide. A client writes rows through the
cluster's address. Then all processes of the primary are killed.

The table gets a line whenever something changes. For each node: what the cluster thinks of its database
(PROMOTED or DEMOTED, landscape status and site role, sync state, promotion score), and ADDRESS where the
kernel has the address. The last column is the client.`,
		scenario: guide.Demo(), address: netip.MustParseAddr(guide.DemoAddress),
		database: board.Database{SID: guide.DemoSID, Resource: guide.DemoResource},
	}, {
		name: "ip",
		text: `Two real Pacemaker nodes start in namespaces of this machine, each with a network of its own.
A virtual address, held by the agent ocf:ocfbox:IPaddr2, comes up on one of them. Then that node
loses its power. The table gets a line whenever something changes; ADDRESS marks the node whose
kernel has the address, and the last column is a client on the network that keeps connecting to it.`,
		scenario: scenario.DemoAddress(), address: scenario.DemoVirtualAddress(),
	}}
}

func demo(c *cli.Context) error {
	show, err := chooseShow(c.Args().First())
	if err != nil {
		return err
	}
	o, err := options(c)
	if err != nil {
		return err
	}
	say("%s\n", show.text)
	say("starting the cluster ...")
	folder := filepath.Join(os.TempDir(), "ocflab-demo")
	r := scenario.Runner{Options: o, Folder: folder, Out: io.Discard}
	table := board.Board{Out: os.Stdout, Members: o.Nodes, Began: time.Now(), Address: show.address, Database: show.database}
	r.Watch = table.Add
	result := r.Run(c.Context, show.scenario)
	if err := r.Close(); err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	if result.Err != nil {
		return result.Err
	}
	say("")
	conclude(result)
	say("The laboratory is gone again. The record of this run: %s", result.Trajectory)
	say("A picture of it: %s report %s --html demo.html", filepath.Base(os.Args[0]), result.Trajectory)
	return nil
}

func chooseShow(name string) (show, error) {
	var names []string
	for _, s := range shows() {
		if s.name == name || name == "" {
			return s, nil
		}
		names = append(names, s.name)
	}
	return show{}, usage("no demonstration is called %q; there are: %s", name, strings.Join(names, ", "))
}

// conclude says what a newcomer wants to know.
func conclude(r scenario.Result) {
	if t := r.Cost.Takeover; t != nil {
		say("The failure was noticed after %.1f s, the takeover done after %.1f s. Of the %.1f s between, SAP's tools took %.1f s, Pacemaker %.1f s and the agents %.1f s.",
			r.Cost.Detected.Seconds(), r.Cost.Promoted.Seconds(), t.Window.To.Sub(t.Window.From).Seconds(),
			t.SAP.Seconds(), t.Pacemaker.Seconds(), t.Agent.Seconds())
	} else if r.Recovery > 0 {
		say("The address was away from the client for %.1f s, and never on two nodes at once.", r.Recovery.Seconds())
	}
	for _, fact := range r.Facts {
		say("%s.", strings.ToUpper(fact[:1])+fact[1:])
	}
}
