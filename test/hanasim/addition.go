package hanasim

import (
	"encoding/json"
	"fmt"
	"time"

	"ocfbox/test/hanasim/install"
	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/writer"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/node"
)

// bootPath is where nodes have the program that installs.
const bootPath = "/usr/lib/ocflab/" + bootName

// Client is hdbsql on machines without a database, Writer the client that writes all the time.
const (
	Client = "/usr/sap/hdbclient/hdbsql"
	Writer = "/usr/lib/ocflab/" + writer.Name
)

// Addition says what the nodes of a laboratory get for a plan: the plan itself, and the program that carries
// it out at the first boot, before the cluster starts.
func Addition(p install.Plan, nodes []string) (cluster.Addition, error) {
	p.Hosts = nodes
	for i := range nodes {
		p.Addresses = append(p.Addresses, cluster.Address(network.Replication, i+1).String())
	}
	if err := p.Check(); err != nil {
		return cluster.Addition{}, fmt.Errorf("plan HANA: %w", err)
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return cluster.Addition{}, err
	}
	return cluster.Addition{
		Image: []node.File{
			{Path: install.PlanFile, Text: string(text) + "\n"},
			{Path: bootPath, Link: node.Binary},
			{Path: Client, Link: node.Binary},
			{Path: Writer, Link: node.Binary},
		},
		Hosts:    nodes,
		Services: []node.Service{{Name: "saphostexec", Args: []string{bootPath}, Ready: process.ReadySocket, Patience: 30 * time.Second}},
	}, nil
}
