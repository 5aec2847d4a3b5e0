// Package guide holds the scenarios of SAP HANA system replication: the test procedures and the maintenance of
// SUSE's guide for the performance-optimised scale-up scenario, typed as it prints them, and the failures that it
// leaves out. They run on a simulated HANA (docs/hanasim.md) under a client that writes rows through the cluster's
// address all the while.
//
// What a scenario expects is written as in docs/spec/saphana.md section 18: one row for each milestone, in order,
// with a column for each node. Whether it went well is said by the databases' own logs, not by the cluster: no two
// primaries, no acknowledged row lost, and the address where the primary is.
package guide
