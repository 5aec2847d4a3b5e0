// Package cluster is a Pacemaker cluster of laboratory nodes: how it is described to the
// rack, brought up, asked, and waited for.
//
// Waiting is always for a condition, with a deadline whose error says what was seen last.
package cluster
