package drbd

import "slices"

// A DeviceName is which volume of which resource a minor is.
type DeviceName struct {
	Minor    int
	Resource string
	Volume   int
}

// Named gives the rows of /proc/drbd their names and puts the volumes of a resource together. Minors without a name stay
// as they are, at the end.
func (h Host) Named(names []DeviceName) Host {
	var named, rest []Resource
	for _, r := range h.Resources {
		at := slices.IndexFunc(names, func(n DeviceName) bool {
			return r.Name == "" && len(r.Volumes) == 1 && n.Minor == r.Volumes[0].Minor
		})
		if at < 0 {
			rest = append(rest, r)
			continue
		}
		r = r.renamed(names[at])
		if i := slices.IndexFunc(named, func(n Resource) bool { return n.Name == r.Name }); i >= 0 {
			named[i].join(r)
			continue
		}
		named = append(named, r)
	}
	h.Resources = append(named, rest...)
	return h
}

// renamed is a row of its own with its name and the number of its volume.
func (r Resource) renamed(name DeviceName) Resource {
	r.Name = name.Resource
	r.Volumes = slices.Clone(r.Volumes)
	r.Volumes[0].Number = name.Volume
	r.Peers = slices.Clone(r.Peers)
	for i := range r.Peers {
		r.Peers[i].Volumes = slices.Clone(r.Peers[i].Volumes)
		for j := range r.Peers[i].Volumes {
			r.Peers[i].Volumes[j].Number = name.Volume
		}
	}
	return r
}

// join adds a further volume's row. What belongs to the whole resource is the same in every row of it, but for a moment
// between two rows: the worse word wins.
func (r *Resource) join(row Resource) {
	r.Mixed = r.Mixed || r.Role != row.Role
	r.Role = max(r.Role, row.Role)
	for _, word := range row.Suspended {
		if !slices.Contains(r.Suspended, word) {
			r.Suspended = append(r.Suspended, word)
		}
	}
	r.Volumes = append(r.Volumes, row.Volumes...)
	for _, peer := range row.Peers {
		if len(r.Peers) == 0 {
			r.Peers = append(r.Peers, peer)
			continue
		}
		first := &r.Peers[0]
		first.Connection = min(first.Connection, peer.Connection)
		first.Congested = first.Congested || peer.Congested
		first.Volumes = append(first.Volumes, peer.Volumes...)
	}
}

// Only is the host with the named resources alone; all of them without names.
func (h Host) Only(names ...string) Host {
	if len(names) == 0 {
		return h
	}
	h.Resources = slices.DeleteFunc(slices.Clone(h.Resources), func(r Resource) bool {
		return !slices.Contains(names, r.Name)
	})
	return h
}
