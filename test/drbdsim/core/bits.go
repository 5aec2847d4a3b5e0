package core

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"strings"
)

// BlockKiB is what one bit of a bitmap stands for.
const BlockKiB = 4

// Bits is a bitmap of a volume's blocks: a set bit is a block that may differ.
type Bits struct {
	words []uint64
	size  int
	count int
}

// NewBits makes an empty bitmap of so many blocks.
func NewBits(blocks int) *Bits { return &Bits{words: make([]uint64, (blocks+63)/64), size: blocks} }

// Len is the number of set bits.
func (b *Bits) Len() int { return b.count }

// Has tells whether a block's bit is set.
func (b *Bits) Has(block int) bool {
	return block >= 0 && block < b.size && b.words[block/64]&(1<<(block%64)) != 0
}

// Set sets or clears a block's bit.
func (b *Bits) Set(block int, on bool) {
	if block < 0 || block >= b.size || b.Has(block) == on {
		return
	}
	b.words[block/64] ^= 1 << (block % 64)
	if on {
		b.count++
	} else {
		b.count--
	}
}

// SetAll sets or clears all bits.
func (b *Bits) SetAll(on bool) {
	for i := range b.size {
		b.Set(i, on)
	}
}

// Next is the first set bit from a block on, or -1.
func (b *Bits) Next(from int) int {
	for from = max(from, 0); from < b.size; {
		word := b.words[from/64] >> (from % 64)
		if word != 0 {
			return from + bits.TrailingZeros64(word)
		}
		from = (from/64 + 1) * 64
	}
	return -1
}

// Or sets what other has set.
func (b *Bits) Or(other *Bits) {
	for block := other.Next(0); block >= 0; block = other.Next(block + 1) {
		b.Set(block, true)
	}
}

// String lists runs of set bits: 3-9,12.
func (b *Bits) String() string {
	var runs []string
	for first := b.Next(0); first >= 0; {
		last := first
		for b.Has(last + 1) {
			last++
		}
		run := fmt.Sprint(first)
		if last > first {
			run += fmt.Sprintf("-%d", last)
		}
		runs = append(runs, run)
		first = b.Next(last + 1)
	}
	return strings.Join(runs, ",")
}

// bitsText is how a bitmap is written down.
type bitsText struct {
	Size int    `json:"size"`
	Set  string `json:"set"`
}

// MarshalJSON writes the runs.
func (b *Bits) MarshalJSON() ([]byte, error) { return json.Marshal(bitsText{b.size, b.String()}) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (b *Bits) UnmarshalJSON(text []byte) error {
	var t bitsText
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	const most = 1 << 30
	if t.Size < 0 || t.Size > most {
		return fmt.Errorf("a bitmap of %d bits", t.Size)
	}
	*b = *NewBits(t.Size)
	if t.Set == "" {
		return nil
	}
	for run := range strings.SplitSeq(t.Set, ",") {
		var first, last int
		if n, _ := fmt.Sscanf(run, "%d-%d", &first, &last); n == 0 {
			return fmt.Errorf("run %q of a bitmap", run)
		} else if n == 1 {
			last = first
		}
		if first < 0 || last >= t.Size {
			return fmt.Errorf("run %q is outside a bitmap of %d bits", run, t.Size)
		}
		for block := first; block <= last; block++ {
			b.Set(block, true)
		}
	}
	return nil
}
