package crmtest

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

func (c *command) update(a ask, scope string, n *node) (reply, error) {
	if !a.named {
		return fails(70, "crm_attribute: Error performing operation: Invalid argument")
	}
	if scope == "status" {
		// For a node that is away this succeeds, and is lost when the node comes back.
		if n.running {
			n.attributes[a.name] = a.result(n.attributes[a.name])
			c.flush(n)
		}
		return prints("")
	}
	found := c.matches(a, scope, n)
	switch len(found) {
	case 0:
		return c.create(a, scope, n)
	case 1:
		setAttr(found[0], "value", a.result(found[0].SelectAttrValue("value", "")))
		c.changed(false)
		return prints("")
	}
	return reply{code: 109, out: several(a, found),
		err: "crm_attribute: Please choose from one of the matches below and supply the 'id' with --attr-id\n"}, nil
}

// create adds the pair to the set that was named, or to the default one.
func (c *command) create(a ask, scope string, n *node) (reply, error) {
	parent, tag, set := c.section("crm_config"), "cluster_property_set", "cib-bootstrap-options"
	if scope == "nodes" {
		parent, tag, set = c.definition(n), "instance_attributes", "nodes-"+n.id
	}
	if a.set != "" {
		set = a.set
	}
	if !validID(set) || !validID(pairID(set, a.name)) {
		return fails(78, "Error setting %s=%s (section=%s, set=%s): Update does not conform to the configured schema\n"+
			"crm_attribute: Error performing operation: Unknown error 1016", a.name, a.value, scope, set)
	}
	addPair(child(parent, tag, set), a.name, a.result(""))
	c.changed(false)
	return prints("")
}

func several(a ask, found []*etree.Element) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Multiple attributes match name=%s\n", a.name)
	for _, pair := range found {
		fmt.Fprintf(&b, "  Value: %s \t(id=%s)\n", pair.SelectAttrValue("value", ""), pair.SelectAttrValue("id", ""))
	}
	return b.String()
}

func (c *command) remove(a ask, scope string, n *node) (reply, error) {
	if !a.named {
		return fails(64, "crm_attribute: Error: must specify attribute name or pattern to delete")
	}
	if scope == "status" {
		delete(n.attributes, a.name)
		c.flush(n)
		return prints("")
	}
	found := c.matches(a, scope, n)
	switch len(found) {
	case 0:
		return prints("")
	case 1:
	default:
		return prints(several(a, found))
	}
	what, set := "nodes attribute", ""
	if scope == "crm_config" {
		what = "crm_config option"
	}
	if a.set != "" {
		set = " set=" + a.set
	}
	found[0].Parent().RemoveChild(found[0])
	c.changed(false)
	return prints(fmt.Sprintf("Deleted %s: id=%s%s name=%s\n", what, found[0].SelectAttrValue("id", ""), set, a.name))
}

// crmMaster is the script of that name: crm_attribute on the promotion score, permanent unless told.
func (c *command) crmMaster(args []string) (reply, error) {
	opts := options{tool: "crm_master", getopt: true, all: []option{
		{name: "help"}, {name: "version"}, {letter: 'V', name: "verbose"}, {letter: 'q', name: "quiet"},
		{letter: 'Q', name: "quiet"}, {letter: 'G', name: "query"}, {letter: 'v', name: "update", value: true},
		{letter: 'D', name: "delete"}, {letter: 'N', name: "node", value: true}, {letter: 'U', name: "node", value: true},
		{letter: 'l', name: "lifetime", value: true}, {letter: 'i', name: "id", value: true},
		{letter: 'r', name: "resource", value: true},
	}}
	const usage = "\nUsage: crm_master <command> [<options>]\n\n" +
		"This command is deprecated. Use crm_attribute with the --promotion option\ninstead.\n"
	found, _, refusal := opts.parse(args)
	if refusal != "" {
		return reply{code: 1, out: usage, err: "crm_master: " + refusal + "\n"}, nil
	}
	resource, call := c.env("OCF_RESOURCE_INSTANCE"), "--lifetime forever"
	for _, g := range found {
		switch {
		case g.name == "resource":
			resource = g.value
		default:
			// As it was given, and unquoted.
			call += " " + g.spelled + " " + g.value
		}
	}
	if resource == "" {
		return reply{code: 1, out: usage, err: "error: No resource specified\n"}, nil
	}
	return c.crmAttribute(append([]string{"-n", "master-" + resource}, strings.Fields(call)...))
}
