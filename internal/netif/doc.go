// Package netif asks and changes what the kernel knows about addresses,
// links and routes, and announces addresses to the neighbours by ARP and
// neighbour advertisements. It also spreads the clients of an address that
// several nodes hold ([Sharing]). It is everything the IPaddr2 agent needs from the
// network side of the kernel.
//
// It offers two kinds of questions. A single question ([Net.LinkByName],
// [Net.Find]) costs a few microseconds however many addresses the machine
// holds: a monitor asks only such. A list ([Net.Addresses], [Net.Routes])
// costs about a microsecond an entry: start and stop may use it, and a
// monitor whose single question stayed unsure.
//
// It is not a general network library: it knows no bridges, tunnels, VLANs,
// policy rules or traffic control. Requests are built with the nl package of
// vishvananda/netlink rather than that module's upper layer, because the
// latter cannot say what the agent must: an IPv4 address without broadcast, an
// address metric, one address instead of all, routes of one table only, a
// route exactly as the kernel described it.
//
// Nothing is opened before the first question.
package netif
