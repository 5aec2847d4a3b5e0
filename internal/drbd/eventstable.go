package drbd

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Table is the state of all objects as a stream of events2 tells it: change lines carry only what changed. The
// zero value is empty and ready. The order of the lines does not matter beyond each object's own: a volume's copy may
// come before its connection (replication-checker.md 4).
type Table struct {
	// Version is the module's, when it is known. Without it the lines' vocabulary tells 9 from 8.4.
	Version Version

	resources map[string]*tableResource
	objects   int
	complete  bool
	nine      bool
	notes     []Event
}

type tableResource struct {
	Resource
	volumes map[int]*Volume
	peers   map[string]*tablePeer
}

type tablePeer struct {
	Peer
	volumes map[int]*PeerVolume
	paths   map[string]*Path
}

const (
	// maxObjects bounds a table; a host has at most 4096 devices in what we read.
	maxObjects = 1 << 16
	// maxNotes is how many of the last notes are kept.
	maxNotes = 64
)

// errFull is more objects than any host has.
var errFull = errors.New("more objects than can be")

// Complete reports whether the first dump has been read to its end. What Host says before is not all.
func (t *Table) Complete() bool { return t.complete }

// Notes are the last events that change no state: helpers that were called and what they answered, the oldest first.
func (t *Table) Notes() []Event { return slices.Clone(t.notes) }

// Feed reads one line. An error says what of it could not be read; the table goes on.
func (t *Table) Feed(line string) error {
	event, err := ParseEvent(line)
	if err != nil {
		return err
	}
	return t.Apply(event)
}

// Apply is Feed of a line that was read. Events that begin with exists, after a dump was complete, are a new dump:
// what it does not name is gone.
func (t *Table) Apply(e Event) error {
	if e.Action == "exists" {
		if e.Object == "-" {
			t.complete = true
			return nil
		}
		if t.complete {
			t.resources, t.objects, t.complete = nil, 0, false
		}
	}
	switch {
	case e.Object == "helper":
		t.notes = append(t.notes, e)
		t.notes = t.notes[max(0, len(t.notes)-maxNotes):]
		return nil
	case e.Get("name") == "":
		return fmt.Errorf("%s %s without a name: %w", e.Action, e.Object, ErrUnreadable)
	case e.Action == "rename":
		t.rename(e.Get("name"), e.Get("new_name"))
		return nil
	case e.Action == "destroy":
		t.destroy(e)
		return nil
	}
	return t.update(e)
}

func (t *Table) update(e Event) error {
	r, err := t.resource(e.Get("name"))
	if err != nil {
		return err
	}
	var set func(key, value string) error
	switch e.Object {
	case "resource":
		set = r.set
	case "device":
		var v *Volume
		if v, err = t.volume(r, e); err == nil {
			set = v.set
		}
	case "connection":
		var p *tablePeer
		if p, err = t.peer(r, e); err == nil {
			set = p.set
		}
	case "peer-device":
		var v *PeerVolume
		if v, err = t.peerVolume(r, e); err == nil {
			set = v.set
		}
	case "path":
		return t.path(r, e)
	default:
		// An object of a later release.
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range e.Fields {
		t.nine = t.nine || nineOnly(f.Key)
		err = errors.Join(err, set(f.Key, f.Value))
	}
	return err
}

// nineOnly reports whether only 9 has such a key.
func nineOnly(key string) bool {
	switch key {
	case "may_promote", "promotion_score", "force-io-failures", "client", "peer-client", "quorum", "backing_dev",
		"ap-in-flight", "rs-in-flight":
		return true
	}
	return false
}

func (t *Table) resource(name string) (*tableResource, error) {
	if t.resources == nil {
		t.resources = map[string]*tableResource{}
	}
	return entry(t, t.resources, name, func() *tableResource {
		return &tableResource{
			Resource: Resource{Name: name, NodeID: -1},
			volumes:  map[int]*Volume{}, peers: map[string]*tablePeer{},
		}
	})
}

func (t *Table) volume(r *tableResource, e Event) (*Volume, error) {
	number, err := volumeOf(e)
	if err != nil {
		return nil, err
	}
	return entry(t, r.volumes, number, func() *Volume { return &Volume{Number: number, Minor: -1} })
}

func (t *Table) peer(r *tableResource, e Event) (*tablePeer, error) {
	p, err := entry(t, r.peers, peerOf(e), func() *tablePeer {
		return &tablePeer{Peer: Peer{NodeID: -1}, volumes: map[int]*PeerVolume{}, paths: map[string]*Path{}}
	})
	if err != nil {
		return nil, err
	}
	// A connection of 8.4 loses its name when it stands alone.
	p.Name = e.Get("conn-name")
	return p, setIntIf(&p.NodeID, e, "peer-node-id")
}

func (t *Table) peerVolume(r *tableResource, e Event) (*PeerVolume, error) {
	number, err := volumeOf(e)
	if err != nil {
		return nil, err
	}
	p, err := t.peer(r, e)
	if err != nil {
		return nil, err
	}
	return entry(t, p.volumes, number, func() *PeerVolume { return &PeerVolume{Number: number} })
}

func (t *Table) path(r *tableResource, e Event) error {
	p, err := t.peer(r, e)
	if err != nil {
		return err
	}
	way, err := entry(t, p.paths, pathOf(e), func() *Path {
		return &Path{Local: e.Get("local"), Remote: e.Get("peer")}
	})
	if value := e.Get("established"); err == nil && value != "" {
		way.Established = value == yes
	}
	return err
}

// entry is an object of the table, made when it is new.
func entry[K comparable, V any](t *Table, in map[K]*V, key K, fresh func() *V) (*V, error) {
	if found := in[key]; found != nil {
		return found, nil
	}
	if t.objects >= maxObjects {
		t.objects = t.count()
	}
	if t.objects >= maxObjects {
		return nil, errFull
	}
	t.objects++
	in[key] = fresh()
	return in[key], nil
}

// count is how many objects there are; those that were taken away are still in t.objects until it is asked.
func (t *Table) count() int {
	n := len(t.resources)
	for _, r := range t.resources {
		n += len(r.volumes) + len(r.peers)
		for _, p := range r.peers {
			n += len(p.volumes) + len(p.paths)
		}
	}
	return n
}

// peerOf is what tells a peer from others: the node's number, or the name where there is none.
func peerOf(e Event) string {
	if id := e.Get("peer-node-id"); id != "" {
		return id
	}
	return "name " + e.Get("conn-name")
}

func pathOf(e Event) string { return e.Get("local") + " " + e.Get("peer") }

func volumeOf(e Event) (int, error) {
	number := 0
	return number, setInt(&number, "volume", e.Get("volume"))
}

func setIntIf(to *int, e Event, key string) error {
	if value := e.Get(key); value != "" {
		return setInt(to, key, value)
	}
	return nil
}

func (t *Table) rename(name, to string) {
	r := t.resources[name]
	if r == nil || to == "" {
		return
	}
	delete(t.resources, name)
	r.Name = to
	t.resources[to] = r
}

// destroy takes an object and what belongs to it away.
func (t *Table) destroy(e Event) {
	r := t.resources[e.Get("name")]
	if r == nil {
		return
	}
	volume, badVolume := volumeOf(e)
	p := r.peers[peerOf(e)]
	switch {
	case e.Object == "resource":
		delete(t.resources, e.Get("name"))
	case e.Object == "device" && badVolume == nil:
		delete(r.volumes, volume)
	case e.Object == "connection":
		delete(r.peers, peerOf(e))
	case e.Object == "peer-device" && badVolume == nil && p != nil:
		delete(p.volumes, volume)
	case e.Object == "path" && p != nil:
		delete(p.paths, pathOf(e))
	}
}

// Host is what the table says now: resources by name, volumes and peers by number.
func (t *Table) Host() Host {
	h := Host{Loaded: true, Version: t.Version, Resources: make([]Resource, 0, len(t.resources))}
	nine := t.nine || t.Version.Generation == Gen9
	if h.Version.Generation == GenUnknown && len(t.resources) > 0 {
		h.Version.Generation = Gen84
		if nine {
			h.Version.Generation = Gen9
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.resources)) {
		h.Resources = append(h.Resources, t.resources[name].view(nine))
	}
	return h
}

func (r *tableResource) view(nine bool) Resource {
	view := r.Resource
	view.Suspended = slices.Clone(r.Suspended)
	for _, volume := range r.volumes {
		view.Volumes = append(view.Volumes, *volume)
	}
	for _, peer := range r.peers {
		view.Peers = append(view.Peers, peer.view(nine))
	}
	view.order()
	return view
}

func (p *tablePeer) view(nine bool) Peer {
	view := p.Peer
	if !nine {
		// 8.4 prints 0 for what it does not have.
		view.NodeID = -1
	}
	for _, stored := range p.volumes {
		volume := *stored
		volume.settle()
		view.Volumes = append(view.Volumes, volume)
	}
	for _, key := range slices.Sorted(maps.Keys(p.paths)) {
		view.Paths = append(view.Paths, *p.paths[key])
	}
	return view
}

// settle makes a copy's progress fit its state: none where nothing runs, although the last line about it stays in
// the table.
func (v *PeerVolume) settle() {
	if v.Progress == nil {
		return
	}
	if v.Replication <= Established {
		v.Progress = nil
		return
	}
	progress := *v.Progress
	if progress.Verify = v.Replication.Verifying(); !progress.Verify {
		progress.LeftKiB = v.OutOfSyncKiB
	}
	v.Progress = &progress
}

// order sorts a resource's volumes and peers by their numbers. Without a local disk there is no bitmap in which
// differences could be counted.
func (r *Resource) order() {
	slices.SortFunc(r.Volumes, func(a, b Volume) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(r.Peers, func(a, b Peer) int {
		return cmp.Or(cmp.Compare(a.NodeID, b.NodeID), strings.Compare(a.Name, b.Name))
	})
	for i := range r.Peers {
		copies := r.Peers[i].Volumes
		slices.SortFunc(copies, func(a, b PeerVolume) int { return cmp.Compare(a.Number, b.Number) })
		for j := range copies {
			if at := slices.IndexFunc(r.Volumes, func(v Volume) bool { return v.Number == copies[j].Number }); at >= 0 &&
				(r.Volumes[at].Disk == Diskless || r.Volumes[at].Disk == Attaching) {
				copies[j].OOSKnown = false
			}
		}
	}
}

// ParseEvents reads a whole answer of `drbdsetup events2 --now [--statistics]`. Lines that cannot be read are among
// the host's problems. The error is ErrUnreadable when nothing could be read, and ErrTruncated when the dump's end is
// missing: what was read before it comes with it.
func ParseEvents(text []byte, version Version) (Host, error) {
	t := Table{Version: version}
	var problems []string
	read := 0
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := t.Feed(line); err != nil {
			problems = appendProblem(problems, err)
			continue
		}
		read++
	}
	h := t.Host()
	h.Problems = problems
	switch {
	case read == 0 && len(problems) > 0:
		return h, fmt.Errorf("events2: %w", ErrUnreadable)
	case !t.complete:
		return h, fmt.Errorf("events2: %w", ErrTruncated)
	}
	return h, nil
}

const maxProblems = 16

// appendProblem keeps the first problems and no more.
func appendProblem(problems []string, err error) []string {
	if len(problems) < maxProblems {
		return append(problems, err.Error())
	}
	return problems
}
