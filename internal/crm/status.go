package crm

import (
	"context"
	"errors"
	"fmt"
)

// A Status is what crm_mon shows: the scheduler's view of nodes and resources.
type Status struct {
	// Version is Pacemaker's, as the DC runs it; empty when there is no DC.
	Version string
	// DC is the name of the designated controller's node, or empty.
	DC string
	// Quorate tells whether the partition has quorum; without a DC it is false.
	Quorate bool
	// Maintenance tells that the whole cluster is in maintenance mode.
	Maintenance bool
	// Fencing tells that fencing is enabled.
	Fencing bool
	// LastChange is the time of the last change to the configuration, as crm_mon prints it.
	LastChange string
	// Nodes are the cluster's nodes.
	Nodes []NodeStatus
	// Resources are the primitives, one entry for each instance.
	Resources []Placement
	// FailCounts are the resources that failed on a node and were not cleaned up.
	FailCounts []FailCount
	// Failures are the failed actions that crm_mon lists.
	Failures []Failure
	// Bans are the location constraints that keep a resource from a node.
	Bans []Ban
}

// A NodeStatus is the scheduler's view of a node.
type NodeStatus struct {
	Name, ID string
	// Online nodes can run resources unless one of the others says otherwise; Unclean nodes wait for
	// fencing, Pending ones are joining.
	Online, Standby, Maintenance, Pending, Unclean, Shutdown, DC bool
	// Attributes are the node's attributes of both lifetimes, by name, without those that Pacemaker
	// keeps for itself.
	Attributes map[string]string
}

// A Role is what an instance of a resource is doing.
type Role string

// The roles. Pacemaker before 2.1 printed Master and Slave; both are read as the new names.
const (
	Stopped    Role = "Stopped"
	Started    Role = "Started"
	Promoted   Role = "Promoted"
	Unpromoted Role = "Unpromoted"
)

// A Placement is one instance of a primitive.
type Placement struct {
	// Resource is the primitive's id, Agent its name as in ocf:heartbeat:IPaddr2.
	Resource, Agent string
	// Group and Clone are the ids of what holds it, or empty. A bundle counts as a clone.
	Group, Clone string
	// Role is what it does; TargetRole what the configuration asks for, or empty.
	Role, TargetRole Role
	// Nodes are where it is active: none, one, or several when something is wrong or it migrates.
	Nodes []string
	// Removed instances have no configuration any more; Pacemaker before 3 calls them orphaned.
	Removed bool
	// Managed, Blocked and Failed are the scheduler's view.
	Managed, Blocked, Failed bool
}

// A FailCount is how often a resource failed on a node.
type FailCount struct {
	Node, Resource string
	// Count is Infinity when the resource may not come back to this node until it is cleaned up.
	Count Score
	// Threshold is the resource's migration-threshold.
	Threshold Score
	// LastFailure is the time of the last one, as crm_mon prints it.
	LastFailure string
}

// A Failure is a failed action.
type Failure struct {
	// Operation is its key, as in rsc_ip_monitor_10000.
	Operation, Node string
	// Code is the exit code, Status what became of the action (complete, Timed Out), and Reason the
	// agent's exit reason.
	Code           int
	Status, Reason string
	// LastChange is the time, as crm_mon prints it.
	LastChange string
}

// A Ban is a location constraint with a negative score.
type Ban struct {
	ID, Resource, Node string
	Weight             Score
	// PromotedOnly bans the promoted role alone; Pacemaker before 2.1 calls it master_only.
	PromotedOnly bool
}

// Status asks crm_mon once. Pacemaker before 2.0.3 knows only the older way to ask for XML; it is tried
// when the newer one is refused.
func (c *Cluster) Status(ctx context.Context) (*Status, error) {
	result, err := c.ask(ctx, nil, toolMonitor, "--one-shot", "--inactive", "--output-as=xml")
	if errors.Is(err, ErrUsage) {
		result, err = c.ask(ctx, nil, toolMonitor, "--one-shot", "--inactive", "--as-xml")
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the cluster's status: %w", err)
	}
	status, err := ParseStatus(result.Stdout)
	if err != nil {
		return nil, fmt.Errorf("ask for the cluster's status: %w", err)
	}
	return status, nil
}

// Where are the instances of the primitive, stopped ones included.
func (s *Status) Where(resource string) []Placement {
	var found []Placement
	for _, p := range s.Resources {
		if p.Resource == resource {
			found = append(found, p)
		}
	}
	return found
}

// Node is the node of that name.
func (s *Status) Node(name string) (NodeStatus, bool) {
	for _, node := range s.Nodes {
		if node.Name == name {
			return node, true
		}
	}
	return NodeStatus{}, false
}
