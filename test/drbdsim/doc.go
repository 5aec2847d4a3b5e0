// Package drbdsim is DRBD to practise on: the commands drbdadm and drbdsetup, /proc/drbd, and a state machine of two or more
// nodes below them, whose replication network can be cut. It is part of the laboratory and never of the product.
//
// Dispatch plays the part that argv[0] names; Addition says what nodes of a laboratory need for that. What is
// simulated, and what is not, is written down in docs/drbdsim.md.
package drbdsim
