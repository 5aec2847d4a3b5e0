package cluster

import (
	"context"
	"fmt"
	"strings"
)

// What `cl_status rscstatus` says of the resources that a node has.
const (
	// HoldsNone: no resource of haresources.
	HoldsNone = "none"
	// HoldsLocal are those that name the node, HoldsForeign the other node's, HoldsAll both.
	HoldsLocal   = "local"
	HoldsForeign = "foreign"
	HoldsAll     = "all"
)

// HeartbeatResources is the id under which a View has what a heartbeat node holds; the role says how much that is.
const HeartbeatResources = "haresources"

// heartbeatView asks a node's heartbeat. What all nodes hold is not known to one of them: there is its own only. A
// cluster of heartbeat's has neither quorum nor a DC; every node is its own.
func (l *Lab) heartbeatView(ctx context.Context, on string) (View, error) {
	members, err := l.Members(ctx)
	if err != nil {
		return View{}, err
	}
	v := View{DC: on, Quorate: true}
	for _, m := range members {
		// The exit code is not zero for a node that is dead, too.
		state, err := l.Look(ctx, on, "cl_status", "nodestatus", m)
		if state = strings.TrimSpace(state); state == "" && err != nil {
			return View{}, err
		}
		v.Nodes = append(v.Nodes, NodeView{Name: m, Online: state == "active" || state == "up", Pending: state == "up"})
	}
	holds, err := l.Look(ctx, on, "cl_status", "rscstatus")
	if err != nil && strings.TrimSpace(holds) == "" {
		return View{}, err
	}
	v.Resources = []Resource{{ID: HeartbeatResources, Agent: SoftwareHeartbeat, Role: strings.TrimSpace(holds), Node: on}}
	return v, nil
}

// settled tells why a node of heartbeat's has not decided yet which resources are its own.
func settled(v View) error {
	for _, r := range v.Resources {
		switch r.Role {
		case HoldsNone, HoldsLocal, HoldsForeign, HoldsAll:
		default:
			return fmt.Errorf("the resources of %s are in %q", r.Node, r.Role)
		}
	}
	return nil
}
