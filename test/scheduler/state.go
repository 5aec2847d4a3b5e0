package scheduler

import (
	"fmt"
	"strconv"
	"time"

	"github.com/beevik/etree"
)

// A membership is what node_state says of a node.
type membership struct{ member, peer, join, expected string }

// Online makes the node a member of the cluster. What is known of its resources stays.
func (c *Cluster) Online(node string) *Cluster {
	return c.inState(node, membership{"true", "online", "member", "member"})
}

// Offline makes the node one that has left in good order: nothing runs there, and its transient attributes are gone.
func (c *Cluster) Offline(node string) *Cluster {
	return c.inState(node, membership{"false", "offline", "down", "down"}).with(func(cib *etree.Element) {
		state := nodeState(cib, node)
		drop(state, "lrm")
		drop(state, "transient_attributes")
	})
}

// Unclean makes the node one that has vanished: it may still run all that it ran.
func (c *Cluster) Unclean(node string) *Cluster {
	return c.inState(node, membership{"false", "offline", "down", "member"})
}

// Leaving makes the node one whose cluster software is about to stop in good order.
func (c *Cluster) Leaving(node string) *Cluster { return c.Transient(node, "shutdown", "1") }

// Member reports whether the node is a member of the cluster.
func (c *Cluster) Member(node string) bool {
	state := c.doc.FindElement("/cib/status/node_state[@uname='" + node + "']")
	return state != nil && state.SelectAttrValue("in_ccm", "") == "true"
}

// Standby keeps all resources from the node.
func (c *Cluster) Standby(node string) *Cluster { return c.Permanent(node, "standby", "on") }

// Inquorate takes the quorum from the nodes that are there.
func (c *Cluster) Inquorate() *Cluster {
	return c.with(func(cib *etree.Element) { cib.CreateAttr("have-quorum", "0") })
}

// Banned keeps a resource from a node, as `crm resource move RESOURCE force` and `crm resource ban` do; in that role only,
// when role is not "".
func (c *Cluster) Banned(resource, role, node string) *Cluster {
	return c.with(func(cib *etree.Element) {
		ban := child(cib.FindElement("configuration/constraints"), "rsc_location", "cli-ban-"+resource+"-on-"+node)
		ban.CreateAttr("rsc", resource)
		ban.CreateAttr("node", node)
		ban.CreateAttr("score", "-INFINITY")
		if role != "" {
			ban.CreateAttr("role", role)
		}
	})
}

func (c *Cluster) inState(node string, m membership) *Cluster {
	return c.with(func(cib *etree.Element) {
		state := nodeState(cib, node)
		state.CreateAttr("in_ccm", m.member)
		state.CreateAttr("crmd", m.peer)
		state.CreateAttr("join", m.join)
		state.CreateAttr("expected", m.expected)
	})
}

// Unprobed forgets what is known of a resource on a node, as `crm resource refresh` does, its failures included: the
// scheduler asks again.
func (c *Cluster) Unprobed(resource, node string) *Cluster {
	return c.with(func(cib *etree.Element) {
		state := nodeState(cib, node)
		for _, known := range state.FindElements("lrm/lrm_resources/lrm_resource[@id='" + resource + "']") {
			known.Parent().RemoveChild(known)
		}
		for _, set := range state.FindElements("transient_attributes/instance_attributes") {
			forgetFailures(set, resource)
		}
	})
}

// Did adds the result of an operation to the node's history. The digest of the parameters is that of the same operation
// on another node; one that has been done nowhere has none, and the scheduler restarts what it finds running so.
func (c *Cluster) Did(resource, operation string, interval time.Duration, node string, code int) *Cluster {
	return c.with(func(cib *etree.Element) {
		history := c.history(cib, resource, node)
		call := len(cib.FindElements("status//lrm_rsc_op")) + 100
		ms := strconv.FormatInt(interval.Milliseconds(), 10)
		key := fmt.Sprintf("%s_%s_%s", resource, operation, ms)
		id := key
		if interval == 0 {
			id = resource + "_last_0"
		}
		for _, old := range history.SelectElements("lrm_rsc_op") {
			if old.SelectAttrValue("id", "") == id {
				history.RemoveChild(old)
			}
		}
		transition := fmt.Sprintf("%d:1:%d:00000000-0000-0000-0000-000000000000", call, expected(operation, interval))
		entry := history.CreateElement("lrm_rsc_op")
		if digest := c.digest(id); digest != "" {
			entry.CreateAttr("op-digest", digest)
		}
		for _, pair := range [][2]string{
			{"id", id}, {"operation_key", key}, {"operation", operation}, {"crm_feature_set", featureSet},
			{"transition-key", transition}, {"transition-magic", fmt.Sprintf("0:%d;%s", code, transition)},
			{"call-id", strconv.Itoa(call)}, {"rc-code", strconv.Itoa(code)}, {"op-status", "0"}, {"interval", ms},
		} {
			entry.CreateAttr(pair[0], pair[1])
		}
	})
}

// digest is that of the parameters in the histories' entries of that id, or "".
func (c *Cluster) digest(id string) string {
	for _, entry := range c.doc.FindElements("/cib/status//lrm_rsc_op[@id='" + id + "']") {
		if digest := entry.SelectAttrValue("op-digest", ""); digest != "" {
			return digest
		}
	}
	return ""
}

// expected is the exit code that Pacemaker expects of the operation: that of a probe is "not running".
func expected(operation string, interval time.Duration) int {
	if operation == "monitor" && interval == 0 {
		return 7
	}
	return 0
}

// history is the node's history of the resource.
func (c *Cluster) history(cib *etree.Element, resource, node string) *etree.Element {
	primitive := cib.FindElement("configuration/resources//primitive[@id='" + resource + "']")
	if primitive == nil {
		panic("scheduler: no resource " + resource)
	}
	lrm := child(nodeState(cib, node), "lrm", node)
	all := lrm.SelectElement("lrm_resources")
	if all == nil {
		all = lrm.CreateElement("lrm_resources")
	}
	history := child(all, "lrm_resource", resource)
	for _, name := range []string{"class", "provider", "type"} {
		if value := primitive.SelectAttrValue(name, ""); value != "" {
			history.CreateAttr(name, value)
		}
	}
	return history
}

// nodeState is the node's part of the status, made when there is none.
func nodeState(cib *etree.Element, node string) *etree.Element {
	id := find(cib, "configuration/nodes/node", node).SelectAttrValue("id", node)
	state := child(cib.SelectElement("status"), "node_state", id)
	state.CreateAttr("uname", node)
	return state
}

func drop(parent *etree.Element, tag string) {
	for _, element := range parent.SelectElements(tag) {
		parent.RemoveChild(element)
	}
}
