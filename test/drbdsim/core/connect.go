package core

// greet is what a node says of itself when a connection stands.
func (n *Node) greet(r *resource, p *peer) *Greeting {
	g := &Greeting{Role: r.role, Discard: p.discard, Protocol: r.Net.Protocol, Two: r.Net.AllowTwoPrimary}
	for _, v := range r.volumes {
		gv := GreetingVolume{Number: v.Number, Disk: v.disk, Size: v.size, Met: v.met}
		if v.below != nil {
			m := v.below.Meta
			gv.GI, gv.Crashed, gv.Bits = m.GI, m.CrashedPrimary, v.below.bitmap(p.Name).Len()
		}
		g.Volumes = append(g.Volumes, gv)
	}
	return g
}

func (g *Greeting) volume(number int) (GreetingVolume, bool) {
	for _, v := range g.Volumes {
		if v.Number == number {
			return v, true
		}
	}
	return GreetingVolume{}, false
}

// hello settles with a peer what becomes of each volume.
func (n *Node) hello(r *resource, p *peer, m Message) {
	if p.greeting == nil {
		return
	}
	mine := p.greeting
	if m.Redo {
		n.settleAgain(r, p, m)
		return
	}
	outcomes := map[int]Outcome{}
	for _, v := range r.volumes {
		theirs, ok := m.Greeting.volume(v.Number)
		own, _ := mine.volume(v.Number)
		if !ok || own.Disk.rank() < Inconsistent.rank() || theirs.Disk.rank() < Inconsistent.rank() {
			continue
		}
		outcomes[v.Number] = n.settle(r, p, v, own, theirs, *mine, *m.Greeting)
	}
	for _, o := range outcomes {
		if o.Drop {
			n.drop(r, p)
			return
		}
	}
	if mine.Role == Primary && m.Greeting.Role == Primary && !(mine.Two && m.Greeting.Two) {
		n.logRefusal(r, twoPrimaries)
		n.drop(r, p)
		return
	}
	p.conn, p.role, p.protocol, p.discard = Connected, m.Greeting.Role, r.Net.Protocol, false
	for _, v := range r.volumes {
		v.met = true
	}
	for _, pv := range p.volumes {
		theirs, _ := m.Greeting.volume(pv.number)
		pv.repl, pv.disk, pv.gi = Established, theirs.Disk, theirs.GI
		pv.sent, pv.received = 0, 0
		if pv.disk == "" {
			pv.disk = Diskless
		}
	}
	for _, pv := range p.volumes {
		if o, ok := outcomes[pv.number]; ok {
			n.carryOut(r, p, r.volume(pv.number), pv, o)
		}
	}
	n.tell(r)
}

// settle decides about one volume.
func (n *Node) settle(r *resource, p *peer, v *volume, own, theirs GreetingVolume, mine, peers Greeting) Outcome {
	o := Decide(Handshake{
		Generation: n.Generation, Own: own, Peer: theirs, OwnRole: mine.Role, PeerRole: peers.Role,
		OwnDiscards: mine.Discard, PeerDiscards: peers.Discard, AfterSB: r.Net.AfterSB, Attaching: v.disk == Negotiating,
	})
	for _, line := range o.Log {
		n.logVolume(r, p, v, line)
	}
	return o
}

// settleAgain is the same for a volume that got a disk, or better data, while the connection stands.
func (n *Node) settleAgain(r *resource, p *peer, m Message) {
	v, pv := r.volume(m.Volume), p.volume(m.Volume)
	if v == nil || pv == nil || p.conn != Connected {
		return
	}
	mine := n.greet(r, p)
	if !m.Reply {
		// The other side begins; it needs our side of the matter to come to the same.
		n.send(r, p, Message{Kind: Hello, Redo: true, Reply: true, Volume: m.Volume, Greeting: mine})
	}
	theirs, _ := m.Greeting.volume(m.Volume)
	own, _ := mine.volume(m.Volume)
	pv.disk, pv.gi = theirs.Disk, theirs.GI
	if own.Disk.rank() < Negotiating.rank() || theirs.Disk.rank() < Negotiating.rank() {
		return
	}
	if o := n.settle(r, p, v, n.negotiated(v, own), negotiatedPeer(theirs), *mine, *m.Greeting); o.Drop {
		n.drop(r, p)
	} else {
		n.carryOut(r, p, v, pv, o)
	}
	n.tell(r)
}

// negotiated is a volume whose disk is being negotiated, as its meta data have it.
func (n *Node) negotiated(v *volume, g GreetingVolume) GreetingVolume {
	if g.Disk == Negotiating {
		g.Disk = v.below.Meta.disk()
		if g.Disk == Consistent {
			g.Disk = UpToDate
		}
	}
	return g
}

func negotiatedPeer(g GreetingVolume) GreetingVolume {
	if g.Disk == Negotiating {
		g.Disk = UpToDate
	}
	return g
}

// carryOut begins what was decided.
func (n *Node) carryOut(r *resource, p *peer, v *volume, pv *peerVolume, o Outcome) {
	bits := v.below.bitmap(p.Name)
	if o.Full {
		bits.SetAll(true)
		v.bm += 2
	}
	switch {
	case o.Source:
		pv.repl, pv.disk = WFBitMapS, Consistent
		n.send(r, p, Message{Kind: Bitmap, Volume: v.Number, Bits: bits})
	case o.Target:
		pv.repl = WFBitMapT
		if Inconsistent.rank() < v.disk.rank() || v.disk == Negotiating {
			v.disk = Outdated
		}
		n.send(r, p, Message{Kind: Bitmap, Volume: v.Number, Bits: bits})
	default:
		n.agree(r, p, v, pv, bits)
	}
}

// agree is the end of a handshake that finds both sides the same.
func (n *Node) agree(r *resource, p *peer, v *volume, pv *peerVolume, bits *Bits) {
	pv.repl = Established
	if v.disk == Negotiating {
		v.disk = v.below.Meta.disk()
	}
	if (v.disk == Outdated || v.disk == Consistent) && (pv.disk == UpToDate || pv.disk == Consistent) {
		v.disk = UpToDate
	}
	if (pv.disk == Outdated || pv.disk == Consistent) && v.disk == UpToDate {
		pv.disk = UpToDate
	}
	v.below.Meta.CrashedPrimary = false
	if bits.Len() == 0 {
		return
	}
	if n.Generation == Gen9 && v.disk == UpToDate {
		// 9 takes equal identifiers for equal data, and forgets what a verify found.
		bits.SetAll(false)
		v.below.Meta.GI.Bitmap = 0
		g := v.below.Meta.GI
		n.logVolume(r, p, v, "cleared bm UUID and bitmap "+g.String())
		v.bm += 2
		return
	}
	n.logVolume(r, p, v, sprintf("No resync, but %d bits in bitmap!", bits.Len()))
}

// drop ends a connection for good: StandAlone.
func (n *Node) drop(r *resource, p *peer) {
	n.forget(r, p)
	p.conn = StandAlone
}

// forget is what remains of a peer that is not connected.
func (n *Node) forget(r *resource, p *peer) {
	p.link, p.greeting, p.role = false, nil, Unknown
	for _, pv := range p.volumes {
		v := r.volume(pv.number)
		n.land(v, p, pv)
		pv.repl, pv.disk, pv.gi, pv.progress = Off, DUnknown, GI{}, nil
		pv.pausedHere, pv.pausedT, pv.unacked = false, false, 0
		if n.Generation == Gen9 {
			pv.sent, pv.received = 0, 0
		}
	}
}

// land marks the blocks that were under way as out of sync.
func (n *Node) land(v *volume, p *peer, pv *peerVolume) {
	for _, f := range pv.flying {
		for _, b := range f.blocks {
			if v.below != nil {
				v.below.bitmap(p.Name).Set(b, true)
			}
		}
	}
	pv.flying = nil
}

// lose is the end of a connection that did not come from here. It goes on connecting.
func (n *Node) lose(r *resource, p *peer, orderly bool) {
	if p.conn != Connected {
		p.link, p.greeting = false, nil
		return
	}
	if !orderly {
		n.logConn(r, p, "PingAck did not arrive in time.", "PingAck did not arrive in time.")
	}
	primary := p.role
	pending := map[int]bool{}
	for _, pv := range p.volumes {
		pending[pv.number] = len(pv.flying) > 0
	}
	n.forget(r, p)
	p.conn = Connecting
	for _, v := range r.volumes {
		n.alone(r, p, v, primary, orderly, pending[v.Number])
	}
}

// alone is what a volume becomes when its peer is gone.
func (n *Node) alone(r *resource, p *peer, v *volume, peerRole Role, orderly, pending bool) {
	if v.below == nil {
		if r.role == Primary {
			r.suspend("no-data")
		}
		return
	}
	if orderly && n.Generation == Gen9 && r.role == Secondary && peerRole == Primary && v.disk == UpToDate {
		v.disk = Outdated
	}
	if r.role == Primary && v.disk == UpToDate && v.below.Meta.GI.Bitmap == 0 {
		v.fresh = true
		if n.Generation == Gen84 || pending {
			n.newCurrent(r, p, v)
		}
	}
	if !orderly && r.Fencing == "resource-and-stonith" && r.role == Primary {
		r.suspend("fencing")
	}
}

// newCurrent begins a generation of data that no peer has.
func (n *Node) newCurrent(r *resource, p *peer, v *volume) {
	v.fresh = false
	if v.below == nil {
		return
	}
	m := v.below.Meta
	if m.GI.Bitmap != 0 {
		return
	}
	m.GI.Bitmap, m.GI.Current = m.GI.Current, n.NewID()
	if r.role == Primary {
		m.GI.Current |= 1
	} else {
		m.GI.Current &^= 1
	}
	if n.Generation == Gen9 {
		m.GI.Bitmap &^= 1
		n.logDevice(r, v, sprintf("new current UUID: %016X weak: FFFFFFFFFFFFFFFE", m.GI.Current))
		return
	}
	n.logDevice(r, v, "new current UUID "+m.GI.String())
}
