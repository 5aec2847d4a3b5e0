// Package core is what a replicating database means, without any process, clock or network:
// a log with its lineage, what a source owes to its secondaries before it may acknowledge a row,
// and what a target makes of what it gets.
//
// One volume (that of one service) has one Log. Where the database is primary, or a secondary that
// feeds another one, a Source reads it; where it is secondary, a Target writes it. Times are
// arguments. Nothing here is safe for concurrent use: a process guards it.
package core
