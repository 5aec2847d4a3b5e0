package crm

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// ParseStatus reads crm_mon's XML, in the form of --output-as=xml (pacemaker-result) and in the older
// one of --as-xml (crm_mon). The error is ErrGarbled when it is neither.
func ParseStatus(data []byte) (*Status, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("read crm_mon output: %w: %w", ErrGarbled, err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "pacemaker-result" && root.Tag != "crm_mon" {
		return nil, fmt.Errorf("read crm_mon output: %w: no status in it", ErrGarbled)
	}
	// A crm_mon that is not connected prints a root and little else, in case the exit code got lost.
	if root.SelectElement("summary") == nil || root.SelectElement("nodes") == nil {
		return nil, fmt.Errorf("read crm_mon output: %w: no nodes in it", ErrGarbled)
	}
	status := new(Status)
	status.summary(root.SelectElement("summary"))
	status.nodes(root)
	for _, e := range children(root, "resources") {
		status.resource(e, Placement{})
	}
	status.failures(root)
	return status, nil
}

func (s *Status) summary(summary *etree.Element) {
	if dc := summary.SelectElement("current_dc"); dc != nil && truth(dc, "present") {
		s.DC, s.Version = text(dc, "name"), text(dc, "version")
		s.Quorate = truth(dc, "with_quorum")
	}
	if options := summary.SelectElement("cluster_options"); options != nil {
		s.Maintenance = truth(options, "maintenance-mode")
		// Pacemaker 3 renames stonith to fencing.
		s.Fencing = truth(options, "stonith-enabled", "fencing-enabled")
	}
	if change := summary.SelectElement("last_change"); change != nil {
		s.LastChange = text(change, "time")
	}
}

func (s *Status) nodes(root *etree.Element) {
	attributes := map[string]map[string]string{}
	for _, node := range children(root, "node_attributes") {
		values := map[string]string{}
		for _, a := range node.SelectElements("attribute") {
			values[text(a, "name")] = text(a, "value")
		}
		attributes[text(node, "name")] = values
	}
	for _, e := range children(root, "nodes") {
		s.Nodes = append(s.Nodes, NodeStatus{
			Name: text(e, "name"), ID: text(e, "id"),
			Online: truth(e, "online"), Standby: truth(e, "standby") || truth(e, "standby_onfail"),
			Maintenance: truth(e, "maintenance"), Pending: truth(e, "pending"),
			Unclean: truth(e, "unclean"), Shutdown: truth(e, "shutdown"), DC: truth(e, "is_dc"),
			Attributes: attributes[text(e, "name")],
		})
	}
}

// resource adds the primitives in e; around is what they are in.
func (s *Status) resource(e *etree.Element, around Placement) {
	switch e.Tag {
	case "group":
		around.Group = text(e, "id")
	case "clone", "bundle":
		around.Clone = text(e, "id")
	case "replica":
	case "resource":
		s.Resources = append(s.Resources, placement(e, around))
		return
	default:
		return
	}
	for _, child := range e.ChildElements() {
		s.resource(child, around)
	}
}

func placement(e *etree.Element, p Placement) Placement {
	p.Resource, p.Agent = text(e, "id"), text(e, "resource_agent")
	p.Role, p.TargetRole = role(text(e, "role")), role(text(e, "target_role"))
	p.Removed = truth(e, "orphaned", "removed")
	p.Managed, p.Blocked, p.Failed = truth(e, "managed"), truth(e, "blocked"), truth(e, "failed")
	for _, node := range e.SelectElements("node") {
		p.Nodes = append(p.Nodes, text(node, "name"))
	}
	return p
}

func role(name string) Role {
	switch name {
	case "Master":
		return Promoted
	case "Slave":
		return Unpromoted
	}
	return Role(name)
}

func (s *Status) failures(root *etree.Element) {
	for _, node := range children(root, "node_history") {
		for _, e := range node.SelectElements("resource_history") {
			if text(e, "fail-count") == "" {
				continue
			}
			s.FailCounts = append(s.FailCounts, FailCount{
				Node: text(node, "name"), Resource: text(e, "id"), Count: score(text(e, "fail-count")),
				Threshold: score(text(e, "migration-threshold")), LastFailure: text(e, "last-failure"),
			})
		}
	}
	for _, e := range children(root, "failures") {
		code, _ := strconv.Atoi(text(e, "exitcode"))
		s.Failures = append(s.Failures, Failure{
			Operation: text(e, "op_key"), Node: text(e, "node"), Code: code, Status: text(e, "status"),
			Reason: strings.TrimSpace(text(e, "exitreason")), LastChange: text(e, "last-rc-change"),
		})
	}
	for _, e := range children(root, "bans") {
		s.Bans = append(s.Bans, Ban{
			ID: text(e, "id"), Resource: text(e, "resource"), Node: text(e, "node"),
			Weight: score(text(e, "weight")), PromotedOnly: truth(e, "promoted-only", "master_only"),
		})
	}
}

// score reads a number that crm_mon computed itself; what is none counts as 0.
func score(text string) Score {
	s, _ := ParseScore(text)
	return s
}

func children(root *etree.Element, section string) []*etree.Element {
	if e := root.SelectElement(section); e != nil {
		return e.ChildElements()
	}
	return nil
}

func text(e *etree.Element, name string) string { return e.SelectAttrValue(name, "") }

// truth reads a boolean that has had the given names over the versions.
func truth(e *etree.Element, names ...string) bool {
	for _, name := range names {
		if a := e.SelectAttr(name); a != nil {
			return yes(a.Value)
		}
	}
	return false
}
