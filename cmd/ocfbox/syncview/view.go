package syncview

import (
	"strconv"
	"time"

	"ocfbox/internal/drbd"
)

// A Resource is a resource of a report beside what the host says of it.
type Resource struct {
	// Name is empty where only minors are known.
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
	// Status is the exit code that this resource alone would give.
	Status int `json:"status"`
	// Data is what the local copy is good for.
	Data drbd.Worth `json:"data"`
	drbd.Verdict
	Copies []Copy `json:"copies"`
}

// A Copy is one peer's copy of one volume, or the volume itself when it has no peer.
type Copy struct {
	Volume int        `json:"volume"`
	Minor  int        `json:"minor"`
	Peer   string     `json:"peer,omitempty"`
	Data   drbd.Worth `json:"data"`
	drbd.Verdict
	// Excluded is a peer that is meant to have no disk.
	Excluded bool `json:"excluded,omitempty"`
	// State is the connection's state, or what runs over it: as in /proc/drbd of 8.4, but in the words of 9.
	State       string `json:"state,omitempty"`
	Connection  string `json:"connection,omitempty"`
	Replication string `json:"replication,omitempty"`
	Role        string `json:"role,omitempty"`
	PeerRole    string `json:"peer_role,omitempty"`
	Disk        string `json:"disk,omitempty"`
	PeerDisk    string `json:"peer_disk,omitempty"`
	Protocol    string `json:"protocol,omitempty"`
	// OutOfSyncKiB is nil where it is not told.
	OutOfSyncKiB *int64 `json:"out_of_sync_kib,omitempty"`
	// Percent is how much of the resync or verify that runs is done, never 100 while something is left.
	Percent *float64 `json:"percent,omitempty"`
	// RateKiB is how fast out-of-sync shrinks, in KiB a second, and ETASeconds the time to the end at that rate:
	// measured here, and absent until two samples are there.
	RateKiB    *float64 `json:"rate_kib,omitempty"`
	ETASeconds *float64 `json:"eta_seconds,omitempty"`
	// KernelRateKiB and KernelETASeconds are the kernel's own.
	KernelRateKiB    *int64 `json:"kernel_rate_kib,omitempty"`
	KernelETASeconds *int64 `json:"kernel_eta_seconds,omitempty"`
	// VerifiedAt and VerifiedClean are of the last comparison of both copies.
	VerifiedAt    *time.Time `json:"verified_at,omitempty"`
	VerifiedClean *bool      `json:"verified_clean,omitempty"`

	volume *drbd.Volume
	peer   *drbd.Peer
	remote *drbd.PeerVolume
}

// view joins a report with the observation that it is of.
func view(o drbd.Observation, report drbd.Report) []Resource {
	all := []Resource{}
	for _, r := range report.Resources {
		shown := Resource{Name: r.Name, Data: r.Data, Verdict: r.Verdict, Copies: []Copy{}}
		for _, v := range r.Volumes {
			local := find(o.Local, r.Name, v.Minor)
			if local != nil {
				shown.Role = known(local.Role.String())
			}
			shown.Copies = append(shown.Copies, newCopy(o, r.Name, local, v))
		}
		shown.Status = status(shown)
		all = append(all, shown)
	}
	return all
}

// find is the resource of that name; where names are not known, the one that has the minor.
func find(h drbd.Host, name string, minor int) *drbd.Resource {
	if name != "" {
		return h.Resource(name)
	}
	for i, r := range h.Resources {
		for _, v := range r.Volumes {
			if r.Name == "" && v.Minor == minor {
				return &h.Resources[i]
			}
		}
	}
	return nil
}

func newCopy(o drbd.Observation, resource string, local *drbd.Resource, r drbd.VolumeReport) Copy {
	c := Copy{Volume: r.Volume, Minor: r.Minor, Peer: r.Peer, Data: r.Data, Verdict: r.Verdict, Excluded: r.Excluded}
	if local == nil {
		return c
	}
	c.Role = known(local.Role.String())
	for i := range local.Volumes {
		if v := &local.Volumes[i]; v.Number == r.Volume && !v.Unconfigured {
			c.volume, c.Disk = v, known(v.Disk.String())
		}
	}
	for i := range local.Peers {
		if local.Peers[i].Name == r.Peer {
			c.joinPeer(&local.Peers[i])
			break
		}
	}
	for _, done := range o.Verified {
		if done.Resource == resource && done.Volume == r.Volume {
			c.VerifiedAt, c.VerifiedClean = &done.At, &done.Clean
		}
	}
	return c
}

func (c *Copy) joinPeer(p *drbd.Peer) {
	c.peer = p
	c.PeerRole, c.Protocol = p.Role.String(), p.Protocol
	c.Connection = known(p.Connection.String())
	c.State = c.Connection
	v := p.Volume(c.Volume)
	if v == nil {
		return
	}
	c.remote = v
	c.Replication, c.PeerDisk = known(v.Replication.String()), v.Disk.String()
	if v.Replication > drbd.Established {
		c.State = c.Replication
	}
	if v.OOSKnown {
		c.OutOfSyncKiB = &v.OutOfSyncKiB
	}
	if v.Progress != nil {
		c.joinProgress(*v.Progress)
	}
}

func (c *Copy) joinProgress(p drbd.Progress) {
	percent, known := p.Percent, p.PercentKnown
	if !known && p.TotalKiB > 0 {
		percent, known = 100*float64(p.TotalKiB-p.LeftKiB)/float64(p.TotalKiB), true
	}
	if known {
		percent = honest(percent, p.LeftKiB > 0 || c.OutOfSyncKiB != nil && *c.OutOfSyncKiB > 0)
		c.Percent = &percent
	}
	if p.KernelSpeedKiB != 0 {
		c.KernelRateKiB = &p.KernelSpeedKiB
	}
	if p.KernelETASeconds > 0 {
		c.KernelETASeconds = &p.KernelETASeconds
	}
}

// honest is a percentage in tenths that does not say 100 while something is left: the kernel's is rounded
// (replication-checker.md 2.2).
func honest(percent float64, left bool) float64 {
	const most = 99.9
	percent = float64(int64(percent*10)) / 10
	if left {
		percent = min(percent, most)
	}
	return min(max(percent, 0), 100)
}

// known is a state's word, and nothing for the word that means none is known.
func known(word string) string {
	if word == "Unknown" {
		return ""
	}
	return word
}

// label is how a copy is called: the resource with the volume, or the minor where nobody told the name.
func (c *Copy) label(resource string) string {
	if resource == "" {
		return "minor " + strconv.Itoa(c.Minor)
	}
	return resource + "/" + strconv.Itoa(c.Volume)
}

// peerName is the peer's name, empty where it is the word that drbd-utils put in its place on 8.4.
func (c *Copy) peerName() string {
	if c.Peer == "peer" {
		return ""
	}
	return c.Peer
}

// minorName is what a resource is called whose name nobody told.
func minorName(minor int) string { return "minor-" + strconv.Itoa(minor) }
