package core

import (
	"slices"
	"time"
)

// A View is all that the tools can see of a node.
type View struct {
	Host       string         `json:"host"`
	Generation Generation     `json:"generation"`
	Loaded     bool           `json:"loaded"`
	At         time.Time      `json:"at"`
	Resources  []ResourceView `json:"resources"`
	// Disks are the states that meta data tell of, by BackingName, also of resources that are down. Empty: no meta data.
	Disks map[string]Disk `json:"disks"`
	// Metas are the meta data by the same names.
	Metas map[string]Meta `json:"metas"`
	// Digests are numbers that are the same where the data are, by the same names.
	Digests map[string]uint64 `json:"digests"`
}

// A ResourceView is a resource that is up.
type ResourceView struct {
	Settings
	Role      Role         `json:"role"`
	Suspended []string     `json:"suspended"`
	Volumes   []VolumeView `json:"volume_views"`
	Peers     []PeerView   `json:"peer_views"`
}

// A VolumeView is a volume with its counters.
type VolumeView struct {
	VolumeSettings
	Disk Disk  `json:"disk_state"`
	Size int64 `json:"size"`
	GI   GI    `json:"gi"`
	Open int   `json:"open"`
	// Read and Written are in KiB, AL and BM numbers of writes.
	Read, Written, AL, BM int64
	ALSuspended           bool
}

// A PeerView is a connection.
type PeerView struct {
	PeerSettings
	Conn Conn `json:"conn"`
	Role Role `json:"role"`
	// Protocol is what was agreed; empty while StandAlone.
	Protocol string           `json:"protocol"`
	Volumes  []PeerVolumeView `json:"volumes"`
}

// A PeerVolumeView is a volume on the other end.
type PeerVolumeView struct {
	Number int  `json:"number"`
	Repl   Repl `json:"repl"`
	Disk   Disk `json:"disk"`
	// OutOfSync, Sent and Received are in KiB.
	OutOfSync, Sent, Received int64
	// Pending are requests that the peer has not answered, InFlight those that an application waits for.
	Pending, InFlight, Unacked int
	PausedHere, PausedThere    bool
	Progress                   *ProgressView `json:"progress,omitempty"`
}

// A ProgressView is how far a resync or verify is. Left and Total are blocks.
type ProgressView struct {
	Left, Total int
	Rate        int64
	Verify      bool
	// Position is the block that a verify came to.
	Position int
	Elapsed  time.Duration
	// Marks are how much was left, and how long ago, the oldest first.
	Marks []MarkView
}

// A MarkView is one of them.
type MarkView struct {
	Ago  time.Duration
	Left int
}

// View shows the node.
func (n *Node) View(now time.Time) View {
	view := View{Host: n.Name, Generation: n.Generation, At: now, Disks: map[string]Disk{}, Metas: map[string]Meta{}, Digests: map[string]uint64{}, Resources: []ResourceView{}}
	for name, b := range n.Backings {
		view.Digests[name] = b.digest()
		if b.Meta != nil {
			view.Disks[name] = b.Meta.disk()
			m := *b.Meta
			m.Bitmaps = nil
			view.Metas[name] = m
		}
	}
	for _, r := range n.resources {
		rv := ResourceView{Settings: r.Settings, Role: r.role, Suspended: slices.Clone(r.suspended)}
		for _, v := range r.volumes {
			rv.Volumes = append(rv.Volumes, n.viewVolume(r, v))
		}
		for _, p := range r.peers {
			rv.Peers = append(rv.Peers, viewPeer(now, r, p))
		}
		view.Resources = append(view.Resources, rv)
	}
	return view
}

func (n *Node) viewVolume(r *resource, v *volume) VolumeView {
	vv := VolumeView{VolumeSettings: v.VolumeSettings, Disk: v.disk, Size: v.size, Open: v.open, Read: v.read, Written: v.written, AL: v.al, BM: v.bm}
	if v.below == nil {
		return vv
	}
	vv.GI = v.below.Meta.GI
	if n.Generation == Gen84 && len(r.peers) > 0 {
		p := r.peers[0]
		// 8.4 stops keeping the activity log while everything is out of sync anyway.
		vv.ALSuspended = p.conn != Connected && v.below.bitmap(p.Name).Len() == v.below.Blocks()
	}
	return vv
}

func viewPeer(now time.Time, r *resource, p *peer) PeerView {
	view := PeerView{PeerSettings: p.PeerSettings, Conn: p.conn, Role: p.role, Protocol: r.Net.Protocol}
	if p.conn == StandAlone {
		view.Protocol = ""
	}
	for _, pv := range p.volumes {
		v := r.volume(pv.number)
		pw := PeerVolumeView{
			Number: pv.number, Repl: pv.repl, Disk: pv.disk, Sent: pv.sent, Received: pv.received,
			Pending: len(pv.flying) + pv.unacked, PausedHere: pv.pausedHere, PausedThere: pv.pausedT,
		}
		if r.Net.Protocol != "A" {
			pw.InFlight = len(pv.flying)
		}
		if v.below != nil {
			bits := v.below.bitmap(p.Name).Len()
			pw.OutOfSync = min(int64(bits)*BlockKiB, v.size)
			pw.Progress = viewProgress(now, r, pv, bits)
		}
		view.Volumes = append(view.Volumes, pw)
	}
	return view
}

func viewProgress(now time.Time, r *resource, pv *peerVolume, left int) *ProgressView {
	g := pv.progress
	if g == nil {
		return nil
	}
	view := &ProgressView{Left: left, Total: g.total, Rate: r.ResyncRate, Elapsed: now.Sub(g.began)}
	if pv.repl.Verifying() {
		view.Verify, view.Position, view.Left = true, pv.verified, g.total-pv.verified
	}
	for _, m := range g.marks {
		view.Marks = append(view.Marks, MarkView{now.Sub(m.at), m.left})
	}
	return view
}
