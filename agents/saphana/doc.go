// Package saphana is the SAPHana resource agent: it runs the SAP HANA database of its node as one half of
// a system replication pair, and takes over or registers when the cluster says so.
//
// The facts it follows are those of docs/spec/saphana.md, whose sections the comments cite, with the
// differences that its section 17 lists. An action asks everything once and side by side (observe.go),
// decides without asking anybody (score.go, lpa.go, decide*.go), and carries the verdict out (act.go).
// Attributes come from the agent SAPHanaTopology, which has to run as well.
package saphana
