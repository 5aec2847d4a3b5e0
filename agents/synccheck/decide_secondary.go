package synccheck

import (
	"slices"

	"ocfbox/internal/drbd"
)

// secondary is the state of a node whose copy is up to date as far as its own kernel knows. That is all that the
// kernel ever says of a node that was cut off (replication-checker.md 17).
func (d *decision) secondary(s Subject, m *Memory) State {
	peers, informed := s.View.authority()
	if !informed {
		return d.lost(s, m)
	}
	m.Pending = false
	worst := drbd.NoClass
	harmless := true
	for _, peer := range peers {
		worst = max(worst, peer.Class)
		harmless = harmless && peer.Harmless
	}
	switch {
	case harmless:
		return d.connected(s)
	case worst == drbd.Unknown:
		return StateUnknown
	case worst == drbd.Syncing:
		return StateWait
	}
	return StateFail
}

// authority are the peers that know what this copy lacks: the primary ones, or all when there is none. It is only
// told when these are connected.
func (v View) authority() (peers []PeerView, informed bool) {
	for _, peer := range v.Peers {
		if peer.Connected && peer.Primary {
			peers = append(peers, peer)
		}
	}
	if len(peers) > 0 {
		return peers, true
	}
	return v.Peers, len(v.Peers) > 0 && v.connected() == len(v.Peers)
}

// connected is the state of a copy that this node finds good. The kernel may go on saying so for seconds after the
// primary has lost the connection and has promised writes that never came here. So nobody raises his own copy while
// another node is primary: he asks (SWAIT), and the primary grants it when it finds the same. And a node that sees all
// its connections, while another one misses some or has left the cluster, sees what has been.
func (d *decision) connected(s Subject) State {
	writer, has := s.writer()
	switch {
	case has && writer.Link == LinkDown:
		return StateFail
	case s.Own.State == StateSync:
		return StateSync
	case has, s.asymmetric(), s.deserted():
		return StateWait
	}
	return StateSync
}

// asymmetric reports whether this node sees all connections, and another member not all of its own.
func (s Subject) asymmetric() bool {
	if s.View.Link() != LinkUp {
		return false
	}
	for _, other := range s.Others {
		if other.Member && (other.Link == LinkDown || other.Link == LinkPart) {
			return true
		}
	}
	return false
}

// deserted reports whether a connected peer's node has left the cluster, which DRBD has not noticed.
func (s Subject) deserted() bool {
	for _, peer := range s.View.Peers {
		nodes, _ := s.nodesOf(peer)
		if nodes == nil {
			nodes = s.Others
		}
		if peer.Connected && slices.ContainsFunc(nodes, func(n Said) bool { return !n.Member }) {
			return true
		}
	}
	return false
}

// lost is the state of a copy without a connection to the one that knows. It stays good if it was, and if nobody can
// have written since:
//
//   - No other member of the cluster is primary. Either nobody was when the connection went, or the primary has left
//     the cluster too, which is the ordinary failover. While it lived, it would have written SFAIL here.
//   - While the primary is still a member it may be writing, or it may be dead and the cluster has not noticed: DRBD
//     often is the first to. If it has told of the loss itself, it lives, and goes on without this node. Until that is clear the state is UNKNOWN, with which the service does not come here. It
//     becomes good again if the primary leaves the cluster within the time of grace, and SFAIL if it does not.
//
// What was not good does not become so without a connection: a node that has booted knows nothing. Neither does what
// this action has just called good while another node spoke.
func (d *decision) lost(s Subject, m *Memory) State {
	pending := s.Own.State == StateUnknown && m.Pending
	held := s.Own.State.usable() || pending
	late := d.elapsed(m) > d.Grace
	m.Pending = false
	switch {
	case !held, s.Doubt, pending && late:
		return StateFail
	}
	switch writer, has := s.writer(); {
	case has && (late || writer.Link == LinkDown):
		return StateFail
	case has:
		m.Pending = true
		return StateUnknown
	}
	return StateSync
}
