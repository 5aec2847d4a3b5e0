// Package drbdvm runs a real DRBD between two virtual machines, for the tests of make test-drbd: nothing
// else shows what the kernel says of a cut link, a lost node or a resync, and what a cluster makes of it.
//
// The guests, alfa and bravo, run Debian's kernel with its DRBD 8.4, corosync and Pacemaker in qemu, on an
// emulated processor; no KVM is needed. The resource r0 replicates /dev/vdb of 96 MiB. A [Pair] boots them,
// runs commands in them, cuts their links, pulls their plugs, and saves both, memory included, so that tests
// start from a prepared state in two seconds. They end with the process that has started them.
//
// A process start costs 50 to 100 ms in there: ask [Guest.Read] for files, and give waits a long limit.
package drbdvm
