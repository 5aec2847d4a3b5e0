package filemap

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"ocfbox/internal/block"
	"ocfbox/internal/mount"
)

// Options say how a device is looked at. The zero value is a sensible default.
type Options struct {
	// Data ends what the device holds for others, in bytes: what lies behind are DRBD's meta data. 0 is all of it.
	Data int64
	// Mounted finds where a file system is mounted; nil is [FindMount].
	Mounted func(mount.Superblock) (Mount, error)
}

// A Mount is where a file system is mounted on this host.
type Mount struct {
	// Point is the directory, "" when it is not mounted, and Device what is mounted there.
	Point  string
	Device mount.Device
}

// An Answer is what lies at the ranges that were asked for.
type Answer struct {
	Findings []Finding
	// Mounts are the directories through which file systems were asked.
	Mounts []string
	// Doubts are what limits the answer, a sentence each.
	Doubts []string
}

// mapper is one question under way.
type mapper struct {
	Options
	wanted block.Ranges
	answer Answer
}

// deepest bounds volumes within partitions within volumes.
const deepest = 4

// Map says what lies at ranges of a device of the given size. An error is a device that could not be read, or the end
// of ctx; a file system that could not be understood is a finding of kind Unknown.
func Map(ctx context.Context, disk io.ReaderAt, size int64, ranges block.Ranges, o Options) (Answer, error) {
	if o.Mounted == nil {
		o.Mounted = FindMount
	}
	if o.Data <= 0 || o.Data > size {
		o.Data = size
	}
	m := &mapper{Options: o}
	for _, r := range ranges {
		m.wanted.Add(r)
	}
	device := whole(disk, size)
	data := device.part("", block.Range{Length: o.Data})
	if err := m.look(ctx, data, 0); err != nil {
		return Answer{}, err
	}
	for _, r := range m.wanted.Within(block.Between(o.Data, size)) {
		m.found(device, r, Finding{Kind: Metadata, Name: "drbd"})
	}
	for _, r := range m.wanted.Within(block.Between(size, 1<<62)) {
		m.answer.Findings = append(m.answer.Findings, Finding{Range: r, Kind: Outside, Name: "behind the device's end"})
	}
	m.answer.Findings = sorted(m.answer.Findings)
	return m.answer, nil
}

// found notes what lies at a part of a space.
func (m *mapper) found(s space, r block.Range, f Finding) {
	f.In = s.name
	for _, on := range s.onDisk(r) {
		f.Range = on
		m.answer.Findings = append(m.answer.Findings, f)
		if f.Kind == File {
			f.FileOffset += on.Length
		}
	}
}

// all notes the same of all ranges.
func (m *mapper) all(s space, ranges block.Ranges, f Finding) {
	for _, r := range ranges {
		m.found(s, r, f)
	}
}

func (m *mapper) doubt(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, have := range m.answer.Doubts {
		if have == text {
			return
		}
	}
	m.answer.Doubts = append(m.answer.Doubts, text)
}

// look says what lies at the wanted parts of a space.
func (m *mapper) look(ctx context.Context, s space, depth int) error {
	wanted := s.within(m.wanted)
	if len(wanted) == 0 {
		return nil
	}
	if depth > deepest {
		m.all(s, wanted, Finding{Kind: Unknown, Name: "volumes within volumes"})
		return nil
	}
	head, err := mount.ReadSuperblock(s)
	if err != nil {
		return err
	}
	switch {
	case head.Member == "LVM2":
		return m.volumes(ctx, s, wanted, depth)
	case head.Member != "":
		m.all(s, wanted, Finding{Kind: Unknown, Name: "inside of " + head.Member})
		return nil
	case head.Type != "":
		return m.fileSystem(ctx, s, wanted, head)
	}
	label := labelled(s)
	switch {
	case label == swapLabel:
		m.all(s, wanted, Finding{Kind: Swap})
		return nil
	case label != "":
		m.all(s, wanted, Finding{Kind: Unknown, Name: label})
		return nil
	}
	parts, err := partitions(s)
	switch {
	case err != nil:
		return err
	case parts == nil:
		m.all(s, wanted, Finding{Kind: Unknown, Name: "nothing known is on it"})
		return nil
	}
	return m.partitioned(ctx, s, wanted, parts, depth)
}

// partitioned looks into each partition.
func (m *mapper) partitioned(ctx context.Context, s space, wanted block.Ranges, parts *table, depth int) error {
	var taken block.Ranges
	for _, p := range parts.partitions {
		taken.Add(p.Range)
		if err := m.look(ctx, s.part(p.name, p.Range), depth+1); err != nil {
			return err
		}
	}
	for _, w := range wanted {
		for _, r := range taken.Gaps(w) {
			for _, table := range parts.own.Within(r) {
				m.found(s, table, Finding{Kind: PartitionTable})
			}
			m.all(s, parts.own.Gaps(r), Finding{Kind: Outside})
		}
	}
	return nil
}

// fileSystem asks the kernel where the file system is mounted, and reads it from the device where it is not.
func (m *mapper) fileSystem(ctx context.Context, s space, wanted block.Ranges, head mount.Superblock) error {
	at, err := m.Mounted(head)
	if err != nil {
		m.doubt("where %s is mounted is not known: %v", head.Type, err)
	}
	switch {
	case at.Point != "":
		return m.mounted(ctx, s, wanted, at, head.Type)
	case strings.HasPrefix(head.Type, "ext"):
		return m.ext(ctx, s, wanted)
	}
	m.all(s, wanted, Finding{Kind: Unknown, Name: head.Type + " that is not mounted on this host"})
	return nil
}

// swapLabel is what swap space is called here.
const swapLabel = "swap"

// labelled recognises what is neither a file system nor divided, and has a label: swap space, by the end of its first
// page, and a data file of Oracle, by its first block.
func labelled(s space) string {
	head := make([]byte, 64<<10)
	n, err := s.ReadAt(head, 0)
	if err != nil && n < 4096 {
		return ""
	}
	for page := 4096; page <= n; page *= 2 {
		if mark := string(head[page-10 : page]); mark == "SWAPSPACE2" || mark == "SWAP-SPACE" {
			return swapLabel
		}
	}
	const oracleMagic = 0x7a7b7c7d
	if binary.LittleEndian.Uint32(head[28:]) == oracleMagic || binary.BigEndian.Uint32(head[28:]) == oracleMagic {
		return "data file of Oracle"
	}
	return ""
}
