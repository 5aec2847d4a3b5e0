// Package install puts a simulated HANA on a node's disk, as SAP's installer leaves one: folders, links,
// profiles, the user, the host agent. It runs inside the node, as root, at the first boot.
package install
