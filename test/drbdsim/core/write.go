package core

import "slices"

// write changes blocks of a volume, as an application does through the device. It waits until the write is safe by the
// protocol; id is 0 at first, then what write returned.
func (n *Node) write(r *resource, v *volume, c *Command) Result {
	if c.ID == 0 {
		if r.role != Primary {
			return Result{Code: CodeConfig, Error: "Wrong medium type"}
		}
		if len(r.suspended) > 0 {
			return Result{Wait: true}
		}
		if v.below == nil && !r.reaches(v) {
			return Result{Code: CodeConfig, Error: "Input/output error"}
		}
		c.ID = n.NewID()
		n.begin(r, v, c.Blocks, c.ID)
	}
	if r.Net.Protocol != "A" && r.flies(v, c.ID) {
		return Result{Wait: true}
	}
	return Result{}
}

// reaches tells whether a peer has good data of a volume.
func (r *resource) reaches(v *volume) bool {
	return slices.ContainsFunc(r.peers, func(p *peer) bool { return p.conn == Connected && p.volume(v.Number).disk == UpToDate })
}

// flies tells whether a write is not acknowledged yet.
func (r *resource) flies(v *volume, id uint64) bool {
	return slices.ContainsFunc(r.peers, func(p *peer) bool {
		return slices.ContainsFunc(p.volume(v.Number).flying, func(f flight) bool { return f.id == id })
	})
}

// begin writes here and sends to the peers.
func (n *Node) begin(r *resource, v *volume, blocks []int, id uint64) {
	kib := int64(len(blocks)) * BlockKiB
	var list []Block
	for _, at := range blocks {
		list = append(list, Block{at, id})
	}
	if v.below != nil && v.below.Failing {
		n.fail(r, v)
	}
	if v.below != nil {
		if v.fresh {
			n.newCurrent(r, nil, v)
		}
		for _, b := range list {
			v.below.Data[b.At] = b.Data
		}
		v.written += kib
		v.al++
	}
	for _, p := range r.peers {
		pv := p.volume(v.Number)
		if pv.repl.Target() && v.below != nil {
			// What the resync has on its way for these blocks is older.
			bits := v.below.bitmap(p.Name)
			for _, at := range blocks {
				bits.Set(at, false)
			}
		}
		if p.conn == Connected && pv.disk.rank() >= Inconsistent.rank() && pv.disk != DUnknown {
			pv.flying = append(pv.flying, flight{id, blocks})
			pv.sent += kib
			n.send(r, p, Message{Kind: Data, Volume: v.Number, ID: id, Blocks: list})
			continue
		}
		n.dirty(v, p, blocks)
	}
}

func (n *Node) dirty(v *volume, p *peer, blocks []int) {
	if v.below == nil {
		return
	}
	for _, at := range blocks {
		v.below.bitmap(p.Name).Set(at, true)
	}
}

// store writes what a peer sent.
func (n *Node) store(r *resource, p *peer, v *volume, pv *peerVolume, m Message) {
	kib := int64(len(m.Blocks)) * BlockKiB
	pv.received += kib
	ack := Message{Kind: Ack, Volume: v.Number, ID: m.ID, Blocks: m.Blocks}
	if m.Kind == SyncData {
		ack.Kind = SyncAck
	}
	if v.below != nil && v.below.Failing {
		n.fail(r, v)
	}
	if v.below == nil {
		// The state that follows tells the peer that nothing was written.
		ack.Refused = noRemoteDisk
		n.send(r, p, ack)
		return
	}
	bits := v.below.bitmap(p.Name)
	for _, b := range m.Blocks {
		if m.Kind == SyncData && !bits.Has(b.At) {
			continue
		}
		v.below.Data[b.At] = b.Data
		if b.Data == 0 {
			delete(v.below.Data, b.At)
		}
		bits.Set(b.At, false)
	}
	v.written += kib
	if m.Kind == SyncData {
		v.read += kib
	}
	n.send(r, p, ack)
}

// acknowledged takes a write off the list.
func (n *Node) acknowledged(p *peer, v *volume, pv *peerVolume, m Message) {
	i := slices.IndexFunc(pv.flying, func(f flight) bool { return f.id == m.ID })
	if i < 0 {
		return
	}
	blocks := pv.flying[i].blocks
	pv.flying = slices.Delete(pv.flying, i, i+1)
	if v.below == nil {
		return
	}
	bits := v.below.bitmap(p.Name)
	for _, at := range blocks {
		// A block that was written on both sides needs no resync any more.
		bits.Set(at, m.Refused != 0 || bits.Has(at) && !pv.repl.Source() && !pv.repl.Target())
	}
}

// fail is on-io-error detach: the volume goes on without its disk.
func (n *Node) fail(r *resource, v *volume) {
	n.logDevice(r, v, "disk( "+string(v.disk)+" -> Failed )")
	n.takeDisk(r, v)
	n.tell(r)
}

// takeDisk is what remains of a volume without its disk.
func (n *Node) takeDisk(r *resource, v *volume) {
	if v.below == nil {
		return
	}
	v.below.Meta.note(v.disk)
	v.disk, v.below = Diskless, nil
	if n.Generation == Gen9 {
		v.al = 0
	}
	for _, p := range r.peers {
		pv := p.volume(v.Number)
		if pv.repl != Off {
			pv.repl, pv.progress = Established, nil
		}
	}
}

// peerLostDisk is what happens here when a peer's disk is gone.
func (n *Node) peerLostDisk(r *resource, p *peer, v *volume, pv *peerVolume) {
	if v.below == nil {
		return
	}
	if pv.repl != Off {
		pv.repl, pv.progress = Established, nil
	}
	// The data that the peer had go on without it: a generation of their own.
	if r.role == Primary || p.role == Primary {
		n.newCurrent(r, p, v)
	}
}
