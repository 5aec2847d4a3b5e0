package crmtest

import (
	"fmt"
	"strconv"
	"strings"
)

func (c *command) crmNode(args []string) (reply, error) {
	opts := options{tool: "crm_node", all: []option{
		{letter: '$', name: "version"}, {letter: 'V', name: "verbose"}, {letter: 'Q', name: "quiet"},
		{letter: 'i', name: "cluster-id"}, {letter: 'l', name: "list"}, {letter: 'n', name: "name"},
		{letter: 'p', name: "partition"}, {letter: 'q', name: "quorum"}, {letter: 'f', name: "force"},
		{letter: 'N', name: "name-for-id", value: true}, {letter: 'R', name: "remove", value: true},
	}}
	found, _, refusal := opts.parse(args)
	if refusal != "" {
		return fails(64, "crm_node: %s", refusal)
	}
	command, id := "", ""
	for _, g := range found {
		switch g.name {
		case "verbose", "quiet", "force":
		default:
			command, id = g.name, g.value
		}
	}
	if name := c.env("OCF_RESKEY_CRM_meta_on_node"); command == "name" && name != "" {
		return prints(name + "\n")
	}
	switch {
	case command == "":
		return fails(64, "Usage:\n  crm_node [OPTION…]")
	case command == "remove", command == "version":
		return notImitated("crm_node --" + command)
	case !c.local.running:
		return fails(102, "error: Could not connect to controller: Connection refused")
	}
	return c.nodeAnswer(command, id)
}

func (c *command) nodeAnswer(command, id string) (reply, error) {
	var list, partition strings.Builder
	for _, n := range c.nodes {
		state := "lost"
		if !n.lost {
			state = "member"
			partition.WriteString(n.name + " ")
		}
		fmt.Fprintf(&list, "%s %s %s\n", n.id, n.name, state)
	}
	switch command {
	case "name":
		return prints(c.local.name + "\n")
	case "cluster-id":
		return prints(c.local.id + "\n")
	case "quorum":
		return prints(c.cib.Root().SelectAttrValue("have-quorum", "0") + "\n")
	case "partition":
		return prints(partition.String() + "\n")
	case "list":
		return prints(list.String())
	}
	wanted, _ := strconv.Atoi(id)
	if wanted == 0 {
		return prints(c.local.name + "\n")
	}
	for _, n := range c.nodes {
		if n.id == strconv.Itoa(wanted) {
			return prints(n.name + "\n")
		}
	}
	return reply{code: 68, err: "Node is not known to cluster"}, nil
}
