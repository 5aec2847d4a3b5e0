package crm

import (
	"context"
	"fmt"
	"slices"
)

// A CIB is what one query of the cluster information base said. It holds what agents and displays ask
// for; it is no copy of the whole.
type CIB struct {
	// AdminEpoch, Epoch and Updates order two CIBs, in this order of weight.
	AdminEpoch, Epoch, Updates int
	// FeatureSet is crm_feature_set, such as 3.16.1.
	FeatureSet string
	// LastWritten is the time of the last change to the configuration, as Pacemaker wrote it.
	LastWritten string
	// Executed is the execution-date in seconds since 1970, which only the scheduler's input files
	// have; else empty.
	Executed string
	// Quorate tells whether the partition of the node that was asked has quorum.
	Quorate bool
	// DCID is the id of the designated controller's node; it may name one that has just gone.
	DCID string
	// Properties are the cluster_property_sets, in document order.
	Properties []Set
	// Nodes are the nodes that are configured or have a state, in document order.
	Nodes []Node
	// Resources are all resources, each after the one that holds it.
	Resources []Resource
	// Operations is the history of operations, by node and resource as the status section has it.
	Operations []Operation
}

// A Set is an instance_attributes, meta_attributes or cluster_property_set.
type Set struct {
	// ID is the set's id; IDRef is the id of the set elsewhere that it stands for, or empty.
	ID, IDRef string
	// Conditional tells that a rule decides whether the set holds. Value does not look into such sets.
	Conditional bool
	// Pairs are its values in document order.
	Pairs []Pair
}

// A Pair is an nvpair.
type Pair struct {
	ID, Name, Value string
}

// A Node is a node of the cluster, configured or seen.
type Node struct {
	// ID is corosync's number of the node, or a remote node's name; Name is its uname.
	ID, Name string
	// Type is member, remote or ping; Pacemaker leaves out the first.
	Type string
	// Controller is the crmd attribute of the node's state: online or offline, and since Pacemaker
	// 2.1.7 (feature set 3.18) a time stamp or 0. Empty means that the node was never seen.
	Controller string
	// Online tells that the node is a member and its controller takes part.
	Online bool
	// Member tells that the node belongs to the membership, whatever its Pacemaker does.
	Member bool
	// Permanent and Transient are the node's attributes of each lifetime.
	Permanent, Transient []Set
}

// A Resource is a primitive or something that holds others.
type Resource struct {
	ID string
	// Kind is the element's name: primitive, group, clone, bundle, or master, which Pacemaker 1.1 wrote
	// for a clone that can be promoted.
	Kind string
	// Parent is the id of the group, clone or bundle around it, or empty.
	Parent string
	// Class, Provider, Type and Template are a primitive's.
	Class, Provider, Type, Template string
	// Params are the instance attributes, Meta the meta attributes.
	Params, Meta []Set
}

// An Operation is the last result of one operation of a resource on a node.
type Operation struct {
	// Node is the node's name.
	Node string
	// Resource is the resource's id, with the instance number for clones that have one.
	Resource string
	// Task is start, stop, monitor and so on.
	Task string
	// Interval is in milliseconds; 0 is a probe, or an operation that does not recur.
	Interval string
	// Call is the executor's number of the call; RC the agent's exit code, and Status the executor's.
	Call, RC, Status string
	// ExitReason is what the agent said.
	ExitReason string
	// LastChange is the time of the last change of the result, in seconds since 1970.
	LastChange string
}

// CIB reads the CIB in one query. It asks the local copy, so it needs no DC. What this node's attribute
// daemon has been told but has not written yet is not in it.
func (c *Cluster) CIB(ctx context.Context) (*CIB, error) {
	result, err := c.ask(ctx, nil, toolCIB, "--query", "--local")
	if err != nil {
		return nil, fmt.Errorf("query CIB: %w", err)
	}
	cib, err := ParseCIB(result.Stdout)
	if err != nil {
		return nil, fmt.Errorf("query CIB: %w", err)
	}
	return cib, nil
}

// Value is the value of a, and whether it is set. A node that is not there has no attributes.
func (c *CIB) Value(a Attribute) (string, bool) {
	sets := *c.sets(a)
	if a.Set != "" {
		sets = slices.DeleteFunc(slices.Clone(sets), func(s Set) bool { return s.ID != a.Set })
	}
	return Lookup(sets, a.key())
}

// Value is the set's value of that name, and whether it has one.
func (s Set) Value(name string) (string, bool) {
	for _, pair := range s.Pairs {
		if pair.Name == name {
			return pair.Value, true
		}
	}
	return "", false
}

// Lookup is the first value of that name in those sets that are not conditional, and whether one has it.
func Lookup(sets []Set, name string) (string, bool) {
	for _, set := range sets {
		if set.Conditional {
			continue
		}
		if value, found := set.Value(name); found {
			return value, true
		}
	}
	return "", false
}

// Node is the node of that name.
func (c *CIB) Node(name string) (Node, bool) {
	if node := c.find(name); node != nil {
		return *node, true
	}
	return Node{}, false
}

// DC is the name of the designated controller's node, or empty when there is none.
func (c *CIB) DC() string {
	i := slices.IndexFunc(c.Nodes, func(n Node) bool { return n.ID == c.DCID })
	if i < 0 {
		return ""
	}
	return c.Nodes[i].Name
}

// Resource is the resource of that id.
func (c *CIB) Resource(id string) (Resource, bool) {
	i := slices.IndexFunc(c.Resources, func(r Resource) bool { return r.ID == id })
	if i < 0 {
		return Resource{}, false
	}
	return c.Resources[i], true
}

func (c *CIB) find(name string) *Node {
	i := slices.IndexFunc(c.Nodes, func(n Node) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Nodes[i]
}

// sets are the sets in which a may be found; a node that is not there has none.
func (c *CIB) sets(a Attribute) *[]Set {
	if a.Store == Property {
		return &c.Properties
	}
	node := c.find(a.Node)
	switch {
	case node == nil:
		return new([]Set)
	case a.Store == Permanent:
		return &node.Permanent
	}
	return &node.Transient
}

// Note records that a was written, so that the same value is not written twice in one action.
func (c *CIB) Note(a Attribute, value string) {
	sets := c.sets(a)
	for i := range *sets {
		set := &(*sets)[i]
		if a.Set != "" && a.Set != set.ID || set.Conditional {
			continue
		}
		for j := range set.Pairs {
			if set.Pairs[j].Name == a.key() {
				set.Pairs[j].Value = value
				return
			}
		}
	}
	*sets = append(*sets, Set{ID: a.Set, Pairs: []Pair{{Name: a.key(), Value: value}}})
}
