// Package service has the scenarios of a service on the disk that the nodes share: Debian's MariaDB and Apache, each in a
// group with an address and a file system, managed by the distribution's own agents. A client writes numbered rows
// through the address all the time, and what it was promised must be there in the end.
package service
