// Package drbd is what DRBD says and means: the state of replicated devices, read from the texts of every
// generation from 0.7 to 9, and what that state is worth.
//
// One Host holds what one machine says of its resources, whichever text it was read from. Classify turns an
// Observation (one or both machines, an earlier sample, the kernel's log, the generation identifiers) into a
// Report. Everything here is pure: no file is opened and no command is run; package feed below does that. A word
// that is not known is an Unknown of its type, never a guess, and the zero value of every state is the unknown one.
//
// The rules are those of docs/spec/replication-checker.md, part (i), with its section "Ours".
package drbd
