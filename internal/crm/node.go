package crm

import (
	"context"
	"fmt"
	"strings"
)

// LocalNode is the cluster's name for this node: c.Node where it is set, else what crm_node says. It is
// not always the host's name.
func (c *Cluster) LocalNode(ctx context.Context) (string, error) {
	if c.Node != "" {
		return c.Node, nil
	}
	result, err := c.ask(ctx, nil, toolNode, "--name")
	if err != nil {
		return "", fmt.Errorf("name of the local node: %w", err)
	}
	name := result.Text()
	if name == "" || strings.ContainsAny(name, "\n") {
		return "", fmt.Errorf("name of the local node: %w: %q", ErrGarbled, name)
	}
	return name, nil
}

// A Member is a node as the membership layer knows it.
type Member struct {
	// ID is the number of the node in corosync, Name the cluster's name for it.
	ID, Name string
	// State is member, lost, or empty when the node was never seen. Corosync decides: a node whose
	// Pacemaker has stopped is still a member.
	State string
}

// Members are the nodes that the membership layer knows, past ones included.
func (c *Cluster) Members(ctx context.Context) ([]Member, error) {
	result, err := c.ask(ctx, nil, toolNode, "--list")
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	var members []Member
	for line := range strings.Lines(string(result.Stdout)) {
		words := strings.Fields(line)
		switch len(words) {
		case 0:
			continue
		case 2:
			words = append(words, "")
		case 3:
		default:
			return nil, fmt.Errorf("list nodes: %w: %q", ErrGarbled, line)
		}
		members = append(members, Member{ID: words[0], Name: words[1], State: words[2]})
	}
	if len(members) == 0 {
		return nil, fmt.Errorf("list nodes: %w: nothing printed", ErrGarbled)
	}
	return members, nil
}

// Partition are the names of the nodes that corosync counts as members together with this one.
func (c *Cluster) Partition(ctx context.Context) ([]string, error) {
	result, err := c.ask(ctx, nil, toolNode, "--partition")
	if err != nil {
		return nil, fmt.Errorf("list partition: %w", err)
	}
	names := strings.Fields(result.Text())
	if len(names) == 0 {
		return nil, fmt.Errorf("list partition: %w: nothing printed", ErrGarbled)
	}
	return names, nil
}

// Quorum tells whether the partition of this node has quorum.
func (c *Cluster) Quorum(ctx context.Context) (bool, error) {
	result, err := c.ask(ctx, nil, toolNode, "--quorum")
	if err != nil {
		return false, fmt.Errorf("ask for quorum: %w", err)
	}
	switch result.Text() {
	case "1":
		return true, nil
	case "0":
		return false, nil
	}
	return false, fmt.Errorf("ask for quorum: %w: %q", ErrGarbled, result.Text())
}
