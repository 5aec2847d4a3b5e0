package crmtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/beevik/etree"
)

const featureSet = "3.16.1"

func emptyCIB() *etree.Document {
	doc := etree.NewDocument()
	cib := doc.CreateElement("cib")
	for _, pair := range [][2]string{
		{"crm_feature_set", featureSet}, {"validate-with", "pacemaker-3.9"}, {"epoch", "1"},
		{"num_updates", "0"}, {"admin_epoch", "0"}, {"cib-last-written", "Mon Jan  1 00:00:00 2024"},
	} {
		cib.CreateAttr(pair[0], pair[1])
	}
	configuration := cib.CreateElement("configuration")
	options := configuration.CreateElement("crm_config").CreateElement("cluster_property_set")
	options.CreateAttr("id", "cib-bootstrap-options")
	addPair(options, "dc-version", Version+"-a3f44794f94")
	addPair(options, "cluster-infrastructure", "corosync")
	for _, section := range []string{"nodes", "resources", "constraints"} {
		configuration.CreateElement(section)
	}
	cib.CreateElement("status")
	return doc
}

// section is the element of that name in the configuration, or the status section; nil when missing.
func (c *Cluster) section(name string) *etree.Element {
	if name == "status" || name == "configuration" {
		return c.cib.Root().SelectElement(name)
	}
	return c.cib.Root().SelectElement("configuration").SelectElement(name)
}

// CIB is the document as cibadmin --query prints it.
func (c *Cluster) CIB() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.print(c.cib.Root())
}

func (c *Cluster) print(e *etree.Element) string {
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	doc.Indent(2)
	text, _ := doc.WriteToString()
	return text
}

// changed counts a change of the section that e is in.
func (c *Cluster) changed(status bool) {
	root := c.cib.Root()
	if status {
		count(root, "num_updates")
		return
	}
	count(root, "epoch")
	setAttr(root, "num_updates", "0")
}

func count(e *etree.Element, name string) {
	n, _ := strconv.Atoi(e.SelectAttrValue(name, "0"))
	setAttr(e, name, strconv.Itoa(n+1))
}

// node finds a node by name as Pacemaker does, whatever the case; nil when there is none.
func (c *Cluster) node(name string) *node {
	i := slices.IndexFunc(c.nodes, func(n *node) bool { return strings.EqualFold(n.name, name) })
	if i < 0 {
		return nil
	}
	return c.nodes[i]
}

// state is the node_state element of n.
func (c *Cluster) state(n *node) *etree.Element {
	status := c.section("status")
	for _, e := range status.SelectElements("node_state") {
		if e.SelectAttrValue("id", "") == n.id {
			return e
		}
	}
	e := status.CreateElement("node_state")
	e.CreateAttr("id", n.id)
	e.CreateAttr("uname", n.name)
	return e
}

// definition is the node element of n in the configuration.
func (c *Cluster) definition(n *node) *etree.Element {
	for _, e := range c.section("nodes").SelectElements("node") {
		if e.SelectAttrValue("id", "") == n.id {
			return e
		}
	}
	return nil
}

// flush writes what the attribute daemon holds for n, unless writing is held or n is not there.
func (c *Cluster) flush(n *node) {
	if c.held || !n.running {
		return
	}
	set := child(child(c.state(n), "transient_attributes", n.id), "instance_attributes", "status-"+n.id)
	for _, old := range set.ChildElements() {
		if _, kept := n.attributes[old.SelectAttrValue("name", "")]; !kept {
			set.RemoveChild(old)
		}
	}
	for _, name := range sorted(n.attributes) {
		putPair(set, name, n.attributes[name])
	}
	c.changed(true)
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// child is the child of that name and id, made when missing.
func child(e *etree.Element, tag, id string) *etree.Element {
	for _, c := range e.SelectElements(tag) {
		if c.SelectAttrValue("id", "") == id {
			return c
		}
	}
	c := e.CreateElement(tag)
	c.CreateAttr("id", id)
	return c
}

func putPair(set *etree.Element, name, value string) {
	for _, pair := range set.SelectElements("nvpair") {
		if pair.SelectAttrValue("name", "") == name {
			setAttr(pair, "value", value)
			return
		}
	}
	addPair(set, name, value)
}

func addPair(set *etree.Element, name, value string) {
	pair := set.CreateElement("nvpair")
	pair.CreateAttr("id", pairID(set.SelectAttrValue("id", ""), name))
	pair.CreateAttr("name", name)
	pair.CreateAttr("value", value)
}

// pairID is the id Pacemaker gives an nvpair.
func pairID(set, name string) string {
	return strings.NewReplacer("#", ".", ":", ".").Replace(set + "-" + name)
}

// validID reports whether text is an XML id, which the schema asks for outside of the status section.
func validID(text string) bool {
	for i, r := range text {
		start := unicode.IsLetter(r) || r == '_'
		if !start && (i == 0 || !unicode.IsDigit(r) && r != '-' && r != '.') {
			return false
		}
	}
	return text != ""
}

// escape is how Pacemaker 2.1.5 prints control characters: there is no way back.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString("    ")
		case r < ' ', r == 0x7f:
			fmt.Fprintf(&b, `\%03o`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func setAttr(e *etree.Element, name, value string) {
	if a := e.SelectAttr(name); a != nil {
		a.Value = value
		return
	}
	e.CreateAttr(name, value)
}
