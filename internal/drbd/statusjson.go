package drbd

import (
	"math"
	"strconv"
	"strings"
)

// The types below are the answer's keys (replication-checker.md 3). Those that the model has no use for are not named.

type jsonResource struct {
	Name            string           `json:"name"`
	NodeID          *jsonCount       `json:"node-id"`
	Role            Role             `json:"role"`
	Suspended       jsonFlag         `json:"suspended"`
	User            jsonFlag         `json:"suspended-user"`
	NoData          jsonFlag         `json:"suspended-no-data"`
	Fencing         jsonFlag         `json:"suspended-fencing"`
	Quorum          jsonFlag         `json:"suspended-quorum"`
	ForceIOFailures jsonFlag         `json:"force-io-failures"`
	WriteOrdering   string           `json:"write-ordering"`
	Devices         []jsonDevice     `json:"devices"`
	Connections     []jsonConnection `json:"connections"`
}

type jsonDevice struct {
	Volume       jsonCount  `json:"volume"`
	Minor        *jsonCount `json:"minor"`
	Disk         DiskState  `json:"disk-state"`
	Client       jsonFlag   `json:"client"`
	Quorum       *jsonFlag  `json:"quorum"`
	Backing      string     `json:"backing_dev"`
	Size         jsonCount  `json:"size"`
	Read         jsonCount  `json:"read"`
	Written      jsonCount  `json:"written"`
	ALWrites     jsonCount  `json:"al-writes"`
	BMWrites     jsonCount  `json:"bm-writes"`
	UpperPending jsonCount  `json:"upper-pending"`
	LowerPending jsonCount  `json:"lower-pending"`
	ALSuspended  jsonFlag   `json:"al-suspended"`
	Blocked      string     `json:"blocked"`
}

type jsonConnection struct {
	NodeID     *jsonCount       `json:"peer-node-id"`
	Name       string           `json:"name"`
	Connection ConnState        `json:"connection-state"`
	Congested  jsonFlag         `json:"congested"`
	Role       Role             `json:"peer-role"`
	APInFlight jsonCount        `json:"ap-in-flight"`
	RSInFlight jsonCount        `json:"rs-in-flight"`
	Paths      []jsonPath       `json:"paths"`
	Devices    []jsonPeerDevice `json:"peer_devices"`
}

type jsonPath struct {
	Local       jsonAddress `json:"this_host"`
	Remote      jsonAddress `json:"remote_host"`
	Established jsonFlag    `json:"established"`
}

type jsonAddress struct {
	Address string    `json:"address"`
	Port    jsonCount `json:"port"`
	Family  string    `json:"family"`
}

type jsonPeerDevice struct {
	Volume      jsonCount  `json:"volume"`
	Replication ReplState  `json:"replication-state"`
	Disk        DiskState  `json:"peer-disk-state"`
	Client      jsonFlag   `json:"peer-client"`
	Paused      string     `json:"resync-suspended"`
	Received    jsonCount  `json:"received"`
	Sent        jsonCount  `json:"sent"`
	OutOfSync   *jsonCount `json:"out-of-sync"`
	Pending     jsonCount  `json:"pending"`
	Unacked     jsonCount  `json:"unacked"`
	Total       jsonCount  `json:"rs-total"`
	VerifyLeft  *jsonCount `json:"ov-left"`
	Skipped     jsonCount  `json:"ov-skipped"`
	Failed      jsonCount  `json:"rs-failed"`
	Want        float64    `json:"want"`
	Speed       float64    `json:"db1/dt1 [MiB/s]"`
	Average     float64    `json:"db/dt [MiB/s]"`
	End         *jsonCount `json:"estimated-seconds-to-finish"`
	Done        *float64   `json:"percent-resync-done"`
}

// A jsonCount is a number that may be any the kernel counts with; what is larger than 63 bits is the largest.
type jsonCount int64

// UnmarshalJSON reads a number, in quotation marks too. null leaves it as it is.
func (n *jsonCount) UnmarshalJSON(text []byte) error {
	word := strings.Trim(string(text), `"`)
	if word == "null" {
		return nil
	}
	if i, err := strconv.ParseInt(word, 10, 64); err == nil {
		*n = jsonCount(i)
		return nil
	}
	f, err := strconv.ParseFloat(word, 64)
	switch {
	case err != nil:
		return errNoNumber
	case f >= math.MaxInt64:
		*n = math.MaxInt64
	case f <= math.MinInt64:
		*n = math.MinInt64
	default:
		*n = jsonCount(f)
	}
	return nil
}

// count is a number of things: what is below 0 stands for none.
func (n jsonCount) count() int64 { return max(0, int64(n)) }

// kib is a number of sectors in KiB.
func (n jsonCount) kib() int64 { return n.count() / 2 }

// number is a small number, such as a volume's; -1 when it was not told.
func number(n *jsonCount) int {
	if n == nil || *n < 0 || *n > math.MaxInt32 {
		return -1
	}
	return int(*n)
}

// A jsonFlag is true or false, or a word as in the text.
type jsonFlag bool

// UnmarshalJSON takes true and yes for yes, all else for no.
func (f *jsonFlag) UnmarshalJSON(text []byte) error {
	word := strings.Trim(string(text), `"`)
	*f = word == "true" || word == yes
	return nil
}

func (j *jsonResource) resource() Resource {
	r := Resource{
		Name: j.Name, NodeID: number(j.NodeID), Role: j.Role, Suspended: j.suspended(),
		ForceIOFailures: bool(j.ForceIOFailures), WriteOrdering: j.WriteOrdering,
	}
	for i := range j.Devices {
		r.Volumes = append(r.Volumes, j.Devices[i].volume())
	}
	for i := range j.Connections {
		r.Peers = append(r.Peers, j.Connections[i].peer())
	}
	r.order()
	return r
}

// suspended are the reasons; the flag alone is one that is not told.
func (j *jsonResource) suspended() (reasons []string) {
	for _, reason := range []struct {
		is   jsonFlag
		word string
	}{{j.User, "user"}, {j.NoData, "no-data"}, {j.Fencing, "fencing"}, {j.Quorum, "quorum"}} {
		if reason.is {
			reasons = append(reasons, reason.word)
		}
	}
	if len(reasons) == 0 && bool(j.Suspended) {
		return []string{"io"}
	}
	return reasons
}

func (j *jsonDevice) volume() Volume {
	v := Volume{
		Number: number(&j.Volume), Minor: number(j.Minor), Disk: j.Disk, Client: bool(j.Client),
		SizeKiB: j.Size.count(), ReadKiB: j.Read.count(), WrittenKiB: j.Written.count(),
		ALWrites: j.ALWrites.count(), BMWrites: j.BMWrites.count(),
		UpperPending: j.UpperPending.count(), LowerPending: j.LowerPending.count(), ALSuspended: bool(j.ALSuspended),
	}
	if j.Quorum != nil {
		has := bool(*j.Quorum)
		v.Quorum = &has
	}
	if j.Backing != "none" {
		v.Backing = j.Backing
	}
	if j.Blocked != no {
		v.Blocked = j.Blocked
	}
	return v
}

func (j *jsonConnection) peer() Peer {
	p := Peer{
		Name: j.Name, NodeID: number(j.NodeID), Connection: j.Connection, Role: j.Role, Congested: bool(j.Congested),
		APInFlight: j.APInFlight.count(), RSInFlight: j.RSInFlight.count(),
	}
	for _, path := range j.Paths {
		p.Paths = append(p.Paths, Path{
			Local: path.Local.String(), Remote: path.Remote.String(), Established: bool(path.Established),
		})
	}
	for i := range j.Devices {
		p.Volumes = append(p.Volumes, j.Devices[i].volume())
	}
	return p
}

// String is the address as events2 prints it.
func (a jsonAddress) String() string {
	if a.Address == "" {
		return ""
	}
	address := a.Address
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return a.Family + ":" + address + ":" + strconv.FormatInt(int64(a.Port), 10)
}

func (j *jsonPeerDevice) volume() PeerVolume {
	v := PeerVolume{
		Number: number(&j.Volume), Replication: j.Replication, Disk: j.Disk, Client: bool(j.Client),
		Paused: listed(j.Paused), SentKiB: j.Sent.count(), ReceivedKiB: j.Received.count(),
		Pending: j.Pending.count(), Unacked: j.Unacked.count(),
		ResyncFailedKiB: j.Failed.kib(), VerifySkippedKiB: j.Skipped.kib(), Progress: j.progress(),
	}
	if j.OutOfSync != nil {
		v.OutOfSyncKiB, v.OOSKnown = j.OutOfSync.count(), *j.OutOfSync >= 0
	}
	v.settle()
	return v
}

// progress is what the answer tells of a resync or verify: everything, or with old kernels its percentage alone.
func (j *jsonPeerDevice) progress() *Progress {
	if j.Done == nil && j.End == nil && j.Total == 0 {
		return nil
	}
	p := &Progress{
		TotalKiB: j.Total.kib(), KernelSpeedKiB: kibOfMiB(j.Speed), KernelAverageKiB: kibOfMiB(j.Average),
		KernelWantKiB: kibOfMiB(j.Want),
	}
	if j.Done != nil {
		p.setPercent(*j.Done)
	}
	if j.End != nil {
		p.KernelETASeconds = seconds(float64(*j.End))
	}
	if j.VerifyLeft != nil {
		p.LeftKiB = j.VerifyLeft.kib()
	}
	return p
}
