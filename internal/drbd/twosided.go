package drbd

import "fmt"

// bothSided is a verdict with the other host's view beside it.
func (in Observation) bothSided(v view, facing *view, verdict Verdict) Verdict {
	if worse, fits := in.asymmetric(v, facing); fits && verdict.Class <= Degraded &&
		(verdict.Class < Degraded || verdict.Reason == ReasonDisconnected || verdict.Reason == ReasonStandalone) {
		verdict = worse
	}
	if facing == nil {
		return verdict
	}
	if other := facing.verdict(); other.Class > verdict.Class {
		other.Text = "says " + in.remoteName() + ": " + other.Text
		verdict = other
	}
	return verdict
}

// asymmetric finds a connection that only one side believes in: the other has noticed its loss, or has no such resource.
func (in Observation) asymmetric(v view, facing *view) (Verdict, bool) {
	here := v.peer != nil && v.peer.Connection == Connected
	if facing == nil {
		if here && !v.copy.Client && in.meant(v) {
			return is(Degraded, ReasonAsymmetric, "%s is connected, says %s, but %s has no such resource up",
				v.device(), in.localName(), in.remoteName())
		}
		return Verdict{}, false
	}
	there := facing.peer != nil && facing.peer.Connection == Connected
	if here == there {
		return Verdict{}, false
	}
	yes, no := in.localName(), in.remoteName()
	if there {
		yes, no = no, yes
	}
	return is(Degraded, ReasonAsymmetric, "%s is connected, says %s, and %s says that it is not", v.device(), yes, no)
}

// meant reports whether a connection leads to the other host that was asked: by its name, or because it is the only one.
func (in Observation) meant(v view) bool {
	return len(v.resource.Peers) == 1 || in.Remote.Name != "" && v.peer.Name == in.Remote.Name
}

// counterpart is the other host's view of the same connection, nil when it has none.
func counterpart(v view, remote []view) *view {
	for i := range remote {
		o := &remote[i]
		if sameDevice(v, *o) && leadsTo(v.peer, o) && leadsTo(o.peer, &v) {
			return o
		}
	}
	return nil
}

// sameDevice reports whether two views are of one volume: by name and number, or by minor where names are not known.
func sameDevice(a, b view) bool {
	if a.resource.Name == "" || b.resource.Name == "" {
		return a.volume.Minor == b.volume.Minor
	}
	return a.resource.Name == b.resource.Name && a.volume.Number == b.volume.Number
}

// sameCopy reports whether two samples of one host are of the same copy. The name of a connection may have come or gone.
func sameCopy(a, b view) bool {
	if !sameDevice(a, b) || (a.peer == nil) != (b.peer == nil) {
		return false
	}
	return a.peer == nil || a.peer.NodeID == b.peer.NodeID
}

// leadsTo reports whether a connection leads to the host of a view: by number, by name, or because nothing says
// otherwise, as with 8.4, where a resource has one peer.
func leadsTo(peer *Peer, to *view) bool {
	switch {
	case peer == nil:
		return true
	case peer.NodeID >= 0 && to.resource.NodeID >= 0:
		return peer.NodeID == to.resource.NodeID
	case peer.Name != "" && peer.Name != unnamedPeer && to.host.Name != "":
		return peer.Name == to.host.Name
	}
	return true
}

// both says what has changed on each side since they lost each other, as far as the bitmaps tell.
func (in Observation) both(v view, facing *view) string {
	text := ""
	if v.copy.OOSKnown {
		text += fmt.Sprintf("; %s has changed %d KiB", in.localName(), v.copy.OutOfSyncKiB)
	}
	if facing != nil && facing.copy.OOSKnown {
		text += fmt.Sprintf("; %s has changed %d KiB", in.remoteName(), facing.copy.OutOfSyncKiB)
	}
	return text
}
