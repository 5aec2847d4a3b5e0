package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// A View is the state of the cluster as one node sees it.
type View struct {
	DC      string
	Quorate bool
	// Leaderless: the cluster software knows neither a DC nor a quorum, as heartbeat does not.
	Leaderless bool
	Nodes      []NodeView
	// Resources are all instances, running or not. A clone has one for each place.
	Resources []Resource
	// Attributes are the node attributes, by node and name.
	Attributes map[string]map[string]string
	// Failures are failed actions, one line each.
	Failures []string
}

// A NodeView is what a View says of one node.
type NodeView struct {
	Name    string `json:"name"`
	Online  bool   `json:"online"`
	Standby bool   `json:"standby"`
	// Unclean means: lost, and not known to be off.
	Unclean bool `json:"unclean"`
	Pending bool `json:"pending"`
}

// State is the one word for a node that administrators use.
func (n NodeView) State() string {
	switch {
	case n.Unclean:
		return "unclean"
	case n.Pending:
		return "pending"
	case n.Standby && n.Online:
		return "standby"
	case n.Online:
		return "online"
	}
	return "offline"
}

// A Resource is one instance of a resource.
type Resource struct {
	ID    string `json:"id"`
	Agent string `json:"agent"`
	// Role is Started, Stopped, Promoted, Unpromoted, ...; Pacemaker before 2.1 says Master and Slave.
	Role string `json:"role"`
	// Node is where it runs; empty while it does not.
	Node string `json:"node,omitempty"`
	// Pending is an operation that has not ended, such as Starting or Monitoring.
	Pending string `json:"pending,omitempty"`
	Failed  bool   `json:"failed,omitempty"`
	Blocked bool   `json:"blocked,omitempty"`
}

// ParseView reads what `crm_mon -1 -A --output-as=xml` prints.
func ParseView(text string) (View, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return View{}, fmt.Errorf("read crm_mon's XML: %w", err)
	}
	root := doc.Root()
	if root == nil || root.FindElement("summary") == nil {
		return View{}, fmt.Errorf("crm_mon printed no summary: %q", shorten(text))
	}
	v := View{Attributes: map[string]map[string]string{}}
	if dc := root.FindElement("summary/current_dc"); dc != nil {
		v.DC, v.Quorate = dc.SelectAttrValue("name", ""), isTrue(dc, "with_quorum")
	}
	for _, n := range root.FindElements("nodes/node") {
		v.Nodes = append(v.Nodes, NodeView{
			Name: n.SelectAttrValue("name", ""), Online: isTrue(n, "online"),
			Standby: isTrue(n, "standby") || isTrue(n, "standby_onfail"), Unclean: isTrue(n, "unclean"), Pending: isTrue(n, "pending"),
		})
	}
	for _, r := range root.FindElements("resources//resource") {
		v.Resources = append(v.Resources, parseResource(r)...)
	}
	for _, n := range root.FindElements("node_attributes/node") {
		values := map[string]string{}
		for _, a := range n.FindElements("attribute") {
			values[a.SelectAttrValue("name", "")] = a.SelectAttrValue("value", "")
		}
		v.Attributes[n.SelectAttrValue("name", "")] = values
	}
	for _, f := range root.FindElements("failures/failure") {
		v.Failures = append(v.Failures, fmt.Sprintf("%s on %s: %s (%s)", f.SelectAttrValue("op_key", ""),
			f.SelectAttrValue("node", ""), f.SelectAttrValue("exitstatus", ""), f.SelectAttrValue("exitreason", "")))
	}
	return v, nil
}

func parseResource(e *etree.Element) []Resource {
	r := Resource{
		ID: e.SelectAttrValue("id", ""), Agent: e.SelectAttrValue("resource_agent", ""), Role: e.SelectAttrValue("role", ""),
		Pending: e.SelectAttrValue("pending", ""), Failed: isTrue(e, "failed"), Blocked: isTrue(e, "blocked"),
	}
	places := e.FindElements("node")
	if len(places) == 0 {
		return []Resource{r}
	}
	var instances []Resource
	for _, n := range places {
		r.Node = n.SelectAttrValue("name", "")
		instances = append(instances, r)
	}
	return instances
}

func isTrue(e *etree.Element, name string) bool { return e.SelectAttrValue(name, "") == "true" }

func shorten(s string) string {
	s = strings.TrimSpace(s)
	return s[:min(len(s), 200)]
}

// starting is what Pacemaker says of a resource whose start has not ended: as its role, or as what is pending.
const starting = "Starting"

// On lists the nodes where resource id is active. It is not before its start has ended.
func (v View) On(id string) []string {
	var nodes []string
	for _, r := range v.Resources {
		if r.ID == id && r.Node != "" && r.Pending != starting && r.Role != starting {
			nodes = append(nodes, r.Node)
		}
	}
	return nodes
}

// Online lists the nodes that take part in the cluster and may run resources or be in standby.
func (v View) Online() []string {
	var nodes []string
	for _, n := range v.Nodes {
		if n.Online && !n.Pending && !n.Unclean {
			nodes = append(nodes, n.Name)
		}
	}
	return nodes
}

// unsettled tells why the cluster is not ready to run resources.
func (v View) unsettled() error {
	if !v.Leaderless && (v.DC == "" || !v.Quorate) {
		return errors.New("there is no DC, or no quorum")
	}
	for _, r := range v.Resources {
		if v.Leaderless && !slices.Contains([]string{HoldsNone, HoldsLocal, HoldsForeign, HoldsAll}, r.Role) {
			return fmt.Errorf("the resources of %s are in %q", r.Node, r.Role)
		}
	}
	return nil
}

// String is the view in one line, for messages.
func (v View) String() string {
	var parts []string
	if !v.Leaderless {
		parts = append(parts, fmt.Sprintf("DC %q, quorate %t", v.DC, v.Quorate))
	}
	for _, n := range v.Nodes {
		parts = append(parts, n.Name+" "+n.State())
	}
	for _, r := range v.Resources {
		text := r.ID + " " + r.Role
		if r.Node != "" {
			text += " on " + r.Node
		}
		if r.Failed {
			text += " (failed)"
		}
		parts = append(parts, text)
	}
	return strings.Join(append(parts, v.Failures...), ", ")
}
