// Package files has the scenarios of a file server: an address, a file system on the disk that the nodes share, and a
// service that keeps rows on it, in one group. A client writes rows through the address all the while.
//
// A scenario passes when no row that the client was promised is lost and no node would have mounted the disk while
// another one had it, besides what it is about itself.
package files
