// Package daemon is a node's kernel as far as DRBD is concerned: a process that holds a core.Node, carries its messages over the
// replication network, and answers the tools through a local socket.
//
// What a disk would keep is in Folder and survives a loss of power; everything else is gone with the process, as with a kernel. A
// connection is one of TCP to the addresses of the configuration. It is believed in as long as something arrives within ping-int
// and ping-timeout, so a cut cable, a silent network and a peer without power are noticed as DRBD notices them.
package daemon
