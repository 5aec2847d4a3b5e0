package core

// A Backing is what lies on the disk below a volume. It survives a loss of power.
type Backing struct {
	// Size is how much the volume offers, in KiB.
	Size int64 `json:"size"`
	// Meta is DRBD's meta data; nil before create-md.
	Meta *Meta `json:"meta,omitempty"`
	// Data tells block by block what was written: each write has a number of its own. What is absent is as it was made.
	Data map[int]uint64 `json:"data,omitempty"`
	// Failing: the device answers writes and reads with errors.
	Failing bool `json:"failing,omitempty"`
}

// Blocks is the number of bits of its bitmaps.
func (b *Backing) Blocks() int { return int((b.Size + BlockKiB - 1) / BlockKiB) }

// digest is a number for the data: a sum, so that the order of the blocks does not matter.
func (b *Backing) digest() uint64 {
	var sum uint64
	for at, data := range b.Data {
		sum += (data ^ uint64(at)) * 0x9E3779B97F4A7C15
	}
	return sum
}

// Meta is the meta data of a volume: generation identifiers, flags, and a bitmap for each peer.
type Meta struct {
	GI GI `json:"gi"`
	// Bitmaps are by the name of the peer.
	Bitmaps map[string]*Bits `json:"bitmaps,omitempty"`

	Consistent     bool `json:"consistent,omitempty"`
	WasUpToDate    bool `json:"was_up_to_date,omitempty"`
	Primary        bool `json:"primary,omitempty"`
	Connected      bool `json:"connected,omitempty"`
	FullSync       bool `json:"full_sync,omitempty"`
	PeerOutdated   bool `json:"peer_outdated,omitempty"`
	CrashedPrimary bool `json:"crashed_primary,omitempty"`
	// PeerSeen: 9 notes that the peer had a disk at least once.
	PeerSeen bool `json:"peer_seen,omitempty"`
	// ALDisabled: 9 wrote without an activity log.
	ALDisabled bool `json:"al_disabled,omitempty"`
}

// JustCreated is the generation of data that never were in use.
const JustCreated uint64 = 4

// A GI is a set of generation identifiers: of the current data, of what the bitmap counts from, and of older data.
// The lowest bit of the current one tells that its node was Primary.
type GI struct {
	Current uint64    `json:"current"`
	Bitmap  uint64    `json:"bitmap"`
	History [2]uint64 `json:"history"`
}

// newMeta is what create-md writes.
func newMeta() *Meta {
	return &Meta{GI: GI{Current: JustCreated}, Bitmaps: map[string]*Bits{}, Connected: false}
}

// bitmap is that of a peer. A bitmap that is new has all bits set while the data never were in use.
func (b *Backing) bitmap(peer string) *Bits {
	bits := b.Meta.Bitmaps[peer]
	if bits == nil {
		bits = NewBits(b.Blocks())
		b.Meta.Bitmaps[peer] = bits
	}
	return bits
}

// push moves the bitmap's identifier into the history.
func (g *GI) push() {
	if g.Bitmap != 0 {
		g.History = [2]uint64{g.Bitmap, g.History[0]}
	}
}

// disk is the state that the meta data alone tell of: that of a volume that is attached, and of one that is not.
func (m *Meta) disk() Disk {
	switch {
	case !m.Consistent:
		return Inconsistent
	case !m.WasUpToDate:
		return Outdated
	}
	return Consistent
}

// note keeps a disk state in the meta data.
func (m *Meta) note(d Disk) {
	switch d {
	case UpToDate, Consistent:
		m.Consistent, m.WasUpToDate = true, true
	case Outdated:
		m.Consistent, m.WasUpToDate = true, false
	case Inconsistent:
		m.Consistent, m.WasUpToDate = false, false
	}
}
