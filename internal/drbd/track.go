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
	Peer     string `json:"peer,omitempty"`
	// Connection, Replication and the disks are the states that have been the same since Since.
	Connection  ConnState `json:"connection"`
	Replication ReplState `json:"replication"`
	Disk        DiskState `json:"disk"`
	PeerDisk    DiskState `json:"peer_disk"`
	Since       time.Time `json:"since"`
	// OutOfSyncKiB and VerifyLeftKiB are what was left at Progress, when something last moved.
	OutOfSyncKiB  int64     `json:"out_of_sync_kib"`
	VerifyLeftKiB int64     `json:"verify_left_kib,omitempty"`
	Progress      time.Time `json:"progress"`
}
