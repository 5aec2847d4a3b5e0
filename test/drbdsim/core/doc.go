// Package core is the state machine of one node's DRBD: roles, disks, connections, generation identifiers,
// bitmaps, resync and verify.
//
// A Node is pure. It is told what happens (a command, a message of a peer, a connection that stands or is lost, time that
// passed) and answers with a Result, and with messages for its peers that somebody else carries: package daemon over the
// replication network, package pair in memory with a clock of its own. The rules are those of DRBD 8.4.11 and 9.2.14 as
// docs/spec/replication-checker.md and docs/spec/drbddisk.md have them, and as the recorded situations below
// internal/drbd/testdata show them.
package core
