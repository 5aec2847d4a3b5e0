// Package wire speaks with the other host of a pair (docs/spec/replication-checker.md, section 8): frames over two
// streams, the helper that reads devices there and sends digests of them, and the link to it, which is made again
// when it is lost. How the helper is started, and which devices it may open, is the caller's.
//
// It is not for the contents of devices: nothing but digests, sizes and errors crosses the network.
package wire
