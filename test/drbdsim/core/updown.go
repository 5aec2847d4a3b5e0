package core

import (
	"slices"
	"strings"
)

// up makes a resource: its volumes with their disks, its connections on their way.
func (n *Node) up(s Settings) Result {
	if n.find(s.Name) != nil {
		return n.isUp(s)
	}
	for _, v := range s.Volumes {
		if b := n.Backings[BackingName(s.Name, v.Number)]; b == nil || b.Meta == nil {
			return Result{Code: CodeConfig, Output: []string{"No valid meta data found"}}
		}
	}
	r := &resource{Settings: s, role: Secondary}
	for _, vs := range s.Volumes {
		r.volumes = append(r.volumes, &volume{VolumeSettings: vs, disk: Diskless})
	}
	for _, ps := range s.Peers {
		p := &peer{PeerSettings: ps, conn: StandAlone, role: Unknown}
		for _, vs := range s.Volumes {
			p.volumes = append(p.volumes, &peerVolume{number: vs.Number, repl: Off, disk: DUnknown})
		}
		r.peers = append(r.peers, p)
	}
	n.resources = append(n.resources, r)
	slices.SortFunc(n.resources, func(a, b *resource) int { return strings.Compare(a.Name, b.Name) })
	defer n.watch(r)()
	var all Result
	for _, v := range r.volumes {
		all.Output = append(all.Output, n.attach(r, v).Output...)
	}
	for _, p := range r.peers {
		p.conn = Connecting
	}
	return all
}

// isUp is the answer to the second up.
func (n *Node) isUp(s Settings) Result {
	v := s.Volumes[0]
	if n.Generation == Gen9 {
		return failure(errMinorExists, "Minor or volume exists already (delete it first)")
	}
	return Result{Code: CodeUsage, Output: []string{sprintf("Device '%d' is configured!", v.Minor)}}
}

// down takes a resource away. What is Primary and not in use is demoted first.
func (n *Node) down(r *resource) Result {
	if result := n.secondary(r); !result.Done() {
		if n.Generation == Gen84 && !result.Wait {
			result.Info = []string{"failed to demote"}
		}
		return result
	}
	for _, p := range r.peers {
		n.part(r, p)
	}
	for _, v := range r.volumes {
		n.takeDisk(r, v)
	}
	n.resources = slices.DeleteFunc(n.resources, func(other *resource) bool { return other == r })
	return Result{}
}

// part is an orderly end of a connection.
func (n *Node) part(r *resource, p *peer) {
	role := p.role
	was := p.conn
	n.send(r, p, Message{Kind: Bye})
	n.drop(r, p)
	if was != Connected {
		return
	}
	for _, v := range r.volumes {
		n.alone(r, p, v, role, true, false)
	}
	n.keep(r)
}

func (n *Node) connect(r *resource, c *Command) Result {
	for _, p := range r.peers {
		if c.Peer != "" && c.Peer != p.Name {
			continue
		}
		if p.conn != StandAlone {
			if n.Generation == Gen9 {
				return failure(errNetConfig, "Device has a net-config (use disconnect first)")
			}
			return failure(errAddressInUse, "Local address(port) already in use.")
		}
		if c.Settings != nil {
			r.Net = c.Settings.Net
		}
		p.conn, p.discard = Connecting, c.Discard
		for _, pv := range p.volumes {
			pv.sent, pv.received = 0, 0
		}
	}
	return Result{}
}

func (n *Node) disconnect(r *resource, c *Command) Result {
	for _, p := range r.peers {
		if c.Peer != "" && c.Peer != p.Name {
			continue
		}
		if p.conn == StandAlone && n.Generation == Gen84 {
			return failure(errInvalid, "Invalid configuration request", "unknown connection")
		}
		n.part(r, p)
	}
	return Result{}
}

// adjust takes what of the settings may change while the resource is up.
func (n *Node) adjust(r *resource, s Settings) Result {
	r.Net, r.ResyncRate, r.Fencing, r.FencePeer = s.Net, s.ResyncRate, s.Fencing, s.FencePeer
	r.NetOptions, r.DiskOptions = s.NetOptions, s.DiskOptions
	for _, v := range r.volumes {
		if v.below == nil {
			n.attach(r, v)
		}
	}
	for _, p := range r.peers {
		if p.conn == StandAlone {
			p.conn = Connecting
		} else if p.conn == Connected {
			p.protocol = r.Net.Protocol
		}
	}
	return Result{}
}
