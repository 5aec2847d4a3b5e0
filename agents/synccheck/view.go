package synccheck

import (
	"cmp"
	"fmt"
	"strings"

	"ocfbox/internal/drbd"
)

// A View is what DRBD says on this node about one resource, as far as the cluster is concerned.
type View struct {
	Resource string
	// Known is false when DRBD gave no answer; Up when the resource is there.
	Known, Up bool
	// Primary is this node's role. Current tells that every local disk is up to date.
	Primary, Current bool
	// Target tells that a local disk is being brought up to date.
	Target bool
	// Class, Reason and Text are what the state is worth and why.
	Class  drbd.Class
	Reason drbd.Reason
	Text   string
	// OutOfSync is the largest amount by which a peer's copy is known to differ, in KiB.
	OutOfSync int64
	// Compared is what the last comparison of the copies has found, as an attribute has it; empty without one.
	Compared string
	Peers    []PeerView
}

// A PeerView is what DRBD says on this node about one peer.
type PeerView struct {
	// Name is the connection's, which often is the peer's host name; DRBD 8.4 has none.
	Name string
	// Connected tells that all volumes are being replicated.
	Connected, Primary bool
	// Source tells that the peer is being brought up to date by this node, in all volumes that are not in sync.
	Source bool
	// Current tells that all the peer's disks are up to date, and are not known to differ.
	Current bool
	// Harmless tells that nothing is wrong with the connection but what concerns the peer's copy alone.
	Harmless bool
	// Class is that of its worst copy.
	Class drbd.Class
	// OutOfSync is by how much its copies are known to differ, in KiB.
	OutOfSync int64
}

// Link is how many of the connections are up. A resource that is not up has none.
func (v View) Link() Link {
	up := v.connected()
	switch {
	case up == 0:
		return LinkDown
	case up < len(v.Peers):
		return LinkPart
	}
	return LinkUp
}

func (v View) connected() int {
	n := 0
	for _, peer := range v.Peers {
		if peer.Connected {
			n++
		}
	}
	return n
}

// print is the view as a line that is the same as long as nothing has changed.
func (v View) print() string {
	var line strings.Builder
	fmt.Fprintf(&line, "%s %t %t %t %t %t %s %s %d %s", v.Resource, v.Known, v.Up, v.Primary, v.Current, v.Target, v.Class, v.Reason, v.OutOfSync, v.Compared)
	for _, p := range v.Peers {
		fmt.Fprintf(&line, " / %s %t %t %t %t %t %s %d", p.Name, p.Connected, p.Primary, p.Source, p.Current, p.Harmless, p.Class, p.OutOfSync)
	}
	return line.String()
}

// views are what a sample and its report say of the resources. Those that must be there and are not have an entry too.
func views(host drbd.Host, report drbd.Report) []View {
	var all []View
	for _, judged := range report.Resources {
		v := View{Resource: judged.Name, Known: true, Class: judged.Class, Reason: judged.Reason, Text: judged.Text}
		if resource := host.Resource(judged.Name); resource != nil {
			v.read(host, *resource, judged)
		}
		all = append(all, v)
	}
	return all
}

// read takes what the sample says of a resource that is up.
func (v *View) read(host drbd.Host, r drbd.Resource, judged drbd.ResourceReport) {
	v.Up, v.Primary, v.Current = true, r.Role == drbd.Primary, len(r.Volumes) > 0
	for _, volume := range r.Volumes {
		if volume.Unconfigured || volume.Problem != "" || !volume.Client && !current(host, volume.Disk) {
			v.Current = false
		}
	}
	for _, peer := range r.Peers {
		p := readPeer(host, peer, judged)
		for _, volume := range peer.Volumes {
			v.Target = v.Target || volume.Replication.Target()
		}
		v.OutOfSync = max(v.OutOfSync, p.OutOfSync)
		v.Peers = append(v.Peers, p)
	}
}

// readPeer takes what the sample and its report say of one peer.
func readPeer(host drbd.Host, peer drbd.Peer, judged drbd.ResourceReport) PeerView {
	p := PeerView{Name: peer.Name, Connected: peer.Connection == drbd.Connected, Primary: peer.Role == drbd.Primary}
	p.Current, p.Harmless = p.Connected, p.Connected
	sources, others := 0, 0
	for _, volume := range peer.Volumes {
		switch {
		case volume.Replication == drbd.Off, volume.Replication == drbd.ReplUnknown:
			p.Connected = false
		case volume.Replication.Source():
			sources++
		case volume.Replication != drbd.Established && !volume.Replication.Verifying():
			others++
		}
		if !volume.Client && !current(host, volume.Disk) && volume.Disk != drbd.DiskHidden {
			p.Current = false
		}
		if volume.OOSKnown {
			p.OutOfSync += volume.OutOfSyncKiB
		}
	}
	p.Source = sources > 0 && others == 0
	p.Current = p.Current && p.OutOfSync == 0
	for _, copied := range judged.Volumes {
		if copied.Peer == peer.Name && !copied.Excluded {
			p.Class = max(p.Class, copied.Class)
			p.Harmless = p.Harmless && harmless(copied.Verdict, p.Source)
		}
	}
	p.Harmless = p.Harmless && p.Connected
	return p
}

// harmless reports whether a verdict says nothing against this node's copy: the peer's disk is the one that is
// missing or behind.
func harmless(v drbd.Verdict, source bool) bool {
	switch v.Reason {
	case drbd.ReasonPeerDiskless, drbd.ReasonPeerFailed, drbd.ReasonPeerInconsistent, drbd.ReasonPeerOutdated:
		return true
	case drbd.ReasonResync, drbd.ReasonResyncStalled, drbd.ReasonResyncStuck, drbd.ReasonPausedDependency, drbd.ReasonPausedUser:
		return source
	}
	return v.Class == drbd.OK
}

// current reports whether a disk has all that was written. 0.7 has no better word for that than Consistent.
func current(host drbd.Host, disk drbd.DiskState) bool {
	return disk == drbd.UpToDate || disk == drbd.Consistent && host.Version.Generation == drbd.Gen07
}

// grounds are the facts behind a state, for the log.
func (v View) grounds() string {
	role := "Secondary"
	if v.Primary {
		role = "Primary"
	}
	if !v.Up {
		role = "down"
	}
	return fmt.Sprintf("role=%s link=%s class=%s reason=%s oos=%d: %s", role, v.Link(), v.Class, v.Reason, v.OutOfSync,
		cmp.Or(v.Text, "no more is known"))
}
