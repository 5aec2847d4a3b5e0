package synccheck

import (
	"ocfbox/internal/crm"
	"ocfbox/internal/drbd"
)

// A State is what a node's copy of a resource is worth to the cluster, the value of the attribute that the location
// rule asks for (replication-checker.md 17). Empty is an attribute that is not set.
type State string

// The states. A node may have the service with PRIM and SOK only.
const (
	// StatePrimary: this node is primary and its disk is up to date.
	StatePrimary State = drbd.AttributePrimary
	// StateSync: this node is secondary and has all that was ever promised to a client.
	StateSync State = drbd.AttributeSync
	// StateWait: the copy is being brought up to date, or it is, and the primary has not yet said so too.
	StateWait State = drbd.AttributeWait
	// StateFail: the copy is stale, may be, or cannot be used.
	StateFail State = drbd.AttributeFail
	// StateSplit: both copies went their own way.
	StateSplit State = drbd.AttributeSplit
	// StateUnknown: what the copy is worth cannot be told just now.
	StateUnknown State = drbd.AttributeUnknown
)

// usable reports whether the location rule lets the service run on a node of that state.
func (s State) usable() bool { return s == StatePrimary || s == StateSync }

// A Link is how many of a node's connections to its peers are up.
type Link string

// The links.
const (
	LinkUp   Link = "UP"
	LinkPart Link = "PART"
	LinkDown Link = "DOWN"
)

// names are the attributes of one resource.
type names struct{ state, link, oos, since string }

// attributes are the names for a resource.
func attributes(prefix, resource string) names {
	base := drbd.AttributeName(prefix, resource)
	return names{state: base, link: base + "-link", oos: base + "-oos", since: base + "-since"}
}

// all are the attributes that a node has of the resource, the one that the rule asks for first.
func (n names) all() []string { return []string{n.state, n.link, n.oos, n.since} }

// of is the attribute of that name on a node: it goes when the node leaves the cluster.
func of(node, name string) crm.Attribute { return crm.TransientOf(node, name) }
