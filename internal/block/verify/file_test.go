package verify

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
)

// onDisk writes a file and opens it.
func onDisk(t *testing.T, name string, content []byte) *block.Device {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	d, err := block.Open(path, block.OpenOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// Row V3 at random: many corruptions of a byte up to a mebibyte are all found, to the block, and nothing else.
func TestEveryRandomCorruptionIsFoundToTheBlock(t *testing.T) {
	const size, corruptions = 64<<20 + 1234, 1000
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{5}).Read(content)
	a := onDisk(t, "a", content)
	var want, sectors block.Ranges
	random := rand.New(rand.NewPCG(6, 7))
	for range corruptions {
		at := random.Int64N(size)
		// As many small ones as big ones.
		end := min(size, at+1+random.Int64N(int64(1)<<random.IntN(21)))
		for i := at; i < end; i++ {
			if content[i] ^= 0xff; content[i] == 0 {
				content[i] = 1
			}
		}
	}
	before := make([]byte, size)
	_, err := a.ReadAt(before, 0)
	require.NoError(t, err)
	for i := range content {
		if content[i] != before[i] {
			want.Add(leafOf(int64(i), size))
			from := int64(i) / 512 * 512
			sectors.Add(block.Between(from, min(from+512, size)))
		}
	}
	b := onDisk(t, "b", content)
	require.Equal(t, want, compared(t, a, b, nil).Ranges)
	require.Equal(t, sectors, compared(t, a, b, func(o *Options) { o.Fine = 512 }).Ranges)
}

func TestAFileThatShrinksUnderTheRunIsAReadError(t *testing.T) {
	content := make([]byte, 4<<20)
	content[0] = 1
	a, b := onDisk(t, "a", content), onDisk(t, "b", content)
	require.NoError(t, os.Truncate(b.Path(), 2<<20))
	r := compared(t, a, b, nil)
	require.Equal(t, ExitReadError, r.Code(), "and no fault that ends the program")
	require.Equal(t, block.Ranges{{Offset: 2 << 20, Length: 2 << 20}}, r.Unread)
}

func TestRowV8AHoleEqualsWrittenZeros(t *testing.T) {
	a, b := onDisk(t, "a", make([]byte, 8<<20)), onDisk(t, "b", nil)
	require.NoError(t, os.Truncate(b.Path(), 8<<20))
	hole, err := block.Open(b.Path(), block.OpenOptions{})
	require.NoError(t, err)
	defer hole.Close()
	r := compared(t, a, hole, nil)
	require.Equal(t, ExitSame, r.Code())
	require.Equal(t, int64(8<<20), r.Read, "the hole is not read")
	r = compared(t, hole, hole, nil)
	require.Zero(t, r.Read)
	require.Equal(t, r.Size, r.Holes)
}

// Row V23: the memory and the time of a pair that is nearly empty do not depend on its size.
func TestASparsePairOfFourTebibytesIsComparedAtOnce(t *testing.T) {
	var devices [2]*block.Device
	for i := range devices {
		path := filepath.Join(t.TempDir(), "sparse")
		file, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, file.Truncate(4<<40))
		_, err = file.WriteAt([]byte{1, byte(i)}, 3<<40)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		devices[i], err = block.Open(path, block.OpenOptions{})
		require.NoError(t, err)
		defer devices[i].Close()
	}
	r := compared(t, devices[0], devices[1], nil)
	require.Equal(t, block.Ranges{{Offset: 3 << 40, Length: Leaf}}, r.Ranges)
	require.Equal(t, int64(4<<40), r.Compared)
	require.Less(t, r.Read, int64(4<<20))
}
