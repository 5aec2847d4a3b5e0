package verify

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
)

// header is that of the pair of two disks.
func header(size int64) Header {
	return Header{
		A: block.Identity{Path: "a", Size: size, ID: "1"}, B: block.Identity{Path: "b", Size: size, ID: "2"},
		Size: size, Hash: block.XXH64, Leaf: Leaf, Seed: [16]byte{9}, Started: time.Now().Round(0).UTC(),
	}
}

// interrupted is the checkpoint of a run that was ended after some extents.
func interrupted(t *testing.T, a, b *disk, path string) {
	t.Helper()
	c, err := NewCheckpoint(path, header(a.Size()))
	require.NoError(t, err)
	pair, o := pairOf(t, a, b)
	ctx, cancel := context.WithCancel(t.Context())
	a.before = func(offset int64) {
		if offset == 5*Extent {
			cancel()
		}
	}
	o.Checkpoint, o.Depth = c, 1
	r, err := Run(ctx, pair, o)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, r.Complete)
	require.NoError(t, c.Close())
	a.before = nil
}

func TestRowV16AnInterruptedRunGoesOnWhereItWas(t *testing.T) {
	a, b := twins(10 << 20)
	for _, at := range []int64{2 << 20, 8 << 20} {
		b.content[at] ^= 1
	}
	path := filepath.Join(t.TempDir(), "state")
	interrupted(t, a, b, path)
	want := header(a.Size())
	want.Seed = [16]byte{}
	c, err := Resume(path, want, time.Hour, time.Now())
	require.NoError(t, err)
	require.Equal(t, [16]byte{9}, c.Header().Seed, "the seed is kept")
	a.read = 0
	r := compared(t, a, b, func(o *Options) { o.Checkpoint = c })
	require.Equal(t, block.Ranges{leafOf(2<<20, 10<<20), leafOf(8<<20, 10<<20)}, r.Ranges)
	require.True(t, r.Complete && r.Resumed)
	require.Equal(t, r.Size, r.Compared)
	require.Less(t, a.read, int64(6<<20), "what was done is not read again")
	require.NoError(t, c.Remove())
	require.NoFileExists(t, path)
}

func TestRowV17ACheckpointOfAnotherPairIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	c, err := NewCheckpoint(path, header(1<<20))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	for what, change := range map[string]func(*Header){
		"another disk": func(h *Header) { h.A.ID = "3" },
		"a new size":   func(h *Header) { h.B.Size++ },
		"less of it":   func(h *Header) { h.Size-- },
		"other digest": func(h *Header) { h.Hash = block.SHA256 },
		"other blocks": func(h *Header) { h.Leaf = 512 },
	} {
		want := header(1 << 20)
		change(&want)
		_, err := Resume(path, want, time.Hour, time.Now())
		require.ErrorIs(t, err, ErrOther, what)
	}
	_, err = Resume(path, header(1<<20), time.Hour, time.Now().Add(2*time.Hour))
	require.ErrorIs(t, err, ErrOld)
	_, err = Resume(path+"none", header(1<<20), time.Hour, time.Now())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestADamagedCheckpointCostsWhatItCannotTell(t *testing.T) {
	a, b := twins(10 << 20)
	b.content[2<<20] ^= 1
	path := filepath.Join(t.TempDir(), "state")
	interrupted(t, a, b, path)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	first := bytes.IndexByte(text, '\n') + 1
	for at := range text {
		damaged := bytes.Clone(text)
		damaged[at] ^= 4
		h, k, dropped, err := ParseCheckpoint(damaged)
		if at < first {
			require.ErrorIs(t, err, ErrDamaged)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, header(a.Size()).A, h.A)
		require.Positive(t, dropped)
		require.LessOrEqual(t, k.Done.Bytes(), int64(5<<20))
	}
	for length := range text {
		_, k, _, err := ParseCheckpoint(text[:length])
		if length < first-1 {
			require.ErrorIs(t, err, ErrDamaged)
		}
		require.LessOrEqual(t, k.Done.Bytes(), int64(5<<20))
	}
	require.NoError(t, os.WriteFile(path, text[:len(text)-3], 0o600))
	c, err := Resume(path, header(a.Size()), time.Hour, time.Now())
	require.NoError(t, err)
	require.Positive(t, c.Dropped)
	r := compared(t, a, b, func(o *Options) { o.Checkpoint = c })
	require.Equal(t, block.Ranges{leafOf(2<<20, 10<<20)}, r.Ranges, "nothing is lost")
}

func TestABlockThatCouldNotBeReadIsTriedAgain(t *testing.T) {
	a, b := twins(4 << 20)
	path := filepath.Join(t.TempDir(), "state")
	c, err := NewCheckpoint(path, header(a.Size()))
	require.NoError(t, err)
	b.broken.Add(block.Range{Offset: 1 << 20, Length: Leaf})
	r := compared(t, a, b, func(o *Options) { o.Checkpoint = c })
	require.Equal(t, ExitReadError, r.Code())
	require.NoError(t, c.Close())
	c, err = Resume(path, header(a.Size()), time.Hour, time.Now())
	require.NoError(t, err)
	b.broken, a.read = nil, 0
	r = compared(t, a, b, func(o *Options) { o.Checkpoint = c })
	require.Equal(t, ExitSame, r.Code())
	require.Equal(t, int64(Leaf), a.read)
}

func TestACheckpointThatCannotBeWrittenDoesNotEndTheRun(t *testing.T) {
	a, b := twins(4 << 20)
	b.content[0] ^= 1
	dir := t.TempDir()
	c, err := NewCheckpoint(filepath.Join(dir, "state"), header(a.Size()))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, os.Symlink("/dev/full", filepath.Join(dir, "state.new")))
	var warned []error
	r := compared(t, a, b, func(o *Options) {
		o.Checkpoint = c
		o.Warn = func(err error) { warned = append(warned, err) }
	})
	require.Equal(t, ExitDifferent, r.Code())
	require.Len(t, warned, 1)
	require.ErrorContains(t, warned[0], "the run goes on, but cannot be resumed from here: ")
	require.ErrorContains(t, warned[0], "no space left on device")
	_, _, _, err = ParseCheckpoint(fileText(t, filepath.Join(dir, "state")))
	require.NoError(t, err, "the old one is still whole")
}

func fileText(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return text
}

func TestACheckpointIsWrittenWhileTheRunGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(30 << 20)
		c, err := NewCheckpoint(path, header(a.Size()))
		require.NoError(t, err)
		a.before = func(offset int64) {
			time.Sleep(time.Second)
			if offset == 20<<20 {
				_, k, dropped, err := ParseCheckpoint(fileText(t, path))
				require.NoError(t, err)
				require.Zero(t, dropped)
				require.Greater(t, k.Done.Bytes(), int64(10<<20))
			}
		}
		compared(t, a, b, func(o *Options) { o.Checkpoint, o.Depth = c, 1 })
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	head, _ := sealed(header(1 << 20))
	line, _ := sealed(known{Done: block.Ranges{{Offset: 0, Length: Leaf}}})
	f.Add(append(head, line...))
	f.Add(head)
	f.Add([]byte("0000000000000000 {}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, k, dropped, err := ParseCheckpoint(text)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		require.True(t, k.Done.IsOrdered() && k.Suspected.IsOrdered())
		require.LessOrEqual(t, k.Done.Bytes(), max(h.Size, 0))
		require.LessOrEqual(t, dropped, len(text))
	})
}
