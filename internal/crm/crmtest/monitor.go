package crmtest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

func (c *command) crmMon(args []string) (reply, error) {
	opts := options{tool: "crm_mon", all: []option{
		{letter: '$', name: "version"}, {letter: 'V', name: "verbose"}, {letter: 'Q', name: "quiet"},
		{letter: '1', name: "one-shot"}, {letter: 'r', name: "inactive"}, {letter: 'A', name: "show-node-attributes"},
		{letter: 'f', name: "failcounts"}, {letter: 'o', name: "operations"}, {letter: 'X', name: "as-xml"},
		{name: "output-as", value: true}, {name: "output-to", value: true}, {letter: 'n', name: "group-by-node"},
		{letter: 'I', name: "include", value: true}, {letter: 'U', name: "exclude", value: true},
		{name: "node", value: true}, {name: "resource", value: true}, {letter: 's', name: "simple-status"},
	}}
	found, _, refusal := opts.parse(args)
	if refusal != "" {
		return fails(64, "crm_mon: %s", refusal)
	}
	form, inactive := "", false
	for _, g := range found {
		switch {
		case g.name == "as-xml":
			form = "crm_mon"
		case g.name == "output-as" && g.value == "xml" && form == "":
			form = "pacemaker-result"
		case g.name == "inactive":
			inactive = true
		case slices.Contains([]string{"one-shot", "verbose", "quiet", "show-node-attributes", "failcounts", "operations"}, g.name):
		case g.name == "output-as" && g.value == "xml":
		default:
			return notImitated("crm_mon --" + g.name)
		}
	}
	if form == "" {
		return notImitated("crm_mon's text output")
	}
	root := etree.NewElement(form)
	if form == "crm_mon" {
		root.CreateAttr("version", Version)
	} else {
		root.CreateAttr("api-version", "2.25")
		root.CreateAttr("request", "crm_mon "+strings.Join(args, " "))
	}
	if !c.local.running {
		return c.monNotConnected(root)
	}
	c.monitor(root, inactive)
	if form != "crm_mon" {
		add(root, "status", "code", "0", "message", "OK")
	}
	return prints(c.print(root))
}

func (c *command) monNotConnected(root *etree.Element) (reply, error) {
	const first = "error: Could not connect to launcher: Connection refused"
	const second = "crm_mon: Connection to cluster failed: Connection refused"
	if root.Tag == "crm_mon" {
		return reply{code: 102, out: c.print(root), err: "Not connected\n" + first + "\n" + second + "\n"}, nil
	}
	errors := add(add(root, "status", "code", "102", "message", "Not connected"), "errors")
	errors.CreateElement("error").SetText(first)
	errors.CreateElement("error").SetText(second)
	return reply{code: 102, out: c.print(root)}, nil
}

// add appends an element with the given attributes: name, value, name, value, and so on.
func add(e *etree.Element, tag string, attributes ...string) *etree.Element {
	child := e.CreateElement(tag)
	for pair := range slices.Chunk(attributes, 2) {
		child.CreateAttr(pair[0], pair[1])
	}
	return child
}

func (c *Cluster) monitor(root *etree.Element, inactive bool) {
	cib := c.cib.Root()
	summary := add(root, "summary")
	if dc := c.byID(cib.SelectAttrValue("dc-uuid", "")); dc != nil {
		add(summary, "current_dc", "present", "true", "version", Version+"-a3f44794f94", "name", dc.name, "id", dc.id,
			"with_quorum", strconv.FormatBool(cib.SelectAttrValue("have-quorum", "") == "1"))
	} else {
		add(summary, "current_dc", "present", "false")
	}
	add(summary, "last_change", "time", cib.SelectAttrValue("cib-last-written", ""))
	add(summary, "cluster_options", "stonith-enabled", c.property("stonith-enabled", "true"),
		"maintenance-mode", c.property("maintenance-mode", "false"))
	nodes := add(root, "nodes")
	for _, n := range c.nodes {
		c.monitorNode(nodes, n)
	}
	resources := add(root, "resources")
	for _, e := range c.section("resources").ChildElements() {
		c.monitorResource(resources, e, inactive)
	}
	attributes := add(root, "node_attributes")
	for _, n := range c.nodes {
		if n.running {
			c.monitorAttributes(add(attributes, "node", "name", n.name), n)
		}
	}
	c.monitorHistory(add(root, "node_history"))
}

func (c *Cluster) byID(id string) *node {
	i := slices.IndexFunc(c.nodes, func(n *node) bool { return n.id == id })
	if i < 0 {
		return nil
	}
	return c.nodes[i]
}

func (c *Cluster) property(name, otherwise string) string {
	for _, pair := range c.matches(ask{name: name, named: true}, "crm_config", nil) {
		return pair.SelectAttrValue("value", "")
	}
	return otherwise
}

// values are what the CIB holds for n, the transient ones over the permanent ones.
func (c *Cluster) values(n *node) map[string]string {
	values := map[string]string{}
	for _, scope := range []string{"nodes", "status"} {
		for _, pair := range c.matches(ask{}, scope, n) {
			values[pair.SelectAttrValue("name", "")] = pair.SelectAttrValue("value", "")
		}
	}
	return values
}

func (c *Cluster) monitorNode(nodes *etree.Element, n *node) {
	values, running := c.values(n), 0
	for _, places := range c.placed {
		for _, p := range places {
			if p.node == n.name {
				running++
			}
		}
	}
	flag := strconv.FormatBool
	expected := c.state(n).SelectAttrValue("expected", "") == "member"
	add(nodes, "node", "name", n.name, "id", n.id, "online", flag(n.running && !n.lost),
		"standby", flag(on(values["standby"])), "standby_onfail", "false", "maintenance", flag(on(values["maintenance"])),
		"pending", "false", "unclean", flag(n.lost && expected && on(c.property("stonith-enabled", "true"))),
		"shutdown", "false", "expected_up", flag(expected),
		"is_dc", flag(c.cib.Root().SelectAttrValue("dc-uuid", "") == n.id),
		"resources_running", strconv.Itoa(running), "type", "member")
}

func on(text string) bool {
	return slices.Contains([]string{"true", "on", "yes", "y", "1"}, strings.ToLower(text))
}

func (c *Cluster) monitorAttributes(e *etree.Element, n *node) {
	values := c.values(n)
	for _, name := range sorted(values) {
		// crm_mon leaves out what Pacemaker keeps for itself.
		if strings.HasPrefix(name, "#") || strings.HasPrefix(name, "fail-count-") ||
			strings.HasPrefix(name, "last-failure-") || name == "standby" || name == "shutdown" || name == "terminate" {
			continue
		}
		add(e, "attribute", "name", name, "value", values[name])
	}
}
