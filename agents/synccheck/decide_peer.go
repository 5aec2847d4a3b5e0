package synccheck

import "ocfbox/internal/ocf"

// peers says of the other nodes what only this one knows (decision 26 of the project: a stale mirror has no grace).
// A node that has left the cluster has lost its attributes, and nothing is written for it.
func (d *decision) peers(s Subject, own State, sole bool) {
	if !s.View.Known || !s.View.Up {
		return
	}
	for _, peer := range s.View.Peers {
		nodes, certain := s.nodesOf(peer)
		for _, node := range nodes {
			is := s.verdictOn(peer, node, own, sole, certain)
			if !node.Member || is == node.State {
				continue
			}
			name := attributes(d.Prefix, s.View.Resource).state
			d.note(ocf.Info, "DEC: %s@%s=%s was=%s because %s", name, node.Node, is, node.State, s.View.grounds())
			d.write(node.Node, name, string(is), !is.usable())
		}
	}
}

// verdictOn is the state that a peer's node is to have, which is the one that it has unless this node knows better.
// Sole tells that the peer was not primary when it was last seen: a PRIM of its node is then a thing of the past.
// Certain is whose copy it is: what is in doubt is lowered, and never raised.
func (s Subject) verdictOn(peer PeerView, node Said, own State, sole, certain bool) State {
	v := s.View
	// Good is what the node says of itself, may say again by itself, or what a rule may take for good.
	good := node.State == StateSync || node.State == StateUnknown || node.State == "" || node.State == StatePrimary && sole
	switch {
	case own == StateSplit && v.Primary && node.State == StatePrimary:
		return StateSplit
	case !peer.Connected && good && (v.Primary || s.hasMore(peer)):
		return StateFail
	case !v.Primary || !peer.Connected:
	case peer.Source && node.State == StateSync:
		return StateWait
	case !peer.Current && node.State == StateSync:
		return StateFail
	case own == StatePrimary && peer.Current && peer.Harmless && certain && node.State == StateWait:
		return StateSync
	}
	return node.State
}

// hasMore reports whether this node, which was the one with the good copy, has written what the peer lacks: it was
// primary after the connection was lost, and is no more.
func (s Subject) hasMore(peer PeerView) bool {
	return s.View.Current && s.Own.State.usable() && peer.OutOfSync > 0
}
