package saphana

import (
	"strconv"
	"strings"

	"ocfbox/internal/crm"
)

// mayBePrimary reports whether a takeover from the node could make two primaries. Pacemaker demotes an instance without
// stopping it when its score is lost, as it is when the attribute daemon of its node dies, and a demoted database
// goes on as primary (17.1, row 104). A monitor that found its database down has said so by its score: the roles
// may be older.
func (n Node) mayBePrimary() bool {
	if !n.Online || !n.Started || n.waiting() || n.CloneState == "UNDEFINED" || n.Score == scoreYield {
		return false
	}
	status, rest, _ := strings.Cut(n.Roles, ":")
	return status != "1" && !strings.HasPrefix(rest, "S:")
}

// started is what the last operation that does not recur has made of a resource on a node.
func started(operations []crm.Operation, node, resource string) bool {
	var last crm.Operation
	latest := -1
	for _, op := range operations {
		id, _, _ := strings.Cut(op.Resource, ":")
		call, err := strconv.Atoi(op.Call)
		if op.Node == node && id == resource && op.Interval == "0" && err == nil && call > latest {
			last, latest = op, call
		}
	}
	switch last.Task {
	case "promote", "demote":
		return true
	case "start", "monitor":
		return last.RC == "0" || last.RC == "8"
	}
	return false
}
