package crmtest

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// monitorResource shows a resource as crm_mon does: a line for each instance that is active, and with
// inactive one for each node on which a clone is not.
func (c *Cluster) monitorResource(to, e *etree.Element, inactive bool) {
	id := e.SelectAttrValue("id", "")
	switch e.Tag {
	case "clone", "master":
		promotable := strconv.FormatBool(e.Tag == "master" || on(meta(e, "promotable")))
		to = add(to, "clone", "id", id, "multi_state", promotable, "unique", "false", "managed", "true")
	case "group":
		to = add(to, "group", "id", id, "managed", "true")
	case "primitive":
		c.monitorPrimitive(to, e, inactive)
		return
	default:
		return
	}
	for _, member := range e.ChildElements() {
		c.monitorResource(to, member, inactive)
	}
}

func (c *Cluster) monitorPrimitive(to, e *etree.Element, inactive bool) {
	id := e.SelectAttrValue("id", "")
	show := func(role string, nodes ...string) {
		agent := []string{e.SelectAttrValue("class", "ocf"), e.SelectAttrValue("provider", ""), e.SelectAttrValue("type", "")}
		instance := add(to, "resource", "id", id, "resource_agent", strings.Join(agent, ":"), "role", role,
			"active", strconv.FormatBool(len(nodes) > 0), "orphaned", "false", "blocked", "false", "managed", "true",
			"failed", "false", "failure_ignored", "false", "nodes_running_on", strconv.Itoa(len(nodes)))
		if target := meta(e, "target-role"); target != "" {
			instance.CreateAttr("target_role", target)
		}
		for _, name := range nodes {
			add(instance, "node", "name", name, "id", c.node(name).id, "cached", "true")
		}
	}
	instances := 1
	if cloned(e) {
		instances = len(c.nodes)
	}
	for _, p := range c.placed[id] {
		show(p.role, p.node)
		instances--
	}
	for ; instances > 0 && inactive; instances-- {
		show("Stopped")
	}
}

func cloned(e *etree.Element) bool {
	for ; e != nil; e = e.Parent() {
		if e.Tag == "clone" || e.Tag == "master" {
			return true
		}
	}
	return false
}

func meta(e *etree.Element, name string) string {
	for _, pair := range e.FindElements("meta_attributes/nvpair") {
		if pair.SelectAttrValue("name", "") == name {
			return pair.SelectAttrValue("value", "")
		}
	}
	return ""
}

// monitorHistory shows the failures, of which the attribute daemons keep count.
func (c *Cluster) monitorHistory(to *etree.Element) {
	for _, n := range c.nodes {
		history := (*etree.Element)(nil)
		for _, name := range sorted(n.attributes) {
			rest, ok := strings.CutPrefix(name, "fail-count-")
			if !ok || !n.running {
				continue
			}
			if history == nil {
				history = add(to, "node", "name", n.name)
			}
			resource, _, _ := strings.Cut(rest, "#")
			count := strings.Replace(n.attributes[name], "INFINITY", "1000000", 1)
			add(history, "resource_history", "id", resource, "orphan", "false",
				"migration-threshold", "1000000", "fail-count", count)
		}
	}
}
