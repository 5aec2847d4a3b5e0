package filemap

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"ocfbox/internal/block"
)

// errLVM is returned for a physical volume whose description cannot be understood.
var errLVM = errors.New("LVM's description of its volumes cannot be read")

// maxLVMText bounds the description of a volume group, in bytes.
const maxLVMText = 16 << 20

// volumes looks into the logical volumes that have extents on a physical volume. A volume that is not simply one run
// of extents after the other (mirrored, striped, thin) is named, and not looked into.
func (m *mapper) volumes(ctx context.Context, s space, wanted block.Ranges, depth int) error {
	group, err := readLVM(s)
	if err != nil {
		m.all(s, wanted, Finding{Kind: Unknown, Name: err.Error()})
		return nil
	}
	var taken block.Ranges
	for _, v := range group.volumes {
		for _, r := range v.here {
			taken.Add(r)
		}
		inner := s.part(group.name+"/"+v.name, v.here...)
		if v.whole {
			if err := m.look(ctx, inner, depth+1); err != nil {
				return err
			}
			continue
		}
		m.all(inner, inner.within(m.wanted), Finding{Kind: Unknown, Name: "volume of which this device has only parts"})
	}
	for _, w := range wanted {
		for _, r := range taken.Gaps(w) {
			m.all(s, block.Ranges{{Length: group.start}}.Within(r), Finding{Kind: VolumeLabel, Name: group.name})
			m.all(s, block.Ranges{block.Between(group.start, group.end)}.Within(r), Finding{Kind: Free, Name: "no volume of " + group.name})
			m.all(s, block.Ranges{block.Between(group.end, s.size())}.Within(r), Finding{Kind: Outside})
		}
	}
	return nil
}

// A group is what a physical volume says of its volume group.
type group struct {
	name string
	// start and end are where extents lie on this device, in bytes.
	start, end int64
	volumes    []volume
}

// A volume is a logical volume's extents on this device, in its own order. whole says that they are all it has, one
// after the other.
type volume struct {
	name  string
	here  []block.Range
	whole bool
}

// readLVM reads a physical volume's label, and the description of the group that it leads to.
func readLVM(s space) (*group, error) {
	head := make([]byte, 4*sector)
	if _, err := s.ReadAt(head, 0); err != nil {
		return nil, err
	}
	for at := 0; at < len(head); at += sector {
		label := head[at : at+sector]
		if string(label[:8]) != "LABELONE" {
			continue
		}
		offset := binary.LittleEndian.Uint32(label[20:])
		if offset > sector-64 {
			return nil, errLVM
		}
		id := string(label[offset : offset+32])
		text, err := lvmText(s, areas(label[offset+40:]))
		if err != nil {
			return nil, err
		}
		root, err := parseLVM(text)
		if err != nil {
			return nil, err
		}
		return describe(root, id)
	}
	return nil, errLVM
}

// areas are the places of the description: behind the list of data areas, both ended by an empty one.
func areas(b []byte) []block.Range {
	lists := [2][]block.Range{}
	list := 0
	for ; len(b) >= 16 && list < 2; b = b[16:] {
		offset, length := little(b, 0), little(b, 8)
		if offset == 0 {
			list++
			continue
		}
		lists[list] = append(lists[list], block.Range{Offset: offset, Length: length})
	}
	return lists[1]
}

// lvmText is the newest description in the first area that has one. An area is a ring behind its header.
func lvmText(s space, areas []block.Range) (string, error) {
	for _, area := range areas {
		head := make([]byte, sector)
		if _, err := s.ReadAt(head, area.Offset); err != nil {
			return "", err
		}
		if string(head[4:20]) != " LVM2 x[5A%r0N*>" {
			continue
		}
		at, length := little(head, 40), little(head, 48)
		if at < sector || length <= 0 || length > min(maxLVMText, area.Length) || at >= area.Length {
			continue
		}
		text := make([]byte, length)
		first := min(length, area.Length-at)
		if _, err := s.ReadAt(text[:first], area.Offset+at); err != nil {
			return "", err
		}
		if _, err := s.ReadAt(text[first:], area.Offset+sector); err != nil && first < length {
			return "", err
		}
		return string(text), nil
	}
	return "", fmt.Errorf("%w: there is none", errLVM)
}
