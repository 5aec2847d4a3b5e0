// Package config reads as much of DRBD's configuration as the simulator's commands need: resources, volumes,
// hosts, and the options of sections net, disk, options and handlers.
//
// Both forms are read, options straight in the resource and in its hosts, and includes with patterns. What is not known is skipped, as
// long as braces and semicolons are right.
package config
