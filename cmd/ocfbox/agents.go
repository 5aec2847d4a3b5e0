package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
)

// An agentEntry is an agent as `ocfbox agents` lists it. The JSON names are a promise.
type agentEntry struct {
	Name      string   `json:"name"`
	Version   string   `json:"version"`
	Short     string   `json:"short"`
	Providers []string `json:"providers"`
	Heartbeat []string `json:"heartbeat,omitempty"`
	Actions   []string `json:"actions"`
}

func (b *toolbox) agentsCommand() *cli.Command {
	return &cli.Command{
		Name:  "agents",
		Usage: "list the resource agents",
		Flags: []cli.Flag{outputFlag()},
		Action: func(c *cli.Context) error {
			if err := noMore(c, 0); err != nil {
				return err
			}
			switch format := c.String("output"); format {
			case "text":
				return writeAgents(b.stdout, agentEntries())
			case "json":
				encoder := json.NewEncoder(b.stdout)
				encoder.SetIndent("", "  ")
				return encoder.Encode(agentEntries())
			default:
				return usage(fmt.Errorf("no output format is called %q", format), "text or json")
			}
		},
	}
}

func outputFlag() cli.Flag {
	return &cli.StringFlag{Name: "output", Value: "text", Usage: "print `FORMAT`: text or json"}
}

func agentEntries() []agentEntry {
	var entries []agentEntry
	for _, agent := range agents.All() {
		entry := agentEntry{
			Name:      agent.Name,
			Version:   agent.Version,
			Short:     agent.Short,
			Providers: providers(agent),
			Actions:   actionNames(agent),
		}
		if agent.Heartbeat != nil {
			entry.Heartbeat = agent.Heartbeat.Names
		}
		entries = append(entries, entry)
	}
	return entries
}

// actionNames are the advertised actions, each once.
func actionNames(agent *ocf.Agent) []string {
	var names []string
	for _, op := range agent.Ops {
		if len(names) == 0 || names[len(names)-1] != op.Name {
			names = append(names, op.Name)
		}
	}
	return names
}

func writeAgents(to io.Writer, entries []agentEntry) error {
	table := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "AGENT\tPROVIDER\tHEARTBEAT\tWHAT")
	for _, entry := range entries {
		heartbeat := "-"
		if len(entry.Heartbeat) > 0 {
			heartbeat = strings.Join(entry.Heartbeat, ",")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n",
			entry.Name, strings.Join(entry.Providers, ","), heartbeat, entry.Short)
	}
	return table.Flush()
}
