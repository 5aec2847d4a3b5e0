package drbd

import "time"

// A Host is what one machine says of its replicated devices at one time.
type Host struct {
	// Name is the machine's, empty when it is not known.
	Name string `json:"name,omitempty"`
	// Loaded reports whether the kernel has the module; without it there is nothing else here.
	Loaded  bool    `json:"loaded"`
	Version Version `json:"version"`
	// At is when the sample was taken, the zero time for recorded text.
	At        time.Time  `json:"at,omitzero"`
	Resources []Resource `json:"resources"`
	// Problems are what could not be read, a sentence each, beyond those that a volume carries itself.
	Problems []string `json:"problems,omitempty"`
}

// A Resource is what is connected as one: volumes, and the peers that have copies of them.
type Resource struct {
	// Name is empty when only the minor is known: /proc/drbd has no names, and each row is a resource of its own
	// there, until Host.Named gathers them.
	Name string `json:"name,omitempty"`
	// NodeID is this node's number in 9; -1 before 9.
	NodeID int  `json:"node_id"`
	Role   Role `json:"role"`
	// Mixed tells that not all volumes have the role: with rows for each of them there may be a moment between two.
	Mixed bool `json:"mixed,omitempty"`
	// Suspended says why I/O is held up: user, no-data, fencing, quorum, or io when the reason is not told. Empty
	// means that I/O flows.
	Suspended       []string `json:"suspended,omitempty"`
	ForceIOFailures bool     `json:"force_io_failures,omitempty"`
	// WriteOrdering is none, drain, flush or barrier; empty when it is not told.
	WriteOrdering string   `json:"write_ordering,omitempty"`
	Volumes       []Volume `json:"volumes"`
	Peers         []Peer   `json:"peers"`
}

// A Volume is one local device. Sizes and counters are KiB and 0 when they are not told.
type Volume struct {
	Number int `json:"volume"`
	Minor  int `json:"minor"`
	// Unconfigured is a minor that exists without anything behind it.
	Unconfigured bool      `json:"unconfigured,omitempty"`
	Disk         DiskState `json:"disk"`
	// Client is a node that is meant to have no disk.
	Client bool `json:"client,omitempty"`
	// Quorum is nil when it is not told (before 9).
	Quorum     *bool  `json:"quorum,omitempty"`
	Backing    string `json:"backing_dev,omitempty"`
	SizeKiB    int64  `json:"size_kib,omitempty"`
	ReadKiB    int64  `json:"read_kib,omitempty"`
	WrittenKiB int64  `json:"written_kib,omitempty"`
	ALWrites   int64  `json:"al_writes,omitempty"`
	BMWrites   int64  `json:"bm_writes,omitempty"`
	// UpperPending are requests of applications that are not completed, LowerPending those that the local disk has
	// not answered.
	UpperPending int64 `json:"upper_pending,omitempty"`
	LowerPending int64 `json:"lower_pending,omitempty"`
	ALSuspended  bool  `json:"al_suspended,omitempty"`
	// Blocked is upper or lower, or both as "upper,lower", when the device holds I/O back; empty otherwise.
	Blocked string `json:"blocked,omitempty"`
	// Problem is what of this volume's text could not be read; the rest of it is then not to be believed.
	Problem string `json:"problem,omitempty"`
}

// A Peer is another node of a resource and the connection to it.
type Peer struct {
	// Name is the connection's: the peer's host name with 9; "peer" or nothing with 8.4.
	Name string `json:"name,omitempty"`
	// NodeID is the peer's number with 9; -1 before 9.
	NodeID     int       `json:"node_id"`
	Connection ConnState `json:"connection"`
	Role       Role      `json:"role"`
	// Protocol is A, B or C, empty when it is not told.
	Protocol   string       `json:"protocol,omitempty"`
	Congested  bool         `json:"congested,omitempty"`
	APInFlight int64        `json:"ap_in_flight,omitempty"`
	RSInFlight int64        `json:"rs_in_flight,omitempty"`
	Paths      []Path       `json:"paths,omitempty"`
	Volumes    []PeerVolume `json:"volumes"`
}

// A Path is one way to a peer.
type Path struct {
	Local       string `json:"local"`
	Remote      string `json:"remote"`
	Established bool   `json:"established"`
}

// A PeerVolume is a peer's copy of a volume and what is being done to keep it the same. Counters are KiB and
// numbers of requests.
type PeerVolume struct {
	Number      int       `json:"volume"`
	Replication ReplState `json:"replication"`
	Disk        DiskState `json:"disk"`
	// Client is a peer that is meant to have no disk.
	Client bool `json:"client,omitempty"`
	// OutOfSyncKiB is what is known to differ. It proves nothing without a connection: just after a loss it is 0.
	// OOSKnown is false where the text does not tell it (before 8.2.6, and without statistics).
	OutOfSyncKiB int64 `json:"out_of_sync_kib"`
	OOSKnown     bool  `json:"out_of_sync_known"`
	// Paused says who keeps a resync from running: user, peer, dependency, max-parallel.
	Paused      []string `json:"paused,omitempty"`
	SentKiB     int64    `json:"sent_kib,omitempty"`
	ReceivedKiB int64    `json:"received_kib,omitempty"`
	// Pending are requests that the peer has not answered, Unacked those of the peer's that this node has not.
	Pending int64 `json:"pending,omitempty"`
	Unacked int64 `json:"unacked,omitempty"`
	// Progress is of a resync or verify that runs, nil when none does or its progress is not told.
	Progress *Progress `json:"progress,omitempty"`
	// ResyncFailedKiB is what the last resync could not write.
	ResyncFailedKiB int64 `json:"resync_failed_kib,omitempty"`
	// VerifySkippedKiB is what a verify passed over, because it was being written.
	VerifySkippedKiB int64 `json:"verify_skipped_kib,omitempty"`
}

// Progress is the kernel's account of a resync or verify that runs. Its percentage may be 100 with something left,
// and its end is a guess: what is left, and how fast it shrinks, are to be taken from out-of-sync.
type Progress struct {
	Verify       bool    `json:"verify,omitempty"`
	Percent      float64 `json:"percent"`
	PercentKnown bool    `json:"percent_known"`
	// LeftKiB and TotalKiB are 0 when they are not told.
	LeftKiB  int64 `json:"left_kib,omitempty"`
	TotalKiB int64 `json:"total_kib,omitempty"`
	// KernelETASeconds is the time to the end, NoETA when the kernel sees none, and 0 when it is not told.
	KernelETASeconds int64 `json:"kernel_eta_seconds,omitempty"`
	// KernelSpeedKiB and KernelAverageKiB are KiB a second, now and since the start; KernelWantKiB is what the
	// receiver asks for.
	KernelSpeedKiB   int64 `json:"kernel_speed_kib,omitempty"`
	KernelAverageKiB int64 `json:"kernel_average_kib,omitempty"`
	KernelWantKiB    int64 `json:"kernel_want_kib,omitempty"`
	// Stalled is the kernel's word for no progress.
	Stalled bool `json:"stalled,omitempty"`
}

// NoETA is the end that the kernel does not see: 9's 987654321 seconds and the sign for infinity of 9.3.
const NoETA = -1

// Volume is a peer's copy of a volume by its number, nil when it has none.
func (p *Peer) Volume(number int) *PeerVolume {
	for i := range p.Volumes {
		if p.Volumes[i].Number == number {
			return &p.Volumes[i]
		}
	}
	return nil
}

// Resource is a resource by its name, nil when there is none.
func (h *Host) Resource(name string) *Resource {
	for i := range h.Resources {
		if h.Resources[i].Name == name {
			return &h.Resources[i]
		}
	}
	return nil
}
