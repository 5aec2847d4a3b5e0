// Package heartbeat has the scenarios of heartbeat with haresources: services on disks that the nodes share, which our
// resource scripts start and stop. There is no fencing: heartbeat takes a node that is silent for dead.
//
// A scenario passes when each service is where haresources says, whole and on one node only, and its rows are those of
// its nodes in turn.
package heartbeat
