package filemap

import (
	"cmp"
	"slices"

	"ocfbox/internal/block"
)

// A Kind is what a part of a device is used for.
type Kind string

// The kinds.
const (
	File Kind = "file"
	Free Kind = "free"
	// Metadata are a file system's own, those of DRBD behind the data, and directories.
	Metadata Kind = "metadata"
	Journal  Kind = "journal"
	Swap     Kind = "swap"
	// PartitionTable, VolumeLabel and Outside are the table itself, LVM's label with what it says of its volumes,
	// and what belongs to no partition, volume or file system.
	PartitionTable Kind = "partition-table"
	VolumeLabel    Kind = "volume-label"
	Outside        Kind = "outside-partition"
	// Unknown could not be found out; the finding's name says why.
	Unknown Kind = "unknown"
)

// A Finding is what lies at a part of the device. Several may speak of the same part, as when files share it.
type Finding struct {
	// Range is a part of the device, in bytes.
	block.Range
	Kind Kind `json:"kind"`
	// Name says which meta data, or why something is not known.
	Name string `json:"name,omitempty"`
	// In is the partition or volume, empty where the device has none.
	In string `json:"in,omitempty"`
	// Path is the file's from the top of its file system, empty where it could not be found; FileOffset is the byte of
	// the file, and Inode its number.
	Path       string `json:"path,omitempty"`
	FileOffset int64  `json:"file_offset,omitempty"`
	Inode      uint64 `json:"inode,omitempty"`
}

// sorted puts findings in the order of the device, and joins neighbours that say the same.
func sorted(all []Finding) []Finding {
	slices.SortFunc(all, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Inode, y.Inode), cmp.Compare(x.Offset, y.Offset))
	})
	var joined []Finding
	for _, f := range all {
		if last := len(joined) - 1; last >= 0 && joined[last].continues(f) {
			joined[last].Length += f.Length
			continue
		}
		joined = append(joined, f)
	}
	slices.SortStableFunc(joined, func(x, y Finding) int { return cmp.Compare(x.Offset, y.Offset) })
	return joined
}

// continues reports whether next goes on where f ends, on the device and in the file.
func (f Finding) continues(next Finding) bool {
	here, there := f, next
	if f.Kind == File {
		here.FileOffset += f.Length
	}
	here.Range, there.Range = block.Range{}, block.Range{}
	return f.End() == next.Offset && here == there
}
