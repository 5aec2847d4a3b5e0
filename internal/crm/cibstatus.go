package crm

import (
	"encoding/xml"
	"strings"
)

// nodeState reads a node_state of the status section.
func (r *reader) nodeState(start xml.StartElement) error {
	if start.Name.Local != "node_state" {
		return r.d.Skip()
	}
	node := r.cib.byID(attr(start, "id"), attr(start, "uname"))
	node.Controller = attr(start, "crmd")
	node.Member = member(attr(start, "in_ccm"))
	node.Online = online(node.Controller, attr(start, "in_ccm"), attr(start, "join"))
	if yes(attr(start, "remote_node")) {
		node.Type = "remote"
	}
	name := node.Name
	return r.each(func(s xml.StartElement) error {
		switch s.Name.Local {
		case "transient_attributes":
			return r.each(func(set xml.StartElement) error { return r.set(&node.Transient, set) })
		case "lrm":
			return r.each(func(list xml.StartElement) error { return r.each(r.history(name)) })
		}
		return r.d.Skip()
	})
}

// online is the rule of Pacemaker's scheduler for a cluster node: a member whose controller is up. Since
// 2.1.7 both attributes are the time since when, or 0.
func online(controller, inCCM, join string) bool {
	return member(inCCM) &&
		(controller == "online" || numeric(controller) && controller != "0") &&
		(join == "" || join == "member")
}

// member reads a node's in_ccm attribute.
func member(inCCM string) bool { return inCCM != "0" && (yes(inCCM) || numeric(inCCM)) }

func numeric(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// history reads the lrm_resource elements of a node.
func (r *reader) history(node string) func(xml.StartElement) error {
	return func(resource xml.StartElement) error {
		id := attr(resource, "id")
		return r.each(func(s xml.StartElement) error {
			if s.Name.Local == "lrm_rsc_op" {
				r.cib.Operations = append(r.cib.Operations, Operation{
					Node: node, Resource: id, Task: attr(s, "operation"), Interval: attr(s, "interval"),
					Call: attr(s, "call-id"), RC: attr(s, "rc-code"), Status: attr(s, "op-status"),
					ExitReason: attr(s, "exit-reason"), LastChange: attr(s, "last-rc-change"),
				})
			}
			return r.d.Skip()
		})
	}
}

// yes reads a boolean as Pacemaker does.
func yes(text string) bool {
	value, _ := Bool(text)
	return value
}

// Bool reads a boolean as Pacemaker does, and reports whether it is one: Pacemaker ignores other words.
func Bool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "on", "yes", "y", "1":
		return true, true
	case "false", "off", "no", "n", "0":
		return false, true
	}
	return false, false
}
