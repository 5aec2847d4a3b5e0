// Package hana is what SAP HANA says and means: where an installation keeps its files, how its tools are
// run as <sid>adm, and what their answers stand for.
//
// The facts are those of docs/spec/saphana.md 4 to 6 and saphana-topology.md 4 to 8. An answer is
// typed, and not knowing is an answer of its own: a tool that gave none in time, could not be run or
// printed something else is an error and never a value. What an answer means for the cluster is the
// agents' to decide; this package knows nothing of a cluster.
package hana
