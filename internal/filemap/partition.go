package filemap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"ocfbox/internal/block"
)

// A table is what a device is divided into, and where the table itself lies.
type table struct {
	partitions []partition
	own        block.Ranges
}

// A partition is a part of the device, in bytes.
type partition struct {
	name string
	block.Range
}

// sector is the unit of an MBR, and of most devices' GPT, in bytes.
const sector = 512

// Bounds of what a table may claim.
const (
	maxPartitions = 4096
	maxEntrySize  = 4096
)

// partitions reads a partition table, GPT or MBR; nil says that there is none.
func partitions(s space) (*table, error) {
	head := make([]byte, sector)
	switch _, err := s.ReadAt(head, 0); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	case head[510] != 0x55 || head[511] != 0xaa:
		return nil, nil
	}
	for _, size := range []int64{sector, 4096} {
		if t, err := readGPT(s, size); t != nil || err != nil {
			return t, err
		}
	}
	return readMBR(s, head)
}

// readGPT reads the table of UEFI, section 5.3, of a device with sectors of the given size; nil says that there is none.
func readGPT(s space, size int64) (*table, error) {
	head := make([]byte, 92)
	switch _, err := s.ReadAt(head, size); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	case string(head[:8]) != "EFI PART":
		return nil, nil
	}
	first, last := little(head, 40)*size, little(head, 48)*size+size
	at, count, each := little(head, 72)*size, int64(binary.LittleEndian.Uint32(head[80:])), int64(binary.LittleEndian.Uint32(head[84:]))
	if count > maxPartitions || each < 128 || each > maxEntrySize || first < 0 || last < first || last > s.size() || at < 0 {
		return nil, nil
	}
	t := &table{}
	t.own.Add(block.Between(0, 2*size))
	t.own.Add(block.Range{Offset: at, Length: count * each})
	// The copy at the end: a header in the last sector, the entries before it.
	t.own.Add(block.Between(max(last, s.size()-size-count*each), s.size()))
	entries := make([]byte, count*each)
	switch _, err := s.ReadAt(entries, at); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for i := range count {
		entry := entries[i*each:]
		start, end := little(entry, 32)*size, little(entry, 40)*size+size
		if string(entry[:16]) == string(make([]byte, 16)) || start < 0 || end <= start || end > s.size() {
			continue
		}
		t.partitions = append(t.partitions, partition{fmt.Sprintf("partition %d", i+1), block.Between(start, end)})
	}
	return t, nil
}

// little is a number of 64 bits that counts sectors; one that no device has is -1.
func little(b []byte, at int) int64 {
	n := binary.LittleEndian.Uint64(b[at:])
	if n > 1<<48 {
		return -1
	}
	return int64(n)
}

// Types of entries of an MBR that hold a chain of further ones.
func isExtended(kind byte) bool { return kind == 0x05 || kind == 0x0f || kind == 0x85 }

// readMBR reads the old table. What has its mark and no sound entry, as a boot sector, is none.
func readMBR(s space, head []byte) (*table, error) {
	t := &table{own: block.Ranges{{Length: sector}}}
	for i, entry := range mbrEntries(head) {
		switch {
		case entry.kind == 0:
		case entry.boot&0x7f != 0 || entry.Length == 0 || entry.End() > s.size():
			return nil, nil
		case isExtended(entry.kind):
			if err := t.chain(s, entry.Range); err != nil {
				return nil, err
			}
		default:
			t.partitions = append(t.partitions, partition{fmt.Sprintf("partition %d", i+1), entry.Range})
		}
	}
	if len(t.partitions) == 0 {
		return nil, nil
	}
	return t, nil
}

// chain follows the tables of an extended partition: each has a partition behind it, and where the next table is.
func (t *table) chain(s space, extended block.Range) error {
	at := extended.Offset
	for number := 5; number < 5+128; number++ {
		head := make([]byte, sector)
		switch _, err := s.ReadAt(head, at); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if head[510] != 0x55 || head[511] != 0xaa {
			return nil
		}
		t.own.Add(block.Range{Offset: at, Length: sector})
		entries := mbrEntries(head)
		logical := entries[0].Range
		logical.Offset += at
		if logical.Length > 0 && logical.End() <= extended.End() {
			t.partitions = append(t.partitions, partition{fmt.Sprintf("partition %d", number), logical})
		}
		next := extended.Offset + entries[1].Offset
		if !isExtended(entries[1].kind) || next <= at || next >= extended.End() {
			return nil
		}
		at = next
	}
	return nil
}

// An mbrEntry is one of four.
type mbrEntry struct {
	boot, kind byte
	block.Range
}

func mbrEntries(head []byte) [4]mbrEntry {
	var all [4]mbrEntry
	for i := range all {
		e := head[446+16*i:]
		all[i] = mbrEntry{e[0], e[4], block.Range{
			Offset: int64(binary.LittleEndian.Uint32(e[8:])) * sector, Length: int64(binary.LittleEndian.Uint32(e[12:])) * sector,
		}}
	}
	return all
}
