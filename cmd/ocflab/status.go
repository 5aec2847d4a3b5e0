package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
)

func statusCommand() *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "show nodes, links, fencing and what the cluster says",
		Flags: []cli.Flag{&cli.StringFlag{Name: "output", Value: "text", Usage: "`text|json`"}},
		Action: func(c *cli.Context) error {
			lab, err := open(c)
			if err != nil {
				return err
			}
			s, err := observe(c.Context, lab)
			if err != nil {
				return err
			}
			switch c.String("output") {
			case "json":
				out := json.NewEncoder(os.Stdout)
				out.SetIndent("", "  ")
				return out.Encode(s)
			case "text":
				return s.print(os.Stdout)
			}
			return usage("--output %q is unknown; there are text and json", c.String("output"))
		},
	}
}

// A state is what status prints. Its JSON form is a promise.
type state struct {
	rack.Status
	Cluster *clusterReport `json:"cluster,omitempty"`
}

type clusterReport struct {
	SeenBy    string             `json:"seen_by"`
	DC        string             `json:"dc"`
	Quorate   bool               `json:"quorate"`
	Nodes     []cluster.NodeView `json:"nodes"`
	Resources []cluster.Resource `json:"resources"`
	Failures  []string           `json:"failures"`
}

// observe asks the rack, and the first node that answers.
func observe(ctx context.Context, lab *cluster.Lab) (state, error) {
	status, err := lab.Status(ctx)
	if err != nil {
		return state{}, err
	}
	r := state{Status: status}
	r.Nodes = nil
	for _, n := range status.Nodes {
		if n.Observer {
			continue
		}
		r.Nodes = append(r.Nodes, n)
		if !n.On || r.Cluster != nil {
			continue
		}
		if v, err := lab.View(ctx, n.Name); err == nil {
			r.Cluster = &clusterReport{n.Name, v.DC, v.Quorate, v.Nodes, v.Resources, v.Failures}
		}
	}
	return r, nil
}

func (r state) print(w io.Writer) error {
	for _, n := range r.Nodes {
		word := "on"
		if !n.On {
			word = "off"
		}
		for _, link := range n.Cut {
			word += ", link " + link + " cut"
		}
		for _, d := range n.Disks {
			word += fmt.Sprintf(", disk %s (%s)", d.Name, d.Device)
			if len(d.Mounts) > 0 {
				word += " on " + strings.Join(d.Mounts, " and ")
			}
		}
		fmt.Fprintf(w, "%-12s %s\n", n.Name, word)
	}
	for _, e := range r.Clashes {
		fmt.Fprintf(w, "%-12s %s at %s\n", e.Node, e.Detail, e.Time.Format("15:04:05.000"))
	}
	fmt.Fprintf(w, "%-12s %s\n", "fencing", r.Fencing)
	if r.Cluster == nil {
		_, err := fmt.Fprintln(w, "no node answers for the cluster")
		return err
	}
	view := cluster.View{
		Leaderless: r.Software == cluster.SoftwareHeartbeat, DC: r.Cluster.DC, Quorate: r.Cluster.Quorate,
		Nodes: r.Cluster.Nodes, Resources: r.Cluster.Resources, Failures: r.Cluster.Failures,
	}
	_, err := fmt.Fprintf(w, "\nas %s sees it:\n  %s\n", r.Cluster.SeenBy, strings.ReplaceAll(view.String(), ", ", "\n  "))
	return err
}
