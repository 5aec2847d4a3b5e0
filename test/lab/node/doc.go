// Package node is one machine of the laboratory seen from inside: what process 1
// mounts, which addresses and programs it brings up, and how it dies.
//
// A node shares the host's kernel and reads the host's root file system, so it runs
// the distribution's own corosync and Pacemaker. Everything it writes stays in a layer
// of its own, its "disk". Its process 1 holds no capability with which the kernel, the
// clock, the host's mounts or the host's devices could be reached (see Protect; package guard for nodes that mount), and
// a write to /proc/sysrq-trigger or a call of reboot(2) ends this node and nothing else.
//
// It is not for tests that need only an interface or a mount: package lab gives those
// unprivileged namespaces.
package node
