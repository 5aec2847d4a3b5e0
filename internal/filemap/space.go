package filemap

import (
	"io"

	"ocfbox/internal/block"
)

// A space is what a partition, a volume or the whole device is for those who use it: bytes from 0 on, which lie on the
// device in one piece or in several.
type space struct {
	disk io.ReaderAt
	// name is that of the partition or volume, with those around it.
	name   string
	pieces []piece
}

// A piece lies on the device, and begins at a byte of the space.
type piece struct {
	at int64
	block.Range
}

// whole is the device itself.
func whole(disk io.ReaderAt, size int64) space {
	return space{disk: disk, pieces: []piece{{0, block.Range{Length: size}}}}
}

func (s space) size() int64 {
	if len(s.pieces) == 0 {
		return 0
	}
	last := s.pieces[len(s.pieces)-1]
	return last.at + last.Length
}

// part is a space that consists of parts of s, in the order given. What lies behind the end of s is left out.
func (s space) part(name string, ranges ...block.Range) space {
	inner := space{disk: s.disk, name: name}
	if s.name != "" {
		inner.name = s.name + " " + name
	}
	var at int64
	for _, r := range ranges {
		for _, on := range s.onDisk(r) {
			inner.pieces = append(inner.pieces, piece{at, on})
			at += on.Length
		}
	}
	return inner
}

// onDisk are the parts of the device where a part of the space lies.
func (s space) onDisk(r block.Range) []block.Range {
	var all []block.Range
	for _, p := range s.pieces {
		from, end := max(r.Offset, p.at), min(r.End(), p.at+p.Length)
		if from < end {
			all = append(all, block.Between(p.Offset+from-p.at, p.Offset+end-p.at))
		}
	}
	return all
}

// within are the parts of the space that lie in ranges of the device.
func (s space) within(disk block.Ranges) block.Ranges {
	var inside block.Ranges
	for _, p := range s.pieces {
		for _, r := range disk.Within(p.Range) {
			inside.Add(block.Range{Offset: r.Offset - p.Offset + p.at, Length: r.Length})
		}
	}
	return inside
}

// ReadAt reads from the space; its end is io.EOF.
func (s space) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, io.EOF
	}
	done := 0
	for _, on := range s.onDisk(block.Range{Offset: offset, Length: int64(len(p))}) {
		n, err := s.disk.ReadAt(p[done:done+int(on.Length)], on.Offset)
		done += n
		if err != nil && int64(n) < on.Length {
			return done, err
		}
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}
