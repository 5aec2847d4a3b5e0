package verify

import (
	"io"
	"sync"

	"ocfbox/internal/block"
)

// Sizes of a step, in bytes.
const (
	// Extent is the most that one step compares.
	Extent = 1 << 20
	// Leaf is the block that is reported: DRBD tracks differences in blocks of this size.
	Leaf = 4 << 10
	// cachedRead is one read of a file: what it leaves in the processor's cache is compared there.
	cachedRead = 128 << 10
)

// A Reader is a device or file, as package block opens them.
type Reader interface {
	io.ReaderAt
	Size() int64
	IsDirect() bool
	NextData(from, end int64) (block.Range, error)
}

// A source is a side's reader, and where its data end: what lies behind counts as zero.
type source struct {
	Reader
	data int64
}

// nextData is the next data in whole leaves, or an empty range at end.
func (s source) nextData(from, end int64) (block.Range, error) {
	limit := min(s.data, end)
	if from >= limit {
		return block.Range{Offset: end}, nil
	}
	data, err := s.NextData(from, limit)
	if err != nil {
		return data, err
	}
	if data.Offset >= limit {
		return block.Range{Offset: end}, nil
	}
	start := max(from, data.Offset/Leaf*Leaf)
	return block.Between(start, min(end, (data.End()+Leaf-1)/Leaf*Leaf)), nil
}

// fill reads a range; a hole is nil.
func (s source) fill(buffer []byte, r block.Range, hole bool) ([]byte, error) {
	if hole || r.Offset >= s.data {
		return nil, nil
	}
	buffer = buffer[:r.Length]
	inside := buffer[:min(r.Length, s.data-r.Offset)]
	if _, err := s.ReadAt(inside, r.Offset); err != nil {
		return nil, err
	}
	clear(buffer[len(inside):])
	return buffer, nil
}

// step is how much one read brings: a device is read in big steps, a file's in those that the cache keeps.
func step(sides ...Reader) int {
	for _, side := range sides {
		if side.IsDirect() {
			return Extent
		}
	}
	return cachedRead
}

// desk is what one goroutine works with.
type desk struct {
	a, b   []byte
	digest *block.Digester
}

// desks are kept for those who need one: the memory is not the garbage collector's.
type desks struct {
	hash string
	seed [16]byte
	// sides is how many buffers each has.
	sides int

	mu sync.Mutex
	// idle are desks that wait for work: as many as there were goroutines at a time.
	idle []*desk
}

// take is a desk to work at, put gives it back.
func (p *desks) take() (*desk, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 {
		d := p.idle[last]
		p.idle = p.idle[:last]
		return d, nil
	}
	digest, err := block.NewDigester(p.hash, p.seed)
	if err != nil {
		return nil, err
	}
	d := &desk{digest: digest}
	for _, buffer := range []*[]byte{&d.a, &d.b}[:p.sides] {
		if *buffer, err = block.NewBuffer(Extent); err != nil {
			d.free()
			return nil, err
		}
	}
	return d, nil
}

func (p *desks) put(d *desk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, d)
}

// close frees the memory, when nobody works any more.
func (p *desks) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.idle {
		d.free()
	}
	p.idle = nil
}

func (d *desk) free() {
	for _, buffer := range [][]byte{d.a, d.b} {
		if buffer != nil {
			block.FreeBuffer(buffer)
		}
	}
}

// sum is the digest of a part of what was read, nil standing for zeros.
func (d *desk) sum(read []byte, from, end int64) block.Sum {
	if read == nil {
		return d.digest.Sum(make([]byte, end-from))
	}
	return d.digest.Sum(read[from:end])
}
