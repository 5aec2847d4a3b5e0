// Package guard lets the nodes of a laboratory mount file systems although they share the host's kernel.
//
// Mounting needs CAP_SYS_ADMIN, which opens much more. Three things stand between a node that has it and the host:
//
//   - Its mounts are locked by the kernel (Lock): what the laboratory made read-only or covered cannot be made
//     writable, unmounted, moved, or reached through a copy, by whichever call.
//   - A filter of system calls (Install) refuses what else the capability opens: other namespaces, swap, BPF, events,
//     keys, the kernel's log, and the ioctls by which a loop device could come to be another's.
//   - A Supervisor outside the node, which the filter asks, lets the file systems of a file server be mounted and no
//     interface of the kernel such as proc, sysfs, cgroup2 or debugfs. When nobody supervises, the call fails.
//
// It is made against accidents. A process that changes its arguments while they are looked at, or an image of a file
// system that was prepared to break the kernel, is not stopped here.
package guard
