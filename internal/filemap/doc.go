// Package filemap says what lies at parts of a device: which partition, volume and file system, and in it which
// file, free space, journal or meta data (docs/spec/replication-checker.md, section 14). It is for people who want to
// know what a difference between two copies means; it changes nothing, and never mounts anything.
//
// A file system that is mounted here is asked through its kernel, which knows what is not on the disk yet. What an
// ext2, ext3 or ext4 holds that is not mounted is read from the device. Both are a look at one moment: on a live file
// system, files come and go meanwhile.
package filemap
