// Package rack is what the nodes of one laboratory stand in: power, cables and disks,
// held by a single process.
//
// The rack process is process 1 of its own PID namespace and lives in its own mount
// and network namespaces. Switches, disks and nodes exist only inside these, so that the
// end of that one process, even by SIGKILL at any point, is the end of all of them:
// the kernel itself cleans up, all but the loop devices of shared disks, which the next up or down of that
// laboratory detaches. What remains is the folder /run/ocflab/ID, which
// holds the control socket, a log, and a lock that the rack keeps as long as it lives.
// Two laboratories have nothing in common that could meet.
//
// Nothing here knows what a cluster is; package cluster describes the nodes.
package rack
