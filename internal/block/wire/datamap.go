package wire

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"ocfbox/internal/block"
)

// A data map tells where a file may hold something else than zeros, as far as it goes: the other host is not asked
// for each hole.
type dataMap struct {
	// covered is the part of the device that the map tells of.
	covered block.Range
	data    block.Ranges
}

const (
	// maxMapped is how many parts one answer tells.
	maxMapped = 4096
	// mapAge is for how long a map is believed: what was a hole may be written meanwhile.
	mapAge = 5 * time.Second
)

// gather asks for the data of a device from a byte on.
func gather(ctx context.Context, next func(context.Context, int64, int64) (block.Range, error), from, end int64) (dataMap, error) {
	m := dataMap{covered: block.Between(from, end)}
	for at := from; at < end; {
		data, err := next(ctx, at, end)
		if err != nil {
			return m, err
		}
		if data.Offset >= end || data.Length <= 0 {
			return m, nil
		}
		m.data.Add(data)
		at = data.End()
		if len(m.data) == maxMapped {
			m.covered = block.Between(from, min(at, end))
			return m, nil
		}
	}
	return m, nil
}

func (m dataMap) encode() []byte {
	b := appendRange(nil, m.covered)
	for _, r := range m.data {
		b = appendRange(b, r)
	}
	return b
}

func appendRange(b []byte, r block.Range) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Offset))
	return binary.LittleEndian.AppendUint64(b, uint64(r.Length))
}

func readRange(b []byte) block.Range {
	return block.Range{Offset: int64(binary.LittleEndian.Uint64(b)), Length: int64(binary.LittleEndian.Uint64(b[8:]))}
}

// readMapRequest reads the question: from where to where.
func readMapRequest(b []byte) (block.Range, error) {
	if len(b) != 16 {
		return block.Range{}, fmt.Errorf("%w: a question for data of %d bytes", ErrFrame, len(b))
	}
	if r := readRange(b); r.Offset >= 0 && r.Length >= 0 && r.End() >= 0 {
		return r, nil
	}
	return block.Range{}, fmt.Errorf("%w: a question for data outside of any device", ErrFrame)
}

// readMap reads the answer to a question.
func readMap(b []byte, asked block.Range) (m dataMap, err error) {
	wrong := fmt.Errorf("%w: data that do not answer the question", ErrFrame)
	if len(b)%16 != 0 || len(b) < 16 || len(b) > 16*(maxMapped+1) {
		return m, wrong
	}
	m.covered = readRange(b)
	if m.covered.Offset != asked.Offset || m.covered.Length <= 0 || m.covered.Length > asked.Length {
		return m, wrong
	}
	for b = b[16:]; len(b) > 0; b = b[16:] {
		r := readRange(b)
		if r.Offset < m.covered.Offset || r.Length <= 0 || r.Length > asked.Length || r.End() > m.covered.End() {
			return m, wrong
		}
		m.data.Add(r)
	}
	return m, nil
}

// knownData is what was told last.
type knownData struct {
	mu  sync.Mutex
	m   dataMap
	at  time.Time
	now func() time.Time
}

// next is the next data between from and end. ask gets a map that begins at a byte.
func (k *knownData) next(from, end int64, ask func(block.Range) (dataMap, error)) (block.Range, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at := from; at < end; {
		if at < k.m.covered.Offset || at >= k.m.covered.End() || k.now().Sub(k.at) > mapAge {
			m, err := ask(block.Between(at, end))
			if err != nil {
				return block.Range{}, err
			}
			k.m, k.at = m, k.now()
		}
		limit := min(end, k.m.covered.End())
		if r := k.m.data.First(block.Between(at, limit)); r.Length > 0 {
			return r, nil
		}
		at = limit
	}
	return block.Range{Offset: end}, nil
}
