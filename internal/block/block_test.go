package block

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// marks is a set of bytes, one by one: what ranges are a short form of.
type marks [400]bool

func (m *marks) ranges(within Range, want bool) (found Ranges) {
	for i := within.Offset; i < within.End(); i++ {
		if m[i] == want {
			found.Add(Range{i, 1})
		}
	}
	return found
}

func TestRangesAreWhatTheirBytesAre(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var plain marks
		var ranges Ranges
		for range random.IntN(40) {
			r := Range{random.Int64N(380), random.Int64N(20)}
			ranges.Add(r)
			for i := r.Offset; i < r.End(); i++ {
				plain[i] = true
			}
			require.True(t, ranges.IsOrdered(), "%v", ranges)
		}
		var count int64
		for _, set := range plain {
			if set {
				count++
			}
		}
		require.Equal(t, count, ranges.Bytes())
		r := Range{random.Int64N(300), random.Int64N(100)}
		require.Equal(t, plain.ranges(r, true), ranges.Within(r), "%v within %v", ranges, r)
		require.Equal(t, plain.ranges(r, false), ranges.Gaps(r), "%v without %v", r, ranges)
		coarse := ranges.Coarse(16, 400)
		for _, one := range ranges {
			require.Equal(t, Ranges{one}, coarse.Within(one))
		}
		for _, one := range coarse {
			require.Zero(t, one.Offset%16+one.End()%16)
		}
	}
}

func TestRangesOfAFileThatAreOutOfOrderAreSeen(t *testing.T) {
	for _, wrong := range []Ranges{
		{{5, 0}}, {{5, -1}}, {{5, 2}, {6, 1}}, {{5, 2}, {7, 1}}, {{5, 2}, {1, 1}}, {{-1, 5}}, {{5, 1<<63 - 2}},
	} {
		require.False(t, wrong.IsOrdered(), "%v", wrong)
	}
}

func TestBlocksThatDifferAreFoundAndNoOthers(t *testing.T) {
	a := make([]byte, 300<<10+100)
	for _, leaf := range []int{512, 4096} {
		for _, at := range []int{0, 511, 4096, 65535, 65536, 299 << 10, len(a) - 1} {
			b := bytes.Clone(a)
			b[at] ^= 1
			from := at / leaf * leaf
			want := Ranges{{int64(1<<20 + from), int64(min(leaf, len(a)-from))}}
			var found, zeroed Ranges
			Differ(a, b, 1<<20, leaf, &found)
			require.Equal(t, want, found)
			DifferFromZeros(b, 1<<20, leaf, &zeroed)
			require.Equal(t, want, zeroed, "a is all zeros")
		}
	}
}

// Row V25: the digests of all kinds against reference values.
func TestDigestsAreThoseOfTheReference(t *testing.T) {
	text := []byte("in sync")
	fast, err := NewDigester(XXH64, [16]byte{})
	require.NoError(t, err)
	// XXH64 of eight zeros with the seed 0 (the run's seed goes on as data), from the reference implementation.
	empty := fast.Sum(nil)
	require.Equal(t, uint64(0x34c96acdcadb1bbb), binary.LittleEndian.Uint64(empty[:8]))
	seeded, err := NewDigester(XXH64, [16]byte{1})
	require.NoError(t, err)
	require.NotEqual(t, fast.Sum(text), seeded.Sum(text), "another run has other digests")
	require.Equal(t, fast.Sum(text), fast.Sum(text), "a digester is used again and again")

	slow, err := NewDigester(SHA256, [16]byte{7})
	require.NoError(t, err)
	want := sha256.Sum256(append([]byte{7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, text...))
	got := slow.Sum(text)
	require.Equal(t, want[:16], got[:])
}

func TestADigestThatNobodyKnowsIsRefused(t *testing.T) {
	_, err := NewDigester("md4", [16]byte{})
	require.EqualError(t, err, `no digest is called "md4"`)
}

func TestRowV21ARateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		rate := &Rate{PerSecond: 50e6}
		for read := 0; read < 1<<30; read += 1 << 20 {
			require.NoError(t, rate.Wait(t.Context(), 1<<20))
		}
		require.InEpsilon(t, float64(1<<30)/50e6, time.Since(began).Seconds(), 0.05)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, rate.Wait(ctx, 1), context.Canceled)
		var none *Rate
		require.NoError(t, none.Wait(t.Context(), 1<<40))
	})
}

// written is a file with random contents, and the contents.
func written(t *testing.T, size int) (string, []byte) {
	t.Helper()
	content := make([]byte, size)
	source := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = source.Read(content)
	path := filepath.Join(t.TempDir(), "device")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path, content
}

func TestRowV10ADirectReadNeedsNoAlignmentOfItsCaller(t *testing.T) {
	path, content := written(t, 300<<10+777)
	for _, o := range []OpenOptions{{}, {Direct: true}} {
		d, err := Open(path, o)
		require.NoError(t, err)
		defer d.Close()
		require.Equal(t, o.Direct, d.IsDirect())
		require.Equal(t, int64(len(content)), d.Size())
		buffer, err := NewBuffer(1 << 20)
		require.NoError(t, err)
		defer FreeBuffer(buffer)
		for _, r := range []Range{{0, 4096}, {0, 1}, {1, 100}, {4095, 2}, {100, 200 << 10}, {4096, 256 << 10}, {int64(len(content) - 1), 1}, {0, int64(len(content))}} {
			n, err := d.ReadAt(buffer[:r.Length], r.Offset)
			require.NoError(t, err, "%v", r)
			require.Equal(t, int(r.Length), n)
			require.True(t, bytes.Equal(content[r.Offset:r.End()], buffer[:r.Length]), "%v", r)
		}
		n, err := d.ReadAt(buffer[:1000], int64(len(content)-10))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "the device has become smaller")
		require.Equal(t, 10, n)
	}
}

func TestHolesOfAFileAreTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, file.Truncate(1<<40))
	_, err = file.WriteAt([]byte("data"), 1<<39)
	require.NoError(t, err)
	d, err := Open(path, OpenOptions{})
	require.NoError(t, err)
	defer d.Close()
	r, err := d.NextData(0, d.Size())
	require.NoError(t, err)
	require.Equal(t, int64(1<<39), r.Offset)
	require.Less(t, r.Length, int64(1<<20))
	r, err = d.NextData(r.End(), d.Size())
	require.NoError(t, err)
	require.Equal(t, Range{Offset: 1 << 40}, r)
	r, err = d.NextData(0, 1<<20)
	require.NoError(t, err)
	require.Equal(t, Range{Offset: 1 << 20}, r, "what lies behind the end that was asked for does not count")
}

func TestWhatIsNoDeviceIsNotOpened(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none"), OpenOptions{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Open("/dev/null", OpenOptions{})
	require.EqualError(t, err, "/dev/null: neither a block device nor a file")
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	_, err = Open(pipe, OpenOptions{})
	require.ErrorContains(t, err, "neither a block device nor a file", "and it is not waited for")
}

func TestAFileIsKnownAgain(t *testing.T) {
	path, _ := written(t, 5000)
	other, _ := written(t, 5000)
	identity := func(path string) Identity {
		d, err := Open(path, OpenOptions{})
		require.NoError(t, err)
		defer d.Close()
		return d.Identity()
	}
	require.Equal(t, identity(path), identity(path))
	require.NotEqual(t, identity(path).ID, identity(other).ID)
	require.Equal(t, int64(5000), identity(path).Size)
}
