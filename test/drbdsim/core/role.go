package core

// primary makes the node Primary. What it asks of peers that are connected takes until they answer, or are lost.
func (n *Node) primary(r *resource, c *Command) Result {
	if r.role == Primary {
		return Result{}
	}
	if result := n.ask(r, c); !result.Done() {
		return result
	}
	for _, v := range r.volumes {
		if result := n.goodData(r, v, c); !result.Done() {
			return result
		}
	}
	if result := n.mayAlone(r, c); !result.Done() {
		return result
	}
	r.role = Primary
	for _, v := range r.volumes {
		n.promoteVolume(r, v)
	}
	n.tell(r)
	return Result{}
}

// ask asks all connected peers whether they have something against it.
func (n *Node) ask(r *resource, c *Command) Result {
	waiting := false
	for _, p := range r.peers {
		switch {
		case p.conn != Connected:
			p.asked = 0
		case p.asked == 0:
			p.asked, p.answered = n.NewID(), 0
			n.send(r, p, Message{Kind: Ask, Want: ToPrimary, ID: p.asked})
			waiting = true
		case p.answered != p.asked:
			waiting = true
		}
	}
	if waiting {
		return Result{Wait: true}
	}
	number := 0
	for _, p := range r.peers {
		if p.asked != 0 && p.refused != 0 {
			number = p.refused
		}
		p.asked, p.answered, p.refused = 0, 0, 0
	}
	if number != 0 {
		return refuse(number)
	}
	return Result{}
}

// mayPeer answers what a peer asks.
func (n *Node) mayPeer(r *resource, want string) int {
	if want == ToPrimary && r.role == Primary && !r.Net.AllowTwoPrimary {
		return twoPrimaries
	}
	return 0
}

// goodData tells whether a volume may be used, and makes it so by force.
func (n *Node) goodData(r *resource, v *volume, c *Command) Result {
	if v.disk == UpToDate || r.reaches(v) {
		return Result{}
	}
	if v.disk == Consistent && r.Fencing != "" && r.Fencing != "dont-care" {
		if c.Fenced == 0 && r.FencePeer != "" {
			return Result{Fence: true}
		}
		if fencedPeer(c.Fenced) {
			n.outdatePeers(r, v)
			v.disk = UpToDate
			return Result{}
		}
	}
	if !c.Force || v.below == nil {
		n.logRefusal(r, noUpToDate)
		return refuse(noUpToDate)
	}
	created := v.below.Meta.GI.Current == JustCreated
	v.disk = UpToDate
	n.logForced(r, v)
	if created || v.below.Meta.GI.Bitmap == 0 {
		n.newCurrent(r, nil, v)
		if !created {
			return Result{}
		}
		v.below.Meta.GI.Bitmap = JustCreated
	}
	return Result{}
}

// fencedPeer tells whether a handler's exit code means that the peer cannot harm: it is outdated, or has no power.
func fencedPeer(code int) bool { return code == 3 || code == 4 || code == 5 || code == 7 }

// mayAlone holds a node back that cannot reach its peer while the configuration wants the peer fenced first.
func (n *Node) mayAlone(r *resource, c *Command) Result {
	if r.Fencing == "" || r.Fencing == "dont-care" {
		return Result{}
	}
	for _, p := range r.peers {
		for _, v := range r.volumes {
			if p.conn == Connected || p.volume(v.Number).disk != DUnknown {
				continue
			}
			if c.Fenced == 0 && r.FencePeer != "" {
				return Result{Fence: true}
			}
			if !fencedPeer(c.Fenced) && !c.Force {
				n.logRefusal(r, primaryNotOut)
				return refuse(primaryNotOut)
			}
			n.outdatePeers(r, v)
		}
	}
	return Result{}
}

func (n *Node) outdatePeers(r *resource, v *volume) {
	for _, p := range r.peers {
		if pv := p.volume(v.Number); p.conn != Connected {
			pv.disk = Outdated
		}
	}
}

// fenced takes the exit code of the handler that was asked because the peer was lost.
func (n *Node) fenced(r *resource, code int) Result {
	if fencedPeer(code) {
		for _, v := range r.volumes {
			n.outdatePeers(r, v)
		}
		r.resume("fencing")
	}
	return Result{}
}

func (n *Node) promoteVolume(r *resource, v *volume) {
	if v.below == nil {
		return
	}
	v.below.Meta.GI.Current |= 1
	alone := true
	for _, p := range r.peers {
		if pv := p.volume(v.Number); p.conn == Connected && pv.disk.rank() >= Inconsistent.rank() {
			alone = false
		}
	}
	renegotiate := false
	for _, p := range r.peers {
		pv := p.volume(v.Number)
		if p.conn == Connected && pv.repl == Established && pv.disk == Inconsistent && v.disk == UpToDate {
			renegotiate = true
			n.send(r, p, Message{Kind: Hello, Redo: true, Volume: v.Number, Greeting: n.greet(r, p)})
		}
	}
	if !renegotiate && alone && v.disk == UpToDate {
		v.fresh = v.below.Meta.GI.Bitmap == 0
		if n.Generation == Gen84 {
			n.newCurrent(r, nil, v)
		}
	}
}

// secondary ends the role.
func (n *Node) secondary(r *resource) Result {
	if r.role != Primary {
		return Result{}
	}
	for _, v := range r.volumes {
		if v.open > 0 {
			result := refuse(heldOpen)
			if n.Generation == Gen9 {
				result.Info = []string{sprintf("drbd%d opened by mount (pid 986) at %s", v.Minor, n.now.UTC().Format("2006-01-02 15:04:05.000"))}
			}
			return result
		}
	}
	for _, p := range r.peers {
		for _, pv := range p.volumes {
			if len(pv.flying) > 0 {
				// What is written has to be safe first.
				return Result{Wait: true}
			}
		}
	}
	r.role = Secondary
	n.tell(r)
	return Result{}
}
