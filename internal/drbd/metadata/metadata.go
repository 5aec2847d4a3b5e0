// Package metadata reads the superblock of DRBD's meta data from a disk, without DRBD and without its tools
// (docs/spec/replication-checker.md, section 16). It is for devices whose DRBD may be down, split or gone; what
// a running DRBD says is asked by package feed. Nothing is written.
package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A Format is the generation of the meta data's layout.
type Format string

// The layouts.
const (
	V07        Format = "v07"
	V08        Format = "v08"
	V08Unclean Format = "v08-unclean"
	V09        Format = "v09"
)

// Numbers of the layouts.
const (
	magic07        = 0x8374026a
	magic08        = 0x8374026b
	magic08Unclean = 0x8374026c
	magic09        = 0x8374026d

	sector = 512
	// Size is that of a superblock in bytes, which lies at a multiple of it.
	Size = 4096
	// fixed is the size of meta data with a fixed place, in bytes.
	fixed = 128 << 20
	// maxPeers is how many slots for peers, and how many past generations, v09 has.
	maxPeers = 32
)

// Flags of the superblock.
const (
	Consistent     = 1 << 0
	PrimaryWas     = 1 << 1
	WasUpToDate    = 1 << 4
	CrashedPrimary = 1 << 6
)

// ErrNone is returned where no meta data are.
var ErrNone = errors.New("no DRBD meta data")

// ErrChanging is returned when the superblock was written between any two looks at it.
var ErrChanging = errors.New("DRBD meta data change all the time")

// A Superblock says how much of a disk is data and which generation they are.
type Superblock struct {
	Format Format
	// At is the byte of the disk at which it was found.
	At int64
	// Effective is how much of the disk holds data, in bytes: what lies behind is DRBD's own.
	Effective int64
	// Current, Bitmap and History are generation identifiers, bit 0 included (v07 has none). v09 has a bitmap's for
	// each peer, by slot: those are in Peers.
	Current, Bitmap, Device uint64
	History                 []uint64
	Peers                   []Peer
	// Generations are the five counters of v07.
	Generations [5]uint32
	Flags       uint32
	// MetaSectors, ActivityAt, BitmapAt and BytesPerBit are the layout; the places are in sectors from the superblock.
	MetaSectors          uint32
	ActivityAt, BitmapAt int32
	BytesPerBit          uint32
	MaxPeers             uint32
	NodeID               int32
}

// A Peer is a slot of v09.
type Peer struct {
	Slot   int
	Bitmap uint64
	Flags  uint32
	// Index is the peer's bitmap, -1 without one.
	Index int32
}

// Find reads the superblock of internal meta data: at the end of a disk, or 128 MiB before it. ErrNone says that
// there is none, ErrChanging that a running DRBD wrote it at every look.
func Find(disk io.ReaderAt, size int64) (*Superblock, error) {
	end := size / Size * Size
	for _, at := range []int64{end - Size, end - fixed} {
		if at < 0 {
			continue
		}
		s, err := readAt(disk, at)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// Data lie before internal meta data; the fixed layout also keeps all of its own behind the superblock.
		if s.Effective <= 0 || s.Effective > at {
			return nil, fmt.Errorf("DRBD meta data at byte %d: %d bytes of data do not fit before them", at, s.Effective)
		}
		return s, nil
	}
	return nil, ErrNone
}

// looks is how often a superblock is read that changes.
const looks = 5

// readAt reads a superblock until two looks agree.
func readAt(disk io.ReaderAt, at int64) (*Superblock, error) {
	var before []byte
	for range looks {
		now := make([]byte, Size)
		if _, err := disk.ReadAt(now, at); err != nil {
			return nil, fmt.Errorf("DRBD meta data at byte %d: %w", at, err)
		}
		if bytes.Equal(before, now) {
			s, err := Parse(now)
			if err != nil {
				return nil, err
			}
			s.At = at
			return s, nil
		}
		if _, err := Parse(now); err != nil {
			return nil, err
		}
		before = now
	}
	return nil, fmt.Errorf("at byte %d: %w", at, ErrChanging)
}

// Parse reads a superblock of [Size] bytes. ErrNone says that the bytes are none.
func Parse(b []byte) (*Superblock, error) {
	if len(b) < Size {
		return nil, fmt.Errorf("a superblock of %d bytes: %w", len(b), ErrNone)
	}
	// v07 keeps its magic number elsewhere than all later ones.
	switch word(b, 60) {
	case magic08:
		return parse08(b, V08)
	case magic08Unclean:
		return parse08(b, V08Unclean)
	case magic09:
		return parse09(b)
	}
	if word(b, 28) == magic07 {
		return parse07(b)
	}
	return nil, ErrNone
}

func word(b []byte, at int) uint32  { return binary.BigEndian.Uint32(b[at:]) }
func long(b []byte, at int) uint64  { return binary.BigEndian.Uint64(b[at:]) }
func signed(b []byte, at int) int32 { return int32(word(b, at)) }

// bytesOf turns a count of units into bytes. More than any disk has is an error.
func bytesOf(count uint64, unit int64) (int64, error) {
	const most = 1 << 60
	if count > most/uint64(unit) {
		return 0, fmt.Errorf("DRBD meta data claim %d units of %d bytes", count, unit)
	}
	return int64(count) * unit, nil
}

// parse07 reads the layout of 0.7, whose size is in KiB and whose generations are counters.
func parse07(b []byte) (*Superblock, error) {
	s := &Superblock{Format: V07, Flags: word(b, 8)}
	for i := range s.Generations {
		s.Generations[i] = word(b, 8+4*i)
	}
	var err error
	s.Effective, err = bytesOf(long(b, 0), 1024)
	return s, err
}

// parse08 reads the layout of 8.0 to 8.4.
func parse08(b []byte, format Format) (*Superblock, error) {
	s := &Superblock{
		Format: format, Current: long(b, 8), Bitmap: long(b, 16), History: []uint64{long(b, 24), long(b, 32)},
		Device: long(b, 40), MaxPeers: 1,
	}
	s.layout(b)
	var err error
	s.Effective, err = bytesOf(long(b, 0), sector)
	return s, err
}

// Where v09 keeps its slots, and the past generations behind them.
const (
	slotsAt   = 112
	slotSize  = 32
	historyAt = slotsAt + maxPeers*slotSize
)

// parse09 reads the layout of 9.
func parse09(b []byte) (*Superblock, error) {
	s := &Superblock{Format: V09, Current: long(b, 8), Device: long(b, 48), MaxPeers: word(b, 88), NodeID: signed(b, 92)}
	s.layout(b)
	for slot := range maxPeers {
		at := slotsAt + slot*slotSize
		peer := Peer{Slot: slot, Bitmap: long(b, at), Flags: word(b, at+16), Index: signed(b, at+20)}
		if peer.Bitmap != 0 || peer.Flags != 0 {
			s.Peers = append(s.Peers, peer)
		}
	}
	for i := range maxPeers {
		s.History = append(s.History, long(b, historyAt+8*i))
	}
	var err error
	s.Effective, err = bytesOf(long(b, 0), sector)
	return s, err
}

// layout reads what 8 and 9 have in the same place.
func (s *Superblock) layout(b []byte) {
	s.Flags, s.MetaSectors = word(b, 56), word(b, 64)
	s.ActivityAt, s.BitmapAt, s.BytesPerBit = signed(b, 68), signed(b, 76), word(b, 80)
}
