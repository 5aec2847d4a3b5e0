package synccheck

import (
	"slices"
	"strings"
	"time"

	"ocfbox/internal/crm"
)

// A Mode is what the agent looks at.
type Mode string

// The modes: the data and the connections, or the connections alone.
const (
	ModeStatus Mode = "status"
	ModeLink   Mode = "link"
)

// A Said is what a node has published of a resource.
type Said struct {
	Node string
	// Member tells that the node belongs to the membership of the cluster, whatever its Pacemaker does.
	Member bool
	State  State
	Link   Link
	// OutOfSync, Since and Verify are as they were written.
	OutOfSync, Since, Verify string
}

// A Subject is one resource, and all that is known about it.
type Subject struct {
	View View
	// Own is what this node has published, Others the other nodes of the cluster.
	Own    Said
	Others []Said
	Memory Memory
	// Doubt tells that this action itself has just declared the copy good, because it saw a connection.
	Doubt bool
}

// An Observation is everything one action learned, and when.
type Observation struct {
	Now  time.Time
	Node string
	Mode Mode
	// Prefix begins the names of the attributes, Grace is how long a peer may take to leave the cluster after its
	// connection was lost, and Dampen the shortest time between two changes of an amount.
	Prefix        string
	Grace, Dampen time.Duration
	// Refresh asks for all that this node says about itself to be written, changed or not.
	Refresh  bool
	Subjects []Subject
}

// read takes what the CIB says about the resources.
func (o *Observation) read(cib *crm.CIB) {
	for i := range o.Subjects {
		s := &o.Subjects[i]
		words := attributes(o.Prefix, s.View.Resource)
		for _, node := range cib.Nodes {
			if node.Type != "" && node.Type != "member" {
				continue
			}
			said := saidBy(cib, node, words)
			if node.Name == o.Node {
				s.Own = said
				continue
			}
			s.Others = append(s.Others, said)
		}
	}
}

func saidBy(cib *crm.CIB, node crm.Node, words names) Said {
	value := func(name string) string {
		value, _ := cib.Value(of(node.Name, name))
		return value
	}
	return Said{
		Node: node.Name, Member: node.Member, State: State(value(words.state)), Link: Link(value(words.link)),
		OutOfSync: value(words.oos), Since: value(words.since), Verify: value(words.verify),
	}
}

// nodesOf are the nodes that the peer may be: the one that bears the connection's name, or else those that publish
// this resource and bear no other connection's name, or else the only other node that there is. DRBD 8.4 does not tell a
// peer's name. Certain tells that there is no doubt which node it is.
func (s Subject) nodesOf(peer PeerView) (nodes []Said, certain bool) {
	var speaking []Said
	for _, other := range s.Others {
		if sameHost(other.Node, peer.Name) {
			return []Said{other}, true
		}
		anothers := slices.ContainsFunc(s.View.Peers, func(p PeerView) bool { return sameHost(other.Node, p.Name) })
		if (other.State != "" || other.Link != "") && !anothers {
			speaking = append(speaking, other)
		}
	}
	alone := len(s.View.Peers) == 1
	switch {
	case len(speaking) > 0:
		return speaking, alone && len(speaking) == 1
	case len(s.Others) == 1:
		return s.Others, alone
	}
	return nil, false
}

// sameHost reports whether two names are of the same host: one may have its domain, and case does not count.
func sameHost(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	short := func(name string) string { name, _, _ = strings.Cut(name, "."); return name }
	return strings.EqualFold(a, b) || (!strings.Contains(a, ".") || !strings.Contains(b, ".")) && strings.EqualFold(short(a), short(b))
}

// writer is another member of the cluster that says it is primary.
func (s Subject) writer() (Said, bool) {
	for _, other := range s.Others {
		if other.Member && other.State == StatePrimary {
			return other, true
		}
	}
	return Said{}, false
}
