package core

// startVerify begins an online verify from here.
func (n *Node) startVerify(r *resource, p *peer, v *volume, pv *peerVolume) {
	n.beginVerify(r, p, v, pv, VerifyS)
	n.send(r, p, Message{Kind: Start, Volume: v.Number, Want: string(VerifyT)})
}

func (n *Node) beginVerify(r *resource, p *peer, v *volume, pv *peerVolume, side Repl) {
	pv.repl, pv.progress, pv.sending, pv.unacked, pv.verified, pv.budget, pv.last = side, newProgress(n.now, v.below.Blocks()), 0, 0, 0, 0, n.now
	n.logVolume(r, p, v, "Starting Online Verify from sector 0")
}

// verifySome asks about the next blocks.
func (n *Node) verifySome(r *resource, p *peer, v *volume, pv *peerVolume, blocks int) {
	from := pv.sending
	to := min(from+blocks, v.below.Blocks())
	if from == to {
		return
	}
	m := Message{Kind: Verify, Volume: v.Number, From: from, To: to}
	for at := from; at < to; at++ {
		if data := v.below.Data[at]; data != 0 {
			m.Blocks = append(m.Blocks, Block{at, data})
		}
	}
	pv.sending = to
	pv.unacked += to - from
	v.read += int64(to-from) * BlockKiB
	n.send(r, p, m)
}

// compare finds which blocks differ here.
func (n *Node) compare(r *resource, p *peer, v *volume, pv *peerVolume, m Message) {
	if v.below == nil {
		return
	}
	theirs := map[int]uint64{}
	for _, b := range m.Blocks {
		theirs[b.At] = b.Data
	}
	answer := Message{Kind: Verified, Volume: v.Number, From: m.From, To: m.To}
	for at := m.From; at < m.To; at++ {
		if v.below.Data[at] != theirs[at] {
			answer.Blocks = append(answer.Blocks, Block{At: at})
			v.below.bitmap(p.Name).Set(at, true)
		}
	}
	pv.verified = m.To
	v.read += int64(m.To-m.From) * BlockKiB
	n.send(r, p, answer)
	if pv.verified == v.below.Blocks() {
		n.endVerify(r, p, v, pv)
	}
}

// compared takes the answer.
func (n *Node) compared(r *resource, p *peer, v *volume, pv *peerVolume, m Message) {
	if v.below == nil || pv.repl != VerifyS {
		return
	}
	for _, b := range m.Blocks {
		v.below.bitmap(p.Name).Set(b.At, true)
	}
	pv.verified = m.To
	pv.unacked = max(0, pv.unacked-(m.To-m.From))
	if pv.verified == v.below.Blocks() {
		n.endVerify(r, p, v, pv)
	}
}

func (n *Node) endVerify(r *resource, p *peer, v *volume, pv *peerVolume) {
	if pv.progress == nil {
		return
	}
	seconds := max(1, int(n.now.Sub(pv.progress.began).Seconds()))
	n.logVolume(r, p, v, sprintf("Online verify done (total %d sec; paused 0 sec; %d K/sec)", seconds, v.size/int64(seconds)))
	if found := v.below.bitmap(p.Name).Len(); found > 0 {
		n.logVolume(r, p, v, sprintf("Online verify found %d 4k block%s out of sync!", found, map[Generation]string{Gen9: "s"}[n.Generation]))
	}
	v.bm += 2
	pv.repl, pv.progress, pv.verified = Established, nil, 0
}
