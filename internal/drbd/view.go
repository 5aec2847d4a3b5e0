package drbd

import "time"

// A view is one copy of one volume as a rule sees it: a peer's, or the local one alone where there is no peer.
type view struct {
	host     *Host
	resource *Resource
	volume   *Volume
	// peer is nil where the volume has no connection. told is false where a connected peer has no copy of the volume;
	// copy is empty then.
	peer *Peer
	copy PeerVolume
	told bool
	// others are the same volume towards all peers.
	others []PeerVolume

	// mark and before are nil where nothing watched.
	mark *Mark
	// other is the name of the other host where it was asked; 8.4 does not name its peer.
	other    string
	before   *view
	evidence []Verdict
	options  Options
	verified *Verified
	now      time.Time
}

// views are the copies of all volumes of a resource, volume by volume.
func views(h *Host, r *Resource) []view {
	var all []view
	for i := range r.Volumes {
		volume := view{host: h, resource: r, volume: &r.Volumes[i]}
		for j := range r.Peers {
			if copied := r.Peers[j].Volume(volume.volume.Number); copied != nil {
				volume.others = append(volume.others, *copied)
			}
		}
		if volume.volume.Unconfigured || len(r.Peers) == 0 {
			all = append(all, volume)
			continue
		}
		for j := range r.Peers {
			v := volume
			v.peer = &r.Peers[j]
			if copied := v.peer.Volume(v.volume.Number); copied != nil {
				v.copy, v.told = *copied, true
			}
			all = append(all, v)
		}
	}
	return all
}

// connected reports whether both sides speak with each other, as this one sees it.
func (v view) connected() bool {
	return v.peer != nil && v.peer.Connection == Connected && v.told && v.copy.Replication > Off
}

// old reports whether the local text says of disks only whether the own one is consistent, as 0.7 does.
func (v view) old() bool { return v.host.Version.Generation == Gen07 }

// lasted is for how long the states have been what they are, 0 when nothing watched them.
func (v view) lasted() time.Duration {
	if v.mark == nil {
		return 0
	}
	return v.now.Sub(v.mark.Since)
}

// still is for how long nothing has moved.
func (v view) still() time.Duration {
	if v.mark == nil {
		return 0
	}
	return v.now.Sub(v.mark.Progress)
}

// target reports whether any peer sends this node's copy of the volume what it misses: with several peers the resync
// runs with one of them, and the copy is as inconsistent towards all.
func (v view) target() bool {
	for _, other := range v.others {
		if other.Replication.Target() || other.Replication == Behind {
			return true
		}
	}
	return false
}

// device is what people call the volume: r0/0, or its minor where names are not known.
func (v view) device() string { return deviceName(v.resource.Name, v.volume.Number, v.volume.Minor) }

// unnamedPeer is how 8.4's tools call the one peer of a resource.
const unnamedPeer = "peer"

// peerName is the other side in a sentence.
func (v view) peerName() string {
	switch {
	case v.peer != nil && v.peer.Name != "" && v.peer.Name != unnamedPeer:
		return v.peer.Name
	case v.other != "" && len(v.resource.Peers) <= 1:
		return v.other
	}
	return "the peer"
}
