package cluster

import (
	"context"
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

// heartbeatView asks a node's heartbeat, which knows what it holds itself.
func (l *Lab) heartbeatView(ctx context.Context, on string) (View, error) {
	members, err := l.Members(ctx)
	if err != nil {
		return View{}, err
	}
	v := View{Leaderless: true}
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
