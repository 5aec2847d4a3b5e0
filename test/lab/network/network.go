// Package network is the cabling of a laboratory: three local networks, the cables that lead
// from them to the nodes, and what cuts and heals those.
//
// All of it lives in the network namespace of the calling process, which is the rack's
// own. Nothing is made in the host's.
package network

import (
	"crypto/rand"
	"fmt"
	"net"
	"slices"
	"sync"

	"github.com/vishvananda/netlink"
)

// The local networks. Every node has a card in each.
const (
	Client      = "client"
	Cluster     = "cluster"
	Replication = "replication"
)

// Links lists the local networks; a node's interfaces eth0, eth1 and eth2 are in this order.
func Links() []string { return []string{Client, Cluster, Replication} }

// Card names a node's interface in a local network.
func Card(link string) string { return fmt.Sprintf("eth%d", slices.Index(Links(), link)) }

// Cabling is the set of switches and cables of one laboratory.
type Cabling struct {
	mu    sync.Mutex
	slots []string
	// cut holds the cables that do not carry anything.
	cut map[cable]bool
	// hardware holds the addresses of the cards, which a machine keeps when it boots again: who knew it goes on knowing it.
	hardware map[cable]net.HardwareAddr
}

type cable struct{ node, link string }

// New sets up the switches: one bridge a local network, which forwards at once.
func New() (*Cabling, error) {
	c := &Cabling{cut: map[cable]bool{}, hardware: map[cable]net.HardwareAddr{}}
	for _, link := range Links() {
		off := false
		bridge := &netlink.Bridge{LinkAttrs: attributes(bridgeName(link)), MulticastSnooping: &off}
		if err := netlink.LinkAdd(bridge); err != nil {
			return nil, fmt.Errorf("add bridge %s: %w", bridge.Name, err)
		}
		if err := netlink.LinkSetUp(bridge); err != nil {
			return nil, fmt.Errorf("bring up bridge %s: %w", bridge.Name, err)
		}
	}
	return c, nil
}

func attributes(name string) netlink.LinkAttrs {
	a := netlink.NewLinkAttrs()
	a.Name = name
	return a
}

func bridgeName(link string) string { return "ocflab-" + link[:min(len(link), 8)] }

// portName is what the switch's end of a cable is called.
func (c *Cabling) portName(node, link string) string {
	slot := slices.Index(c.slots, node)
	if slot < 0 {
		slot = len(c.slots)
		c.slots = append(c.slots, node)
	}
	return fmt.Sprintf("ocflab-n%d-%s", slot, Card(link))
}

// Plug connects the network namespace of process pid to the named local networks.
func (c *Cabling) Plug(node string, pid int, links []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, link := range links {
		if err := c.plug(node, pid, link); err != nil {
			return fmt.Errorf("plug %s into %s: %w", node, link, err)
		}
	}
	return nil
}

func (c *Cabling) plug(node string, pid int, link string) error {
	bridge, err := netlink.LinkByName(bridgeName(link))
	if err != nil {
		return err
	}
	a := attributes(c.portName(node, link))
	a.MasterIndex = bridge.Attrs().Index
	veth := &netlink.Veth{LinkAttrs: a, PeerName: Card(link), PeerNamespace: netlink.NsPid(pid)}
	veth.PeerHardwareAddr = c.card(cable{node, link})
	if err := netlink.LinkAdd(veth); err != nil {
		return err
	}
	return c.apply(cable{node, link})
}

// card is the hardware address of a node's card: a random one, locally administered, and always the same.
func (c *Cabling) card(k cable) net.HardwareAddr {
	if c.hardware[k] == nil {
		address := make(net.HardwareAddr, 6)
		// Read never fails.
		_, _ = rand.Read(address)
		address[0] = address[0]&^1 | 2
		c.hardware[k] = address
	}
	return c.hardware[k]
}

// Unplug takes out all cables of a node. A node that has none is fine.
func (c *Cabling) Unplug(node string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, link := range Links() {
		port, err := netlink.LinkByName(c.portName(node, link))
		if err != nil {
			continue
		}
		if err := netlink.LinkDel(port); err != nil {
			return fmt.Errorf("unplug %s from %s: %w", node, link, err)
		}
	}
	return nil
}

// Set cuts or heals a node's cable. The node sees its card lose or regain the carrier. It holds
// for a node that is switched off, too, when it comes back.
func (c *Cabling) Set(node, link string, cut bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(Links(), link) {
		return fmt.Errorf("link %q is unknown; there are %v", link, Links())
	}
	c.cut[cable{node, link}] = cut
	if err := c.apply(cable{node, link}); err != nil {
		return fmt.Errorf("set link %s of %s: %w", link, node, err)
	}
	return nil
}

func (c *Cabling) apply(k cable) error {
	port, err := netlink.LinkByName(c.portName(k.node, k.link))
	if _, absent := err.(netlink.LinkNotFoundError); absent {
		return nil
	}
	if err != nil {
		return err
	}
	if c.cut[k] {
		return netlink.LinkSetDown(port)
	}
	return netlink.LinkSetUp(port)
}

// Cut lists the links of node that are cut.
func (c *Cabling) Cut(node string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	links := []string{}
	for _, link := range Links() {
		if c.cut[cable{node, link}] {
			links = append(links, link)
		}
	}
	return links
}
