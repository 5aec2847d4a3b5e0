package verify

import (
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
)

// disk is a device in memory, whose reads can be made to fail, and whose contents can change between reads.
type disk struct {
	mu      sync.Mutex
	content []byte
	// broken are the blocks that cannot be read.
	broken block.Ranges
	// before runs ahead of each read.
	before func(offset int64)
	read   int64
}

var errBroken = errors.New("input/output error")

func (d *disk) ReadAt(p []byte, offset int64) (int, error) {
	if d.before != nil {
		d.before(offset)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.read += int64(len(p))
	if len(d.broken.Within(block.Range{Offset: offset, Length: int64(len(p))})) > 0 {
		return 0, errBroken
	}
	n := copy(p, d.content[offset:])
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}

func (d *disk) Size() int64                                   { return int64(len(d.content)) }
func (d *disk) IsDirect() bool                                { return true }
func (d *disk) NextData(from, end int64) (block.Range, error) { return block.Between(from, end), nil }
func (d *disk) change(at int64, with byte)                    { d.mu.Lock(); d.content[at] = with; d.mu.Unlock() }

// twins are two disks of one content.
func twins(size int) (a, b *disk) {
	content := make([]byte, size)
	source := rand.NewChaCha8([32]byte{byte(size), 1})
	_, _ = source.Read(content)
	return &disk{content: content}, &disk{content: append([]byte(nil), content...)}
}

// pairOf is the pair of two disks, compared up to the bigger one's end.
func pairOf(t *testing.T, a, b Reader) (*Local, Options) {
	t.Helper()
	pair, err := NewLocal(a, b, a.Size(), b.Size(), block.XXH64, [16]byte{1, 2, 3})
	require.NoError(t, err)
	t.Cleanup(pair.Close)
	return pair, Options{Size: max(a.Size(), b.Size()), Confirmation: Offline()}
}

// compared is the result of a run that comes to its end.
func compared(t *testing.T, a, b Reader, change func(*Options)) Result {
	t.Helper()
	pair, o := pairOf(t, a, b)
	if change != nil {
		change(&o)
	}
	result, err := Run(t.Context(), pair, o)
	require.NoError(t, err)
	return result
}

// live makes a run take what it finds as a pair's that is written to.
func live(o *Options) { o.Confirmation = Live() }

// leaf is the block in which a byte lies.
func leafOf(at, size int64) block.Range {
	from := at / Leaf * Leaf
	return block.Between(from, min(from+Leaf, size))
}

const moment = time.Millisecond
