package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// A Cluster is a CIB: a configuration, and what the nodes last said. It never changes: what would change it returns
// another one, so that cases may share one and run side by side. Naming a node or resource that it does not have is a
// mistake in the case, and panics.
type Cluster struct {
	doc *etree.Document
}

// XML is the CIB.
func (c *Cluster) XML() []byte {
	text, err := c.doc.WriteToBytes()
	if err != nil {
		panic(fmt.Sprintf("scheduler: write CIB: %v", err))
	}
	return text
}

// with is a copy of c that change has changed.
func (c *Cluster) with(change func(cib *etree.Element)) *Cluster {
	doc := c.doc.Copy()
	change(doc.Root())
	return &Cluster{doc: doc}
}

// Nodes are the names of the configured nodes.
func (c *Cluster) Nodes() []string {
	var names []string
	for _, node := range c.doc.FindElements("/cib/configuration/nodes/node") {
		names = append(names, node.SelectAttrValue("uname", ""))
	}
	return names
}

// Property sets a cluster property, in the set that the name's owner uses: hooks of SAP HANA have one of their own.
func (c *Cluster) Property(name, value string) *Cluster {
	if value != "" && c.PropertyValue(name) == value {
		return c
	}
	return c.with(func(cib *etree.Element) {
		set := "cib-bootstrap-options"
		if strings.HasPrefix(name, "hana_") {
			set = "SAPHanaSR"
		}
		config := cib.FindElement("configuration/crm_config")
		setPair(child(config, "cluster_property_set", set), name, value)
	})
}

// PropertyValue is the value of a cluster property; "" when there is none.
func (c *Cluster) PropertyValue(name string) string {
	for _, set := range c.doc.FindElements("/cib/configuration/crm_config/cluster_property_set") {
		if value := pairValue(set, name); value != "" {
			return value
		}
	}
	return ""
}

// Param sets a parameter of a resource. The scheduler restarts one that runs with other parameters.
func (c *Cluster) Param(resource, name, value string) *Cluster {
	return c.onResource(resource, "instance_attributes", name, value)
}

// Meta sets a meta attribute of a resource, a group or a clone.
func (c *Cluster) Meta(resource, name, value string) *Cluster {
	return c.onResource(resource, "meta_attributes", name, value)
}

func (c *Cluster) onResource(resource, kind, name, value string) *Cluster {
	return c.with(func(cib *etree.Element) {
		for _, r := range cib.FindElements("configuration/resources//*[@id='" + resource + "']") {
			setPair(child(r, kind, resource+"-"+kind), name, value)
			return
		}
		panic("scheduler: no resource " + resource)
	})
}

// Permanent sets a node attribute that survives the node's restarts. Standby and maintenance of a node are such.
func (c *Cluster) Permanent(node, name, value string) *Cluster {
	return c.with(func(cib *etree.Element) {
		element := find(cib, "configuration/nodes/node", node)
		setPair(child(element, "instance_attributes", "nodes-"+node), name, value)
	})
}

// Transient sets a node attribute that goes when the node leaves.
func (c *Cluster) Transient(node, name, value string) *Cluster {
	if value != "" && c.TransientValue(node, name) == value {
		return c
	}
	return c.with(func(cib *etree.Element) {
		all := child(nodeState(cib, node), "transient_attributes", node)
		set := all.SelectElement("instance_attributes")
		if set == nil {
			set = child(all, "instance_attributes", "status-"+node)
		}
		setPair(set, name, value)
	})
}

// PermanentValue is the value of a node attribute that survives the node's restarts; "" when there is none.
func (c *Cluster) PermanentValue(node, name string) string {
	set := c.doc.FindElement("/cib/configuration/nodes/node[@uname='" + node + "']/instance_attributes")
	if set == nil {
		return ""
	}
	return pairValue(set, name)
}

// TransientValue is the value of a node attribute that goes when the node leaves; "" when there is none.
func (c *Cluster) TransientValue(node, name string) string {
	for _, set := range c.doc.FindElements("/cib/status/node_state[@uname='" + node + "']/transient_attributes/instance_attributes") {
		if value := pairValue(set, name); value != "" {
			return value
		}
	}
	return ""
}

// Score sets the promotion score of a resource on a node, as the resource's agent would write it.
func (c *Cluster) Score(resource, node, score string) *Cluster {
	return c.Transient(node, "master-"+resource, score)
}

// child is the child of that tag and id, made when there is none.
func child(parent *etree.Element, tag, id string) *etree.Element {
	for _, element := range parent.SelectElements(tag) {
		if element.SelectAttrValue("id", "") == id {
			return element
		}
	}
	element := etree.NewElement(tag)
	element.CreateAttr("id", id)
	// The schema wants the attributes of a resource before its operations and members.
	parent.InsertChildAt(0, element)
	return element
}

// find is the element of that path with that uname.
func find(cib *etree.Element, path, uname string) *etree.Element {
	all := cib.FindElements(path)
	i := slices.IndexFunc(all, func(e *etree.Element) bool { return e.SelectAttrValue("uname", "") == uname })
	if i < 0 {
		panic("scheduler: no node " + uname)
	}
	return all[i]
}

func setPair(set *etree.Element, name, value string) {
	for _, pair := range set.SelectElements("nvpair") {
		if pair.SelectAttrValue("name", "") == name {
			pair.CreateAttr("value", value)
			return
		}
	}
	pair := set.CreateElement("nvpair")
	// An id may have no #, and crm_simulate looks for a failure's count under this one.
	pair.CreateAttr("id", set.SelectAttrValue("id", "")+"-"+strings.ReplaceAll(name, "#", "."))
	pair.CreateAttr("name", name)
	pair.CreateAttr("value", value)
}

func pairValue(set *etree.Element, name string) string {
	for _, pair := range set.SelectElements("nvpair") {
		if pair.SelectAttrValue("name", "") == name {
			return pair.SelectAttrValue("value", "")
		}
	}
	return ""
}
