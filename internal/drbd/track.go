package drbd

import "time"

// A Track is how long the states of a host have been what they are: what one sample cannot tell. It is made by
// Track.Next from sample to sample, and its JSON may be kept between them.
type Track struct {
	Marks []Mark `json:"marks"`
}

// A Mark is the history of one copy of one volume.
type Mark struct {
	Resource string `json:"resource,omitempty"`
	Minor    int    `json:"minor"`
	// NodeID is the peer's, -1 before 9: the name of a connection comes and goes with 8.4.
	NodeID int `json:"node_id"`
	// Connection, Replication and the disks are the states that have been the same since Since.
	Connection  ConnState `json:"connection"`
	Replication ReplState `json:"replication"`
	Disk        DiskState `json:"disk"`
	PeerDisk    DiskState `json:"peer_disk"`
	Since       time.Time `json:"since"`
	// LeftKiB is what was left to do at Progress, when it last grew less.
	LeftKiB  int64     `json:"left_kib"`
	Progress time.Time `json:"progress"`
}

// Next is the track after another sample. A nil track is one without history; a sample without a time changes nothing.
func (t *Track) Next(h Host) *Track {
	if h.At.IsZero() {
		return t
	}
	next := &Track{}
	for i := range h.Resources {
		for _, v := range views(&h, &h.Resources[i]) {
			if v.peer != nil {
				next.Marks = append(next.Marks, v.marked(t.find(v), h.At))
			}
		}
	}
	return next
}

// find is the mark of a copy, nil when nothing watched it.
func (t *Track) find(v view) *Mark {
	if t == nil || v.peer == nil {
		return nil
	}
	for i := range t.Marks {
		if m := &t.Marks[i]; m.Resource == v.resource.Name && m.Minor == v.volume.Minor && m.NodeID == v.peer.NodeID {
			return m
		}
	}
	return nil
}

// marked is the history of a copy with this sample added to what was known of it.
func (v view) marked(was *Mark, at time.Time) Mark {
	now := Mark{
		Resource: v.resource.Name, Minor: v.volume.Minor, NodeID: v.peer.NodeID, Connection: v.peer.Connection,
		Replication: v.copy.Replication, Disk: v.volume.Disk, PeerDisk: v.copy.Disk,
		Since: at, Progress: at, LeftKiB: v.left(),
	}
	if was == nil || was.Connection != now.Connection || was.Replication != now.Replication ||
		was.Disk != now.Disk || was.PeerDisk != now.PeerDisk {
		return now
	}
	now.Since = was.Since
	if now.LeftKiB >= was.LeftKiB {
		// Writes of the primary may add to what is left: less than ever before is progress.
		now.LeftKiB, now.Progress = was.LeftKiB, was.Progress
	}
	return now
}

// left is what a resync or verify still has to do in KiB, as far as the text tells.
func (v view) left() int64 {
	if v.copy.OOSKnown && !v.copy.Replication.Verifying() {
		return v.copy.OutOfSyncKiB
	}
	if v.copy.Progress != nil {
		return v.copy.Progress.LeftKiB
	}
	return 0
}
