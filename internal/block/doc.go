// Package block reads devices and files that are meant to be equal, and compares what was read: sizes, alignment,
// direct reading, holes, differing blocks, digests and a rate. It knows nothing of DRBD, of file systems or of what
// a difference means (package verify judges that).
//
// A block device is read past the page cache (O_DIRECT), always: what replicates below the cache, as DRBD does,
// leaves old data in it for as long as somebody holds the device open (docs/spec/replication-checker.md, section 7).
package block
