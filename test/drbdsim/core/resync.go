package core

import (
	"slices"
	"time"
)

// A progress is that of a resync or verify.
type progress struct {
	total int
	began time.Time
	marks []mark
}

// A mark is how much was left at a time; the kernel keeps eight, three seconds apart.
type mark struct {
	at   time.Time
	left int
}

const (
	markStep  = 3 * time.Second
	markCount = 8
	// defaultRate is c-max-rate's lower brother: what a resync may use when nothing is configured.
	defaultRate = 10 * 1024
	// chunk is how many blocks go in one message.
	chunk = 512
	// window is how many blocks may be unacknowledged.
	window = 4 * chunk
)

func newProgress(now time.Time, total int) *progress {
	return &progress{total: total, began: now, marks: []mark{{now, total}}}
}

// note keeps a mark when one is due.
func (g *progress) note(now time.Time, left int) {
	if last := g.marks[len(g.marks)-1]; now.Sub(last.at) >= markStep {
		g.marks = append(g.marks, mark{now, left})
		g.marks = g.marks[max(0, len(g.marks)-markCount):]
	}
}

// mergeBitmap takes the other side's bitmap: what either counts is synced.
func (n *Node) mergeBitmap(r *resource, p *peer, v *volume, pv *peerVolume, m Message) {
	if v.below == nil || m.Bits == nil {
		return
	}
	bits := v.below.bitmap(p.Name)
	bits.Or(m.Bits)
	if pv.repl != WFBitMapS {
		return
	}
	n.beSource(r, p, v, pv)
}

// beSource begins to send.
func (n *Node) beSource(r *resource, p *peer, v *volume, pv *peerVolume) {
	meta := v.below.Meta
	bits := v.below.bitmap(p.Name)
	id := meta.GI.Bitmap
	if id == 0 || id == JustCreated {
		id = n.NewID()
	} else {
		id += 1 << 48
	}
	meta.GI.push()
	meta.GI.Bitmap = id
	pv.repl, pv.disk = SyncSource, Inconsistent
	pv.progress, pv.sending, pv.unacked, pv.budget, pv.last = newProgress(n.now, bits.Len()), 0, 0, 0, n.now
	pv.pause()
	n.logVolume(r, p, v, sprintf("Began resync as SyncSource (will sync %d KB [%d bits set]).", bits.Len()*BlockKiB, bits.Len()))
	n.logVolume(r, p, v, "updated sync UUID "+meta.GI.String())
	gi := meta.GI
	n.send(r, p, Message{Kind: SyncUUID, Volume: v.Number, GI: &gi})
	n.tell(r)
}

// beTarget begins to receive.
func (n *Node) beTarget(r *resource, v *volume, pv *peerVolume, source GI) {
	if v.below == nil {
		return
	}
	p := r.peerOf(pv)
	meta := v.below.Meta
	meta.GI.Current, meta.GI.Bitmap = source.Bitmap, 0
	bits := v.below.bitmap(p.Name)
	v.disk, pv.repl, pv.disk = Inconsistent, SyncTarget, UpToDate
	pv.progress = newProgress(n.now, bits.Len())
	pv.pause()
	n.logVolume(r, p, v, "updated sync uuid "+meta.GI.String())
	n.logVolume(r, p, v, sprintf("Began resync as SyncTarget (will sync %d KB [%d bits set]).", bits.Len()*BlockKiB, bits.Len()))
	n.tell(r)
}

func (r *resource) peerOf(pv *peerVolume) *peer {
	for _, p := range r.peers {
		if slices.Contains(p.volumes, pv) {
			return p
		}
	}
	return nil
}

// pause makes a resync that runs a paused one, and back.
func (pv *peerVolume) pause() {
	paused := pv.pausedHere || pv.pausedT
	switch {
	case pv.repl == SyncSource && paused:
		pv.repl = PausedSyncS
	case pv.repl == SyncTarget && paused:
		pv.repl = PausedSyncT
	case pv.repl == PausedSyncS && !paused:
		pv.repl = SyncSource
	case pv.repl == PausedSyncT && !paused:
		pv.repl = SyncTarget
	}
}

// work does what a resync or verify has to do in the time that passed.
func (n *Node) work(r *resource, p *peer, pv *peerVolume) {
	v := r.volume(pv.number)
	if v == nil || v.below == nil || v.below.Meta == nil {
		return
	}
	left := v.below.bitmap(p.Name).Len()
	switch {
	case pv.repl.Verifying():
		if g := pv.progress; g != nil {
			g.note(n.now, g.total-pv.verified)
		}
		if pv.repl == VerifyS {
			n.spend(r, p, v, pv, n.verifySome)
		}
	case pv.repl == SyncTarget && pv.progress != nil:
		pv.progress.note(n.now, left)
	case pv.repl == SyncSource:
		pv.progress.note(n.now, left)
		n.spend(r, p, v, pv, n.syncSome)
	default:
		pv.last = n.now
	}
}

// spend gives a job as many blocks as the rate allows.
func (n *Node) spend(r *resource, p *peer, v *volume, pv *peerVolume, job func(*resource, *peer, *volume, *peerVolume, int)) {
	rate := r.ResyncRate
	if rate <= 0 {
		rate = defaultRate
	}
	pv.budget += float64(rate) * n.now.Sub(pv.last).Seconds()
	pv.last = n.now
	blocks := int(pv.budget / BlockKiB)
	blocks = min(blocks, window-pv.unacked)
	if blocks <= 0 {
		// What could not be sent because the other side is slow is not saved up.
		pv.budget = min(pv.budget, float64(rate))
		return
	}
	pv.budget -= float64(blocks * BlockKiB)
	job(r, p, v, pv, blocks)
}

// syncSome sends blocks, as long as there are any.
func (n *Node) syncSome(r *resource, p *peer, v *volume, pv *peerVolume, blocks int) {
	bits := v.below.bitmap(p.Name)
	for blocks > 0 {
		var list []Block
		for len(list) < min(chunk, blocks) {
			at := bits.Next(pv.sending)
			if at < 0 {
				break
			}
			list = append(list, Block{at, v.below.Data[at]})
			pv.sending = at + 1
		}
		if len(list) == 0 {
			break
		}
		blocks -= len(list)
		pv.unacked += len(list)
		pv.sent += int64(len(list)) * BlockKiB
		v.read += int64(len(list)) * BlockKiB
		n.send(r, p, Message{Kind: SyncData, Volume: v.Number, Blocks: list})
	}
	n.mayFinish(r, p, v, pv)
}

// synced clears what the target has.
func (n *Node) synced(r *resource, p *peer, v *volume, pv *peerVolume, m Message) {
	if v.below == nil {
		return
	}
	pv.unacked = max(0, pv.unacked-len(m.Blocks))
	for _, b := range m.Blocks {
		v.below.bitmap(p.Name).Set(b.At, false)
	}
	n.mayFinish(r, p, v, pv)
}

// mayFinish ends the resync at its source when nothing is left.
func (n *Node) mayFinish(r *resource, p *peer, v *volume, pv *peerVolume) {
	bits := v.below.bitmap(p.Name)
	if pv.repl != SyncSource || pv.unacked > 0 {
		return
	}
	if bits.Len() > 0 {
		// Blocks behind the one it came to were written meanwhile and missed.
		if bits.Next(pv.sending) < 0 {
			pv.sending = 0
		}
		return
	}
	meta := v.below.Meta
	meta.GI.push()
	meta.GI.Bitmap, meta.CrashedPrimary = 0, false
	n.logDone(r, p, v, pv)
	n.logVolume(r, p, v, "updated UUIDs "+meta.GI.String())
	pv.repl, pv.disk, pv.progress = Established, UpToDate, nil
	gi := meta.GI
	n.send(r, p, Message{Kind: SyncDone, Volume: v.Number, GI: &gi})
}

// targetDone ends it at the target.
func (n *Node) targetDone(r *resource, p *peer, v *volume, pv *peerVolume, source GI) {
	if v.below == nil || !pv.repl.Target() && v.below.Meta.GI.Current != JustCreated {
		return
	}
	source.Current &^= 1
	v.below.Meta.GI, v.below.Meta.CrashedPrimary = source, false
	n.logDone(r, p, v, pv)
	n.logVolume(r, p, v, "updated UUIDs "+source.String())
	v.disk, pv.repl, pv.progress = UpToDate, Established, nil
	v.below.bitmap(p.Name).SetAll(false)
	n.tell(r)
}

func (n *Node) logDone(r *resource, p *peer, v *volume, pv *peerVolume) {
	if pv.progress == nil {
		return
	}
	seconds := max(1, int(n.now.Sub(pv.progress.began).Seconds()))
	n.logVolume(r, p, v, sprintf("Resync done (total %d sec; paused 0 sec; %d K/sec)", seconds, pv.progress.total*BlockKiB/seconds))
}

// What a Start wants of the other side.
const (
	wantSource = "source"
	wantTarget = "target"
)

// startFull begins a resync of everything, because one side was invalidated.
func (n *Node) startFull(r *resource, p *peer, v *volume, pv *peerVolume, source bool) {
	if v.below == nil {
		return
	}
	v.below.bitmap(p.Name).SetAll(true)
	v.bm += 2
	if source {
		n.beSource(r, p, v, pv)
		return
	}
	v.disk, pv.repl = Inconsistent, WFBitMapT
	n.send(r, p, Message{Kind: Start, Volume: v.Number, Want: wantSource})
	n.tell(r)
}
