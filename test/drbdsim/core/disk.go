package core

// createMD writes fresh meta data. Those that are there stay unless it is forced.
func (n *Node) createMD(c *Command) Result {
	for _, vs := range c.Settings.Volumes {
		b := n.Backings[BackingName(c.Settings.Name, vs.Number)]
		if b == nil {
			return Result{Code: CodeConfig, Error: "there is no such disk"}
		}
		if b.Meta != nil && !c.Force {
			return Result{Code: CodeConfig}
		}
		b.Meta = newMeta()
		if n.Generation == Gen84 {
			for _, p := range c.Settings.Peers {
				b.bitmap(p.Name).SetAll(true)
			}
		}
		if b.Data == nil {
			b.Data = map[int]uint64{}
		}
	}
	return Result{}
}

// attach gives a volume its disk. What a Primary left behind that did not go in order counts as changed.
func (n *Node) attach(r *resource, v *volume) Result {
	if v.below != nil {
		return failure(errDiskConfig, "Device is attached to a disk (use detach first)")
	}
	b := n.Backings[BackingName(r.Name, v.Number)]
	if b == nil || b.Meta == nil {
		return Result{Code: CodeConfig, Output: []string{"No valid meta data found"}}
	}
	v.below, v.size, v.met = b, b.Size, false
	v.read, v.written, v.al, v.bm = 0, 0, 0, 0
	var result Result
	if b.Meta.Primary {
		b.Meta.CrashedPrimary = true
		for _, p := range r.peers {
			b.bitmap(p.Name).SetAll(true)
		}
		result.Output = []string{sprintf("Marked additional %d MB as out-of-sync based on AL.", (b.Size+1023)/1024)}
	}
	if n.Generation == Gen84 && b.Meta.GI.Current == JustCreated {
		v.al = 8
	}
	if b.Meta.FullSync {
		for _, p := range r.peers {
			b.bitmap(p.Name).SetAll(true)
		}
	}
	v.disk = b.Meta.disk()
	if v.disk == Consistent && (r.Fencing == "" || r.Fencing == "dont-care" || b.Meta.PeerOutdated) {
		v.disk = UpToDate
	}
	n.logDevice(r, v, "attached to UUIDs "+b.Meta.GI.String())
	for _, p := range r.peers {
		if p.conn == Connected {
			v.disk = Negotiating
			n.send(r, p, Message{Kind: Hello, Redo: true, Volume: v.Number, Greeting: n.greet(r, p)})
		}
	}
	return result
}

// detach takes it away.
func (n *Node) detach(r *resource, v *volume) Result {
	if v.below == nil {
		return Result{}
	}
	if r.role == Primary && !r.reaches(v) {
		return refuse(noUpToDate)
	}
	primary := v.below.Meta
	n.takeDisk(r, v)
	// A Primary that detaches leaves its disk as one that crashed.
	primary.Primary = r.role == Primary
	n.tell(r)
	return Result{}
}

func (n *Node) outdate(r *resource, v *volume) Result {
	switch {
	case v.disk == Outdated:
		return Result{}
	case v.disk.rank() < Outdated.rank():
		return refuse(lowerOutdated)
	case r.role == Primary:
		return refuse(noUpToDate)
	}
	for _, p := range r.peers {
		if p.conn == Connected {
			return refuse(connectedOutdat)
		}
	}
	v.disk = Outdated
	return Result{}
}

// invalidate throws the local data away.
func (n *Node) invalidate(r *resource, p *peer, v *volume, pv *peerVolume) Result {
	switch {
	case v.below == nil:
		return refuse(noLocalDisk)
	case pv.repl.Source() || pv.repl.Target() || pv.repl.Verifying():
		return refuse(resyncRunning)
	case r.role == Primary && !r.reaches(v):
		return refuse(noUpToDate)
	case p.conn != Connected:
		v.below.bitmap(p.Name).SetAll(true)
		v.disk = Inconsistent
		return Result{}
	case pv.disk.rank() < Outdated.rank():
		return refuse(noRemoteDisk)
	}
	n.startFull(r, p, v, pv, false)
	return Result{}
}

// invalidateRemote throws the peer's away.
func (n *Node) invalidateRemote(r *resource, p *peer, v *volume, pv *peerVolume) Result {
	switch {
	case p.conn != Connected:
		return refuse(needConnection)
	case v.below == nil:
		return refuse(noLocalDisk)
	case pv.repl.Source() || pv.repl.Target() || pv.repl.Verifying():
		return refuse(resyncRunning)
	case v.disk != UpToDate:
		return refuse(noUpToDate)
	case pv.disk.rank() < Inconsistent.rank():
		return refuse(noRemoteDisk)
	}
	n.send(r, p, Message{Kind: Start, Volume: v.Number, Want: wantTarget})
	return Result{}
}

// newUUID begins a generation by hand; with clear both sides of a pair that never had data are said to be equal.
func (n *Node) newUUID(r *resource, v *volume, clear bool) Result {
	if v.below == nil {
		return refuse(noLocalDisk)
	}
	m := v.below.Meta
	if !clear || m.GI.Current != JustCreated {
		m.GI.push()
		m.GI.Bitmap = 0
		n.newCurrent(r, nil, v)
		return Result{}
	}
	m.GI = GI{Current: n.NewID() &^ 1}
	for _, p := range r.peers {
		v.below.bitmap(p.Name).SetAll(false)
		pv := p.volume(v.Number)
		if p.conn == Connected && pv.disk == Inconsistent {
			pv.disk = UpToDate
			gi := m.GI
			n.send(r, p, Message{Kind: SyncDone, Volume: v.Number, GI: &gi, Want: NewUUID})
		}
	}
	v.disk = UpToDate
	n.tell(r)
	return Result{}
}
