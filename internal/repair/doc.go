// Package repair makes two copies of a device the same again where a comparison has found them different
// (docs/spec/replication-checker.md, section 15). Only what differs is written, in the one direction that was named,
// after a plan that people can read, and with what was overwritten kept so that it can be put back.
//
// Copies that DRBD keeps in sync are not written behind its back: package repair gives the commands with which DRBD
// mends them itself, and runs none.
package repair
