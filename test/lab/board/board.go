// Package board shows a scenario while it runs: a table that gets a row each time something changes,
// so that it reads alike on a terminal and in a file.
package board

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/trajectory"
)

// A Board is a table of one scenario: what the cluster says of each node, which node's kernel has the
// address, and whether the client reaches it.
type Board struct {
	Out     io.Writer
	Members []string
	// Address is the one that the table is about; nodes have others too.
	Address netip.Addr
	// Database, when its SID is set, adds what the cluster knows of the database on each node.
	Database Database
	// Began is the time that the first column counts from.
	Began time.Time

	nodes   map[string]*nodeState
	reached string
	shown   string
	headed  bool
	last    time.Time
}

// A Database is a replicated SAP HANA and the resource that manages it.
type Database struct{ SID, Resource string }

type nodeState struct {
	off     bool
	cluster string
	address bool
	// database is its role, landscape status, sync state and score.
	database string
}

// width is that of a node's column.
func (b *Board) width() int {
	if b.Database.SID != "" {
		return 38
	}
	return 26
}

// Add takes the next entry of the trajectory, and writes a row if it changes the picture.
func (b *Board) Add(e trajectory.Entry) {
	if b.nodes == nil {
		b.nodes = make(map[string]*nodeState)
		for _, name := range b.Members {
			b.nodes[name] = &nodeState{cluster: "online"}
		}
		b.reached = "-"
	}
	switch e.Kind {
	case trajectory.Step:
		b.line(e.Time, "> "+e.What)
		return
	case trajectory.Event:
		b.event(e)
	case trajectory.Address:
		if node := b.nodes[e.Node]; node != nil && e.Address == b.Address.String() {
			node.address = e.Up
		}
	case trajectory.Reach:
		if b.Database.SID != "" {
			// What its rows become says more.
			return
		}
		b.reached = "lost"
		if e.Up {
			b.reached = "reaches it"
		}
	case trajectory.Client:
		b.reached = "waits"
		if e.Up {
			b.reached = "writes"
		}
	case trajectory.State:
		b.sample(e)
	default:
		return
	}
	b.row(e.Time)
}

// event takes a change of power, and says what the fencing device did.
func (b *Board) event(e trajectory.Entry) {
	node := b.nodes[e.Node]
	switch {
	case e.What == rack.Fencing:
		b.line(e.Time, "fencing of "+e.Node+": "+e.Detail)
	case node == nil:
	case e.What == rack.PowerOff:
		node.off, node.address = true, false
	case e.What == rack.PowerOn:
		node.off, node.cluster = false, "starting"
	}
}

// sample takes what a node says of the others. A node that was lost believes all kinds of things, so
// only one that counts itself online, with quorum, is believed.
func (b *Board) sample(e trajectory.Entry) {
	if e.Sample == nil || e.Sample.Nodes[e.Node] != "online" || !e.Sample.Quorate {
		return
	}
	for name, state := range e.Sample.Nodes {
		if node := b.nodes[name]; node != nil {
			node.cluster = state
		}
	}
	for name, node := range b.nodes {
		node.database = b.Database.of(e.Sample.Attributes[name])
	}
}

// of puts a node's attributes into words, such as "PROMOTED 4:P PRIM 150".
func (d Database) of(attributes map[string]string) string {
	prefix := "hana_" + strings.ToLower(d.SID) + "_"
	roles := attributes[prefix+"roles"]
	var words []string
	for _, word := range []string{
		attributes[prefix+"clone_state"], roles[:min(3, len(roles))], attributes[prefix+"sync_state"], attributes["master-"+d.Resource],
	} {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// row writes the picture, unless it is the one that was written last.
func (b *Board) row(at time.Time) {
	var cells strings.Builder
	for _, name := range b.Members {
		fmt.Fprintf(&cells, "%-*s", b.width(), b.nodes[name].text())
	}
	picture := cells.String() + b.reached
	if picture == b.shown {
		return
	}
	if !b.headed {
		b.headed = true
		var heads strings.Builder
		for _, name := range b.Members {
			fmt.Fprintf(&heads, "%-*s", b.width(), name)
		}
		fmt.Fprintf(b.Out, "%9s  %s%s\n", "", heads.String(), "the client")
	}
	b.shown = picture
	b.line(at, picture)
}

// line writes a line. Entries come from several watchers, and may be milliseconds out of order.
func (b *Board) line(at time.Time, text string) {
	if at.Before(b.last) {
		at = b.last
	}
	b.last = at
	fmt.Fprintf(b.Out, "%7.1f s  %s\n", at.Sub(b.Began).Seconds(), text)
}

func (n *nodeState) text() string {
	state := n.cluster
	if n.database != "" && n.cluster == "online" {
		state = n.database
	}
	if n.off {
		state = "NO POWER (" + n.cluster + ")"
	}
	if n.address {
		state += ", ADDRESS"
	}
	return state
}
