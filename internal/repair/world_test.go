package repair_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/mount"
	"ocfbox/internal/repair"
	"ocfbox/test/lab"
)

func TestMain(m *testing.M) { lab.Main(m, lab.Mount) }

// A world is a pair of which the second has missed something.
type world struct {
	t *testing.T
	// a and b are the paths, and before what b had.
	a, b, undo string
	before     []byte
	ranges     block.Ranges
	size       int64
	// share is how much may be written, in per cent.
	share float64
}

// newWorld makes a pair of files that differ in some blocks of 4 KiB; some of them are neighbours.
func newWorld(t *testing.T, size int64, blocks int) *world {
	t.Helper()
	dice := rand.New(rand.NewPCG(9, uint64(blocks)))
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{9, byte(blocks)}).Read(content)
	dir := t.TempDir()
	w := &world{t: t, a: filepath.Join(dir, "a"), b: filepath.Join(dir, "b"), undo: filepath.Join(dir, "undo"), size: size, share: 5}
	require.NoError(t, os.WriteFile(w.a, content, 0o600))
	for n := range blocks {
		// Every other one follows the one before.
		at := int64(n/2*2)*size/int64(blocks)/4096*4096 + int64(n%2)*4096
		at = min(at, (size-1)/4096*4096)
		content[at+dice.Int64N(min(4096, size-at))] ^= 1
		w.ranges.Add(block.Range{Offset: at, Length: min(4096, size-at)})
	}
	w.before = content
	require.NoError(t, os.WriteFile(w.b, content, 0o600))
	return w
}

// onLoop puts loop devices in the place of the files.
func (w *world) onLoop() {
	w.t.Helper()
	lab.Need(w.t, "root")
	for _, path := range []*string{&w.a, &w.b} {
		loop, err := mount.Attach(mount.Image{Path: *path}, "")
		require.NoError(w.t, err)
		w.t.Cleanup(func() { require.NoError(w.t, loop.Close()) })
		*path = loop.Path
	}
}

func (w *world) open(path string) *block.Device {
	w.t.Helper()
	d, err := block.Open(path, block.OpenOptions{})
	require.NoError(w.t, err)
	return d
}

// read is what a device holds.
func (w *world) read(path string) []byte {
	w.t.Helper()
	d := w.open(path)
	defer d.Close()
	content := make([]byte, d.Size())
	_, err := d.ReadAt(content, 0)
	require.NoError(w.t, err)
	return content
}

// change changes a byte of a file.
func (w *world) change(path string, at int64) {
	w.t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(w.t, err)
	defer file.Close()
	one := make([]byte, 1)
	_, err = file.ReadAt(one, at)
	require.NoError(w.t, err)
	one[0] ^= 0x80
	_, err = file.WriteAt(one, at)
	require.NoError(w.t, err)
}

func (w *world) plan() repair.Plan {
	w.t.Helper()
	a, b := w.open(w.a), w.open(w.b)
	defer a.Close()
	defer b.Close()
	p, err := repair.Draw(w.t.Context(), a, b, w.ranges, w.size, time.Now())
	require.NoError(w.t, err)
	return p
}

// agreed are the facts about somebody who wants the plan carried out.
func (w *world) agreed() repair.Facts {
	return repair.Facts{Now: time.Now(), Direction: true, Named: w.b, MaxShare: w.share}
}

// apply carries a plan out; wrap puts something between the repair and the target.
func (w *world) apply(p repair.Plan, wrap func(repair.Target) repair.Target) (repair.Report, error) {
	w.t.Helper()
	facts := w.agreed()
	devices, err := repair.Take(p, &facts)
	require.NoError(w.t, err)
	defer devices.Close()
	require.Empty(w.t, repair.Refusals(facts))
	undo, _, err := repair.OpenUndo(w.undo, p)
	require.NoError(w.t, err)
	defer undo.Close()
	target := repair.Target(devices.Target)
	if wrap != nil {
		target = wrap(target)
	}
	return repair.Apply(w.t.Context(), p, devices.Source, target, undo, repair.Options{})
}

func (w *world) revert() (repair.Report, error) {
	w.t.Helper()
	undo, err := repair.ReadUndo(w.undo)
	require.NoError(w.t, err)
	defer undo.Close()
	facts := repair.Facts{Named: w.b}
	devices, err := repair.TakeTarget(undo.Plan(), &facts)
	require.NoError(w.t, err)
	defer devices.Close()
	require.Empty(w.t, repair.Refusals(facts))
	return repair.Revert(w.t.Context(), devices.Target, undo, repair.Options{})
}

// errPower is what a machine says that loses its power.
var errPower = errors.New("the power is gone")

// A dying target loses its power after so many bytes, in the middle of a write, at a sector's end.
type dying struct {
	repair.Target
	left int
}

func (d *dying) WriteAt(p []byte, offset int64) (int, error) {
	if len(p) <= d.left {
		d.left -= len(p)
		return d.Target.WriteAt(p, offset)
	}
	n, err := d.Target.WriteAt(p[:d.left/512*512], offset)
	d.left = 0
	return n, errors.Join(errPower, err)
}

// A forgetful target takes writes and keeps none.
type forgetful struct{ repair.Target }

func (forgetful) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// ended is a context that is over.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
