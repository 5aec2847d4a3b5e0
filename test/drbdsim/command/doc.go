// Package command is drbdadm and drbdsetup: they read the configuration, ask the node's kernel, and print what it answered in the
// words of drbd-utils 9.22.
package command
