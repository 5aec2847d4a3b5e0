package crmtest

import "github.com/beevik/etree"

type place struct{ node, role string }

// Stop ends Pacemaker on a node: its tools do not connect, and its transient attributes are gone.
// Corosync, and so the membership, goes on.
func (c *Cluster) Stop(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.node(name)
	c.leave(n)
	c.down(n)
}

// Crash takes a node out of the membership. Where fencing is enabled it is unclean until Fenced.
func (c *Cluster) Crash(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.node(name)
	n.lost = true
	setAttr(c.state(n), "in_ccm", "false")
	c.leave(n)
}

// Fenced says that a node that crashed is known to be off.
func (c *Cluster) Fenced(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down(c.node(name))
}

func (c *Cluster) leave(n *node) {
	n.running = false
	n.attributes = map[string]string{}
	state := c.state(n)
	setAttr(state, "crmd", "offline")
	if e := state.SelectElement("transient_attributes"); e != nil {
		state.RemoveChild(e)
	}
	c.elect()
}

func (c *Cluster) down(n *node) {
	setAttr(c.state(n), "join", "down")
	setAttr(c.state(n), "expected", "down")
}

// Start brings a node into the cluster.
func (c *Cluster) Start(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start(c.node(name))
}

func (c *Cluster) start(n *node) {
	n.running, n.lost = true, false
	state := c.state(n)
	for _, pair := range [][2]string{
		{"in_ccm", "true"}, {"crmd", "online"}, {"join", "member"}, {"expected", "member"},
	} {
		setAttr(state, pair[0], pair[1])
	}
	c.elect()
	n.attributes["#feature-set"] = featureSet
	c.flush(n)
}

// Hold keeps transient attributes from reaching the CIB, as a busy attribute daemon or a dampening
// delay does, until Release.
func (c *Cluster) Hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

// Release writes what was held.
func (c *Cluster) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = false
	for _, n := range c.nodes {
		c.flush(n)
	}
}

// Place says where a primitive is active, and in which role: Started, Promoted or Unpromoted.
func (c *Cluster) Place(resource, node, role string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.placed[resource] = append(c.placed[resource], place{node, role})
}

// Displace says that a primitive is active nowhere.
func (c *Cluster) Displace(resource string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.placed, resource)
}

// Configure replaces the resources section with the given XML. It panics on bad XML: that is the test's.
func (c *Cluster) Configure(resources string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(resources); err != nil || doc.Root() == nil || doc.Root().Tag != "resources" {
		panic("crmtest: not a resources section: " + resources)
	}
	c.replace(c.section("resources"), doc.Root())
}

// elect makes the first running node the DC, and settles quorum: more than half, or one of two nodes.
func (c *Cluster) elect() {
	root, members := c.cib.Root(), 0
	root.RemoveAttr("dc-uuid")
	for _, n := range c.nodes {
		if !n.lost {
			members++
		}
		if n.running && root.SelectAttr("dc-uuid") == nil {
			root.CreateAttr("dc-uuid", n.id)
		}
	}
	quorate := "0"
	if 2*members > len(c.nodes) || len(c.nodes) == 2 && members == 1 {
		quorate = "1"
	}
	setAttr(root, "have-quorum", quorate)
}
