package repair_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/drbd/metadata"
	"ocfbox/internal/mount"
	"ocfbox/internal/repair"
	"ocfbox/test/lab"
)

// refused takes the devices of a plan, and is the interlocks that do not hold.
func (w *world) refused(p repair.Plan, change func(*repair.Facts)) []repair.Interlock {
	w.t.Helper()
	facts := w.agreed()
	if change != nil {
		change(&facts)
	}
	devices, err := repair.Take(p, &facts)
	require.NoError(w.t, err)
	defer devices.Close()
	var all []repair.Interlock
	for _, r := range repair.Refusals(facts) {
		require.NotEmpty(w.t, r.Text)
		all = append(all, r.Interlock)
	}
	return all
}

func TestRowR3EachInterlockAloneKeepsTheTargetFromBeingWritten(t *testing.T) {
	for _, test := range []struct {
		name string
		want repair.Interlock
		// spoil breaks the interlock, by the facts or by what it does to the devices.
		spoil func(t *testing.T, w *world, p *repair.Plan) func(*repair.Facts)
	}{
		{"the plan has expired", repair.PlanIsFresh, func(_ *testing.T, _ *world, _ *repair.Plan) func(*repair.Facts) {
			return func(f *repair.Facts) { f.Now = f.Now.Add(repair.Lifetime + time.Minute) }
		}},
		{"the plan is of the future", repair.PlanIsFresh, func(_ *testing.T, _ *world, _ *repair.Plan) func(*repair.Facts) {
			return func(f *repair.Facts) { f.Now = f.Now.Add(-2 * time.Hour) }
		}},
		{"another file has taken the target's place", repair.PlanIsFresh, func(t *testing.T, w *world, _ *repair.Plan) func(*repair.Facts) {
			require.NoError(t, os.Rename(w.b, w.b+".old"))
			require.NoError(t, os.WriteFile(w.b, w.before, 0o600))
			return nil
		}},
		{"the source has grown", repair.PlanIsFresh, func(t *testing.T, w *world, _ *repair.Plan) func(*repair.Facts) {
			require.NoError(t, os.Truncate(w.a, w.size+4096))
			return nil
		}},
		{"somebody has the target open", repair.TargetIsFree, func(t *testing.T, w *world, _ *repair.Plan) func(*repair.Facts) {
			file, err := os.Open(w.b)
			require.NoError(t, err)
			t.Cleanup(func() { file.Close() })
			return nil
		}},
		{"no direction was given", repair.DirectionIsRight, func(_ *testing.T, _ *world, _ *repair.Plan) func(*repair.Facts) {
			return func(f *repair.Facts) { f.Direction = false }
		}},
		{"nobody agreed", repair.TargetIsNamed, func(_ *testing.T, _ *world, _ *repair.Plan) func(*repair.Facts) {
			return func(f *repair.Facts) { f.Named = "" }
		}},
		{"somebody agreed to the other direction", repair.TargetIsNamed, func(_ *testing.T, w *world, _ *repair.Plan) func(*repair.Facts) {
			return func(f *repair.Facts) { f.Named = w.a }
		}},
		{"row R6: more than five per cent differ", repair.LittleDiffers, func(_ *testing.T, w *world, p *repair.Plan) func(*repair.Facts) {
			w.ranges = block.Ranges{{Length: w.size}}
			for n := range int64(110) {
				w.change(w.b, n*8192)
			}
			*p = w.plan()
			return nil
		}},
		{"somebody may write to the source", repair.SourceIsStill, func(t *testing.T, w *world, _ *repair.Plan) func(*repair.Facts) {
			file, err := os.OpenFile(w.a, os.O_WRONLY, 0)
			require.NoError(t, err)
			t.Cleanup(func() { file.Close() })
			return nil
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 8<<20, 20)
			p := w.plan()
			require.Empty(t, w.refused(p, nil))
			require.Equal(t, []repair.Interlock{test.want}, w.refused(p, test.spoil(t, w, &p)))
		})
	}
}

func TestADeviceIsNotCopiedOntoItself(t *testing.T) {
	w := newWorld(t, 8<<20, 20)
	p := w.plan()
	p.Source = p.Target
	require.Contains(t, w.refused(p, nil), repair.PlanIsFresh)
}

func TestRowR3ABlockDeviceThatSomebodyHasIsNotWritten(t *testing.T) {
	w := newWorld(t, 16<<20, 20)
	w.onLoop()
	p := w.plan()
	require.Empty(t, w.refused(p, nil))

	// A mount, of the target and of the source.
	lab.Need(t, "mkfs.ext4")
	for _, path := range []string{w.b, w.a} {
		require.NoError(t, mkfs(path))
		point := t.TempDir()
		require.NoError(t, mount.Mount(mount.Request{Type: "ext4", Source: path, Point: point}))
		want := repair.TargetIsFree
		if path == w.a {
			want = repair.SourceIsStill
		}
		require.Equal(t, []repair.Interlock{want}, w.refused(p, nil))
		require.Equal(t, []string{"mounted at " + point}, repair.Users(path))
		require.NoError(t, unix.Unmount(point, 0))
	}

	// A device that takes no writes: as a target it is refused, as a source it is still.
	p = w.plan()
	readOnly := func(path string, value int) {
		fd, err := unix.Open(path, unix.O_RDONLY, 0)
		require.NoError(t, err)
		defer unix.Close(fd)
		require.NoError(t, unix.IoctlSetPointerInt(fd, unix.BLKROSET, value))
	}
	readOnly(w.b, 1)
	require.Equal(t, []repair.Interlock{repair.WritingIsAllowed}, w.refused(p, nil))
	readOnly(w.b, 0)
	readOnly(w.a, 1)
	point := t.TempDir()
	require.NoError(t, mount.Mount(mount.Request{Type: "ext4", Source: w.a, Point: point, Options: mount.ParseOptions("ro,noload")}))
	require.Empty(t, w.refused(p, nil))
	require.NoError(t, unix.Unmount(point, 0))
	readOnly(w.a, 0)
	require.Empty(t, w.refused(p, nil))

	// A file that a loop device holds.
	image := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(image, make([]byte, 1<<20), 0o600))
	loop, err := mount.Attach(mount.Image{Path: image}, "")
	require.NoError(t, err)
	defer loop.Close()
	require.Equal(t, []string{"loop device " + filepath.Base(loop.Path) + " holds it"}, repair.Users(image))
}

// withMetaData puts a superblock of 8.4 behind the data of a file.
func withMetaData(t *testing.T, path string, data int64, flags uint32, ids ...uint64) {
	t.Helper()
	disk := make([]byte, 64<<10)
	super := disk[len(disk)-metadata.Size:]
	binary.BigEndian.PutUint64(super, uint64(data/512))
	for i, id := range ids {
		binary.BigEndian.PutUint64(super[8+8*i:], id)
	}
	binary.BigEndian.PutUint32(super[56:], flags)
	binary.BigEndian.PutUint32(super[60:], 0x8374026b)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer file.Close()
	_, err = file.WriteAt(disk, data)
	require.NoError(t, err)
}

func TestRowR7TheDirectionMustNotContradictTheGenerations(t *testing.T) {
	const older, newer, oldest = 0x1000, 0x2000, 0x3000
	for _, test := range []struct {
		name    string
		a, b    []uint64
		flags   uint32
		refused bool
	}{
		{"the source went on from the target", []uint64{newer, older}, []uint64{older}, metadata.Consistent, false},
		{"the target went on from the source", []uint64{older}, []uint64{newer, older}, metadata.Consistent, true},
		{"the source is in the target's history", []uint64{older}, []uint64{newer, oldest, older}, metadata.Consistent, true},
		{"both are the same generation", []uint64{newer}, []uint64{newer}, metadata.Consistent, false},
		{"both went on from the same", []uint64{newer, older}, []uint64{oldest, older}, metadata.Consistent, false},
		{"the source is not consistent", []uint64{newer}, []uint64{newer}, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 8<<20, 20)
			withMetaData(t, w.a, w.size, test.flags, test.a...)
			withMetaData(t, w.b, w.size, metadata.Consistent, test.b...)
			p := w.plan()
			var want []repair.Interlock
			if test.refused {
				want = []repair.Interlock{repair.DirectionIsRight}
			}
			require.Equal(t, want, w.refused(p, nil))
			require.Empty(t, w.refused(p, func(f *repair.Facts) { f.AnyGeneration = true }))
		})
	}
}

func TestAPlanThatReachesIntoTheMetaDataIsRefused(t *testing.T) {
	w := newWorld(t, 8<<20, 20)
	withMetaData(t, w.b, w.size, metadata.Consistent, 0x1000)
	require.NoError(t, os.Truncate(w.a, w.size+64<<10))
	w.size += 4096
	require.Equal(t, []repair.Interlock{repair.PlanIsFresh}, w.refused(w.plan(), nil))
}
