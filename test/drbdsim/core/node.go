package core

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A Node is DRBD in the kernel of one machine.
type Node struct {
	Name       string
	Generation Generation
	// Backings are the disks below the volumes, by BackingName.
	Backings map[string]*Backing
	// NewID makes generation identifiers and numbers of writes.
	NewID func() uint64

	resources []*resource
	outbox    []Envelope
	log       []string
	now       time.Time
}

// BackingName is the key of a volume's disk.
func BackingName(resource string, volume int) string { return fmt.Sprintf("%s/%d", resource, volume) }

// A resource is one that is up.
type resource struct {
	Settings
	role      Role
	suspended []string
	volumes   []*volume
	peers     []*peer
}

// A volume is one of a resource that is up.
type volume struct {
	VolumeSettings
	disk Disk
	// below is nil for a volume without a disk.
	below *Backing
	size  int64
	open  int
	// fresh is due when the next write begins a generation that the lost peer has not: 9 waits for that write.
	fresh bool
	// met: since it was attached, it was connected.
	met bool
	// counters in KiB, or in numbers of writes for al and bm.
	read, written, al, bm int64
}

// A peer is a connection, and what is known of the other end.
type peer struct {
	PeerSettings
	conn Conn
	role Role
	// link: a connection of the network stands, and both said or may say Hello.
	link     bool
	discard  bool
	protocol string
	greeting *Greeting
	volumes  []*peerVolume
	// asked is the number of a question that waits, answer what came back.
	asked, answered uint64
	refused         int
}

// A peerVolume is a volume on the other end.
type peerVolume struct {
	number              int
	repl                Repl
	disk                Disk
	gi                  GI
	pausedHere, pausedT bool
	sent, received      int64
	// flying are blocks that were sent and not acknowledged, in order.
	flying []flight
	// sending is the block that a resync or verify comes to next, unacked the number of blocks it waits for.
	sending, unacked int
	progress         *progress
	// budget is what a resync may send now, in KiB.
	budget   float64
	last     time.Time
	verified int
}

type flight struct {
	id     uint64
	blocks []int
}

func (n *Node) find(name string) *resource {
	i := slices.IndexFunc(n.resources, func(r *resource) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return n.resources[i]
}

func (r *resource) volume(number int) *volume {
	i := slices.IndexFunc(r.volumes, func(v *volume) bool { return v.Number == number })
	if i < 0 {
		return nil
	}
	return r.volumes[i]
}

func (r *resource) peer(name string) *peer {
	i := slices.IndexFunc(r.peers, func(p *peer) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return r.peers[i]
}

func (p *peer) volume(number int) *peerVolume {
	i := slices.IndexFunc(p.volumes, func(v *peerVolume) bool { return v.number == number })
	if i < 0 {
		return nil
	}
	return p.volumes[i]
}

// Outbox returns the messages that are due, and forgets them.
func (n *Node) Outbox() []Envelope {
	out := n.outbox
	n.outbox = nil
	return out
}

// Log returns the lines of the kernel's log that are new, and forgets them.
func (n *Node) Log() []string {
	out := n.log
	n.log = nil
	return out
}

func (n *Node) send(r *resource, p *peer, m Message) {
	if p.link {
		n.outbox = append(n.outbox, Envelope{r.Name, p.Name, m})
	}
}

// A Wish is a connection that a node has or wants.
type Wish struct {
	Resource string
	Peer     PeerSettings
	// Linked: it stands. Otherwise it is to be made.
	Linked bool
	Net    Net
}

// Wishes lists the connections that are to be made or kept. Any other that stands is to be closed.
func (n *Node) Wishes() []Wish {
	var list []Wish
	for _, r := range n.resources {
		for _, p := range r.peers {
			if p.conn != StandAlone {
				list = append(list, Wish{r.Name, p.PeerSettings, p.link, r.Net})
			}
		}
	}
	return list
}

// LinkUp tells that a connection to a peer stands. It is refused when none is wanted.
func (n *Node) LinkUp(now time.Time, name, peer string) bool {
	n.now = now
	r := n.find(name)
	if r == nil {
		return false
	}
	p := r.peer(peer)
	if p == nil || p.conn != Connecting || p.link {
		return false
	}
	p.link = true
	n.logConn(r, p, "Handshake successful: Agreed network protocol version 101", "Handshake to peer %d successful: Agreed network protocol version 123")
	p.greeting = n.greet(r, p)
	n.send(r, p, Message{Kind: Hello, Greeting: p.greeting})
	return true
}

// LinkDown tells that the connection to a peer is lost.
func (n *Node) LinkDown(now time.Time, name, peer string) {
	n.now = now
	r := n.find(name)
	if r == nil {
		return
	}
	if p := r.peer(peer); p != nil && p.link {
		defer n.watch(r)()
		n.lose(r, p, false)
	}
}

// Tick lets time pass.
func (n *Node) Tick(now time.Time) {
	n.now = now
	for _, r := range n.resources {
		for _, p := range r.peers {
			for _, pv := range p.volumes {
				n.work(r, p, pv)
			}
		}
	}
}

// Receive takes a message of a peer.
func (n *Node) Receive(now time.Time, name, from string, m Message) {
	n.now = now
	r := n.find(name)
	if r == nil {
		return
	}
	p := r.peer(from)
	if p == nil || !p.link {
		return
	}
	defer n.watch(r)()
	switch m.Kind {
	case Hello:
		n.hello(r, p, m)
		return
	case Bye:
		n.lose(r, p, true)
		return
	case State:
		n.learn(r, p, *m.Now)
		return
	case Ask:
		n.send(r, p, Message{Kind: Answer, ID: m.ID, Refused: n.mayPeer(r, m.Want)})
		return
	case Answer:
		p.answered, p.refused = m.ID, m.Refused
		return
	}
	if v, pv := r.volume(m.Volume), p.volume(m.Volume); v != nil && pv != nil && p.conn == Connected {
		n.receive(r, p, v, pv, m)
	}
}

// receive takes what is about the data of a volume.
func (n *Node) receive(r *resource, p *peer, v *volume, pv *peerVolume, m Message) {
	switch m.Kind {
	case Bitmap:
		n.mergeBitmap(r, p, v, pv, m)
	case SyncUUID:
		n.beTarget(r, v, pv, *m.GI)
	case SyncData, Data:
		n.store(r, p, v, pv, m)
	case SyncAck:
		n.synced(r, p, v, pv, m)
	case Ack:
		n.acknowledged(p, v, pv, m)
	case SyncDone:
		n.targetDone(r, p, v, pv, *m.GI)
	case Start:
		if m.Want == string(VerifyT) {
			n.beginVerify(r, p, v, pv, VerifyT)
			return
		}
		n.startFull(r, p, v, pv, m.Want == wantSource)
	case Verify:
		n.compare(r, p, v, pv, m)
	case Verified:
		n.compared(r, p, v, pv, m)
	}
}

// tell reports the node's state to all peers that listen.
func (n *Node) tell(r *resource) {
	for _, p := range r.peers {
		if p.conn != Connected {
			continue
		}
		report := &Report{Role: r.role, Disks: map[int]Disk{}, GIs: map[int]GI{}, Paused: map[int]bool{}}
		for _, v := range r.volumes {
			report.Disks[v.Number] = v.disk
			if v.below != nil {
				report.GIs[v.Number] = v.below.Meta.GI
			}
			report.Paused[v.Number] = p.volume(v.Number).pausedHere
		}
		n.send(r, p, Message{Kind: State, Now: report})
	}
}

// learn takes a peer's report.
func (n *Node) learn(r *resource, p *peer, now Report) {
	p.role = now.Role
	for _, pv := range p.volumes {
		was := pv.disk
		reported := cmp.Or(now.Disks[pv.number], pv.disk)
		if pv.repl.Source() && reported.better(Inconsistent) {
			// It was sent before the resync began. The end of it is seen here first.
			reported = Inconsistent
		}
		pv.disk = reported
		pv.gi = now.GIs[pv.number]
		pv.pausedT = now.Paused[pv.number]
		pv.pause()
		if v := r.volume(pv.number); v != nil && was.better(Failed) && !pv.disk.better(Failed) {
			n.peerLostDisk(r, p, v, pv)
		}
	}
}

// watch returns a function that logs what changed since.
func (n *Node) watch(r *resource) func() {
	before := n.words(r)
	return func() {
		if n.find(r.Name) == r {
			n.logChanges(r, before, n.words(r))
		}
		n.keep(r)
	}
}

// keep writes into the meta data what the state is.
func (n *Node) keep(r *resource) {
	for _, v := range r.volumes {
		if v.below == nil || v.below.Meta == nil {
			continue
		}
		m := v.below.Meta
		m.note(v.disk)
		m.Primary = r.role == Primary
		if m.Primary {
			m.GI.Current |= 1
		} else if m.GI.Current != JustCreated {
			m.GI.Current &^= 1
		}
		m.Connected = slices.ContainsFunc(r.peers, func(p *peer) bool { return p.conn == Connected })
		m.ALDisabled = false
		for _, p := range r.peers {
			// 9 keeps no activity log where a Primary does it for both.
			m.ALDisabled = m.ALDisabled || n.Generation == Gen9 && r.role == Secondary && p.role == Primary
			if pv := p.volume(v.Number); p.conn == Connected {
				m.PeerOutdated = pv.disk == Outdated || pv.disk == Inconsistent
				m.PeerSeen = m.PeerSeen || pv.disk.better(Negotiating)
			}
		}
	}
}
