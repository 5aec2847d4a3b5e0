// Package mount tells what is mounted in this mount namespace, and mounts and unmounts.
//
// The table of mounts is read from /proc/self/mountinfo and compared byte for byte: a name with blanks, tabs,
// per cent signs or brackets is a name like any other. What is seen at a path is decided from the tree that the
// kernel's mount ids form, never from the order of lines or from a text that looks alike. Decisions about a table
// are pure; the functions that ask the kernel are few and named.
//
// Reading the table costs what the number of mounts costs. A caller that only wants to know whether a certain
// device is mounted at a certain path asks [Look], which costs the same with ten mounts and with ten thousand.
//
// A call on a path may wait for the server of a file system on the way to it. Look, Read and Unmount do not wait
// for the server of the file system that is mounted at the path itself.
package mount
