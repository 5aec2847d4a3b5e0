// Package holder finds the processes that use a mount, says what else keeps it busy, and signals processes safely.
//
// A process uses a mount when a descriptor, a directory, the program or a mapping of it refers to that very mount,
// by the number that the kernel gives to mounts (docs/spec/filesystem.md 7.3). Names are never compared where the
// number can be had, so a process that uses the same path in another mount namespace, a name that looks alike, or
// the same file system through another mount is no user. Nothing here asks the mounted file system anything: its
// server may be dead.
//
// The search is a reading of /proc through the small interface [View] and nothing else; what it finds are facts,
// not decisions. Signals go through pidfds, so they can never reach a process that was given the number of one
// that has ended.
package holder
