package metadata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// ErrNoBitmap is returned for meta data whose bitmap cannot be found: 0.7's, and an external one.
var ErrNoBitmap = errors.New("no bitmap that can be read")

// bitmapRead is how much of a bitmap is read at a time, in bytes.
const bitmapRead = 64 << 10

// OutOfSync tells the blocks between two bytes of the data that the bitmap on the disk has marked as out of sync
// towards any peer: known is called for each stretch of them, in order. While DRBD is up the bitmap on the disk is
// older than the one in its memory (the activity log), so it is a hint then.
func (s *Superblock) OutOfSync(disk io.ReaderAt, from, end int64, known func(from, end int64)) error {
	slots := s.slots()
	if s.BytesPerBit == 0 || s.BitmapAt == 0 || len(slots) == 0 {
		return ErrNoBitmap
	}
	unit, peers := int64(s.BytesPerBit), int64(max(s.MaxPeers, 1))
	at := s.At + int64(s.BitmapAt)*sector
	end = min(end, s.Effective)
	// The words of all peers for the same blocks lie beside each other.
	group := 4 * peers
	words := bitmapRead / group
	var start int64 = -1
	for word := from / unit / 32; from < end && word <= (end-1)/unit/32; word += words {
		count := min(words, (end-1)/unit/32-word+1)
		read := make([]byte, count*group)
		if _, err := disk.ReadAt(read, at+word*group); err != nil {
			return fmt.Errorf("DRBD's bitmap: %w", err)
		}
		for i := range count {
			start = marked(union(read[i*group:], slots), (word+i)*32, unit, start, known)
		}
	}
	if last := (((end-1)/unit/32 + 1) * 32) * unit; start >= 0 {
		known(start, last)
	}
	return nil
}

// slots are the bitmaps in use: the only one before 9, those of the known peers in 9.
func (s *Superblock) slots() (slots []int) {
	switch s.Format {
	case V08, V08Unclean:
		return []int{0}
	case V09:
		for _, peer := range s.Peers {
			if peer.Index >= 0 && uint32(peer.Index) < s.MaxPeers {
				slots = append(slots, int(peer.Index))
			}
		}
	}
	return slots
}

// union is a word of all bitmaps.
func union(group []byte, slots []int) (word uint32) {
	for _, slot := range slots {
		word |= binary.LittleEndian.Uint32(group[4*slot:])
	}
	return word
}

// marked tells the stretches that end in a word whose first bit is given. start is where an open one began, or -1;
// so is the result.
func marked(word uint32, first, unit, start int64, known func(from, end int64)) int64 {
	switch {
	case word == 0 && start < 0, word == 1<<32-1 && start >= 0:
		return start
	}
	for bit := 0; bit < 32; {
		rest := word >> bit
		if start < 0 {
			if rest == 0 {
				return start
			}
			bit += bits.TrailingZeros32(rest)
			start = (first + int64(bit)) * unit
			continue
		}
		set := bits.TrailingZeros32(^rest)
		if bit+set >= 32 {
			return start
		}
		bit += set
		known(start, (first+int64(bit))*unit)
		start = -1
	}
	return start
}
