package crmtest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

func attributeOptions() options {
	return options{tool: "crm_attribute", all: []option{
		{letter: '$', name: "version"}, {letter: 'V', name: "verbose"}, {letter: 'q', name: "quiet"},
		{letter: 'Q', name: "quiet"}, {letter: 'i', name: "id", value: true}, {letter: 'n', name: "name", value: true},
		{letter: 'P', name: "pattern", value: true}, {letter: 'p', name: "promotion", optional: true},
		{letter: 's', name: "set-name", value: true}, {letter: 'D', name: "delete"}, {letter: 'G', name: "query"},
		{letter: 'v', name: "update", value: true}, {letter: 'd', name: "default", value: true},
		{letter: 'l', name: "lifetime", value: true}, {letter: 'N', name: "node", value: true},
		{letter: 't', name: "type", value: true}, {letter: 'z', name: "utilization"},
		{name: "output-as", value: true}, {name: "output-to", value: true},
		// Names of before 2.1.
		{letter: 'U', name: "node-uname", value: true}, {name: "attr-name", value: true},
		{name: "attr-value", value: true}, {name: "get-value"}, {name: "delete-attr"}, {name: "attr-id", value: true},
	}}
}

// An ask is one call of crm_attribute, understood.
type ask struct {
	name, set, id    string
	node, kind, life string
	command          string
	value, def       string
	named, defaulted bool
	promotion, quiet bool
}

func (c *command) crmAttribute(args []string) (reply, error) {
	if c.env("CHARSET") != "UTF-8" && !ascii(args) || !utf8.ValidString(strings.Join(args, "")) {
		return fails(64, "crm_attribute: Invalid byte sequence in conversion input")
	}
	found, _, refusal := attributeOptions().parse(args)
	if refusal != "" {
		return fails(64, "crm_attribute: %s", refusal)
	}
	a, odd := understand(found)
	if odd != "" {
		return notImitated("crm_attribute --" + odd)
	}
	if a.command == "version" {
		return prints("Pacemaker " + Version + "\nWritten by Andrew Beekhof and the Pacemaker project contributors\n")
	}
	if a.promotion {
		if a.name == "" {
			a.name = c.env("OCF_RESOURCE_INSTANCE")
		}
		if a.name == "" {
			return fails(64, "crm_attribute: -p/--promotion must be called from an OCF resource agent or with a resource ID specified")
		}
		a.name, a.named = "master-"+a.name, true
		if a.kind == "" && a.life == "" {
			a.life = "reboot"
		}
	}
	return c.attribute(a)
}

func ascii(args []string) bool {
	return !strings.ContainsFunc(strings.Join(args, ""), func(r rune) bool { return r >= utf8.RuneSelf })
}

// understand settles which of several options wins: the last one. Odd is one that is not imitated.
func understand(found []given) (a ask, odd string) {
	a.command = "query"
	for _, g := range found {
		switch g.name {
		case "name", "attr-name":
			a.name, a.named = g.value, true
		case "set-name":
			a.set = g.value
		case "id", "attr-id":
			a.id = g.value
		case "node", "node-uname":
			a.node = g.value
		case "type":
			a.kind = g.value
		case "lifetime":
			a.life = g.value
		case "promotion":
			a.promotion, a.name = true, g.value
		case "update", "attr-value":
			a.command, a.value = "update", g.value
		case "delete", "delete-attr":
			a.command = "delete"
		case "query", "get-value":
			a.command = "query"
		case "version":
			a.command = "version"
		case "default":
			a.def, a.defaulted = g.value, true
		case "quiet":
			a.quiet = true
		case "verbose":
		default:
			return a, g.name
		}
	}
	return a, ""
}

// scope is the section of the CIB that a is about: status, nodes, crm_config; or empty for one that
// Pacemaker does not know.
func (a ask) scope() string {
	kind := a.life
	if kind == "" {
		kind = a.kind
	}
	switch {
	case kind == "reboot", kind == "status":
		return "status"
	case kind == "forever", kind == "nodes", kind == "" && a.node != "":
		return "nodes"
	case kind == "" || kind == "crm_config":
		return "crm_config"
	case kind == "rsc_defaults", kind == "op_defaults", kind == "tickets":
		return kind
	}
	return ""
}

func (c *command) attribute(a ask) (reply, error) {
	scope := a.scope()
	switch {
	case !c.local.running:
		return fails(102, "crm_attribute: Could not connect to the CIB: Transport endpoint is not connected")
	case scope == "":
		return fails(76, "crm_attribute: Error performing operation: No message of desired type")
	case scope == "rsc_defaults", scope == "op_defaults", scope == "tickets":
		return notImitated("crm_attribute --type=" + scope)
	}
	target := c.local
	if name := c.env("OCF_RESKEY_CRM_meta_on_node"); a.node == "" && name != "" {
		a.node = name
	}
	if a.node != "" && scope != "crm_config" {
		if target = c.node(a.node); target == nil {
			return fails(105, "crm_attribute: Could not map name=%s to a UUID", a.node)
		}
	}
	switch a.command {
	case "update":
		return c.update(a, scope, target)
	case "delete":
		return c.remove(a, scope, target)
	}
	return c.query(a, scope, target)
}

// matches are the nvpairs that a is about. Without a name all are.
func (c *Cluster) matches(a ask, scope string, n *node) (found []*etree.Element) {
	for _, set := range c.sets(scope, n) {
		if a.set != "" && set.SelectAttrValue("id", "") != a.set {
			continue
		}
		for _, pair := range set.SelectElements("nvpair") {
			if a.named && pair.SelectAttrValue("name", "") != a.name || a.id != "" && pair.SelectAttrValue("id", "") != a.id {
				continue
			}
			found = append(found, pair)
		}
	}
	return found
}

func (c *Cluster) sets(scope string, n *node) []*etree.Element {
	switch scope {
	case "crm_config":
		return c.section("crm_config").SelectElements("cluster_property_set")
	case "nodes":
		if e := c.definition(n); e != nil {
			return e.SelectElements("instance_attributes")
		}
		return nil
	}
	if e := c.state(n).SelectElement("transient_attributes"); e != nil {
		return e.SelectElements("instance_attributes")
	}
	return nil
}

func (c *command) query(a ask, scope string, n *node) (reply, error) {
	var out strings.Builder
	show := func(name, value string) {
		if a.quiet {
			fmt.Fprintln(&out, value)
			return
		}
		fmt.Fprintf(&out, "scope=%s  name=%s value=%s\n", scope, name, value)
	}
	found := c.matches(a, scope, n)
	for _, pair := range found {
		show(pair.SelectAttrValue("name", ""), pair.SelectAttrValue("value", ""))
	}
	switch {
	case len(found) == 0 && a.defaulted:
		show(a.name, a.def)
	case len(found) == 0:
		return fails(105, "crm_attribute: Error performing operation: No such device or address")
	}
	return prints(out.String())
}

// count does the sums of value++ and value+=N.
func (a ask) result(old string) string {
	n, _ := strconv.Atoi(old)
	if strings.HasPrefix(a.value, "value++") {
		return strconv.Itoa(n + 1)
	}
	if by, ok := strings.CutPrefix(a.value, "value+="); ok {
		m, _ := strconv.Atoi(by)
		return strconv.Itoa(n + m)
	}
	return escape(a.value)
}
