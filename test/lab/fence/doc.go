// Package fence is the laboratory's fencing device: what Pacemaker runs inside a node
// as /usr/sbin/fence_ocflab, and what that says to the power controller outside.
//
// The agent follows the FenceAgentAPI of ClusterLabs: options as name=value lines on standard input,
// the answer as an exit code. As good agents for real devices do, it does not believe the
// device: after "off" it asks for the state until the node is off, and fails when it is not.
package fence
