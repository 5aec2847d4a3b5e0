// Package pair is an SAP HANA replication pair on the scheduler's bench: two databases that are up or down, primary or
// secondary, the hook and the topology agent that tell the cluster of it, and SAPHana's own Decide, which turns that
// into scores and exit codes. So a case says what happens to a database, not what score follows from it.
//
// The databases are the least that Decide can be asked about. What SAP's tools print, and how long they take, is for
// the simulator of SAP HANA and the laboratory. They do know what the cluster does not: whether a secondary has all
// data. [Check] holds every transition against that, and against what must never be.
package pair
