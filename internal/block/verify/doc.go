// Package verify compares the two devices of a pair and says where they differ for good
// (docs/spec/replication-checker.md, sections 10 to 13). A block on its way to the other side differs for a moment,
// so what the first pass finds is only suspected: it is read again, freshly and on both sides at nearly the same
// time, until it is equal once or has been different, and the same, for long enough.
//
// The package changes neither device. It starts no program and knows nothing of DRBD: what the replication says of
// itself comes in as [State].
package verify
