// Package files has the scenarios of a file server: an address and a file system on the disk that the nodes share, in one
// group.
package files
