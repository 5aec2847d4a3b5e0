package filesystem

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
)

// A forest makes tables of mounts as the kernel has them: each mount is attached to the one that a process meets at
// its path.
type forest struct {
	table  mount.Table
	random *rand.Rand
}

func newForest(seed uint64) *forest {
	f := &forest{random: rand.New(rand.NewPCG(7, seed))}
	f.table = mount.Table{{ID: 1, Parent: 0, Point: "/", Root: "/", Device: mount.MakeDevice(8, 1), Type: "ext4"}}
	return f
}

// add mounts a device at a path.
func (f *forest) add(path string, device mount.Device, root string) mount.Entry {
	on, _ := f.table.Containing(path)
	e := mount.Entry{ID: len(f.table) + 1, Parent: on.ID, Point: path, Root: root, Device: device, Type: "ext4"}
	f.table = append(f.table, e)
	return e
}

// path is one of the few paths of the world, so that many mounts meet.
func (f *forest) path() string {
	path := "/" + string("mn"[f.random.IntN(2)])
	for range f.random.IntN(3) {
		path += "/" + string("abc"[f.random.IntN(3)])
	}
	return path
}

// observed is a resource in the forest that has the device, at the path.
func observed(table mount.Table, k kind, device mount.Device, point string) observation {
	o := observation{point: point, table: table, source: source{kind: k, there: true, device: device}}
	for _, e := range table.At(point) {
		o.layers = append(o.layers, layer{e, o.source.owns(e, clue{}, false, false)})
	}
	if e, ok := table.Visible(point); ok {
		o.visible = e.ID
	}
	return o
}

// unmountOne takes a target away as the kernel would, which refuses all but a visible mount without others on it.
func unmountOne(t *testing.T, table mount.Table, e target) mount.Table {
	t.Helper()
	visible, ok := table.Visible(e.Point)
	require.True(t, ok, "nothing is seen at %s", e.Point)
	require.Equal(t, e.ID, visible.ID, "another mount is seen at %s", e.Point)
	require.Empty(t, table.Children(e.ID), "something is mounted on %s", e.Point)
	return slices.DeleteFunc(slices.Clone(table), func(other mount.Entry) bool { return other.ID == e.ID })
}

// Over thousands of made-up tables: the order works, afterwards nothing of the resource is mounted, and what goes
// besides is attached to it or hides it.
func TestAPlanTakesAwayTheResourceAndWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	planned, covered := 0, 0
	for seed := range uint64(4000) {
		f := newForest(seed)
		for range 1 + f.random.IntN(12) {
			f.add(f.path(), mount.MakeDevice(7, uint32(f.random.IntN(4))), "/")
		}
		device, point := mount.MakeDevice(7, 0), f.path()
		a := &config{device: "/dev/loop0", directory: point}
		o := observed(f.table, block, device, point)
		plan := a.targets(o, false)
		name := fmt.Sprintf("seed %d: %v at %s", seed, f.table, point)
		if len(o.ours()) == 0 {
			require.Empty(t, plan, name)
			continue
		}
		planned++
		table := f.table
		for _, e := range plan {
			table = unmountOne(t, table, e)
			covered += map[bool]int{true: 1}[e.cover]
		}
		for _, e := range table.On(device) {
			require.True(t, carries(f.table, e, o.ours()), name)
		}
		for _, e := range plan {
			require.True(t, belongs(f.table, e.Entry, device) || e.cover, "%s: %v", name, e)
			require.NotEqual(t, "/", e.Point)
		}
	}
	require.Greater(t, planned, 400)
	require.Greater(t, covered, 50)
}

// belongs reports whether an entry is of the device or attached to such a one.
func belongs(table mount.Table, e mount.Entry, device mount.Device) bool {
	for ok := true; ok && e.ID != 1; e, ok = table.ByID(e.Parent) {
		if e.Device == device {
			return true
		}
	}
	return false
}

func TestPlansOfSpecialKinds(t *testing.T) {
	t.Parallel()
	ours, other := mount.MakeDevice(7, 0), mount.MakeDevice(7, 1)
	for _, test := range []struct {
		name  string
		a     *config
		kind  kind
		build func(f *forest)
		want  []string
	}{
		{"a bind mount's original stays", &config{options: "bind"}, bind, func(f *forest) {
			f.add("/m/b", ours, "/")
			f.add("/m/a", ours, "/x")
		}, []string{"/m/a"}},
		{"what came with a recursive one goes", &config{options: "rbind"}, bind, func(f *forest) {
			f.add("/m/b", ours, "/")
			f.add("/m/b/sub", other, "/")
			f.add("/m/a", ours, "/")
			f.add("/m/a/sub", other, "/")
		}, []string{"/m/a/sub", "/m/a"}},
		{"another part of the file system stays", &config{options: "subvol=/one"}, block, func(f *forest) {
			f.add("/m/b", ours, "/two")
			f.add("/m/a", ours, "/one")
			f.add("/m/c", ours, "/one")
		}, []string{"/m/c", "/m/a"}},
		{"a part in use elsewhere goes with the whole", &config{}, block, func(f *forest) {
			f.add("/m/a", ours, "/")
			f.add("/m/b", ours, "/x")
		}, []string{"/m/b", "/m/a"}},
		{"a network mount elsewhere stays", &config{fstype: "nfs"}, nonblock, func(f *forest) {
			f.add("/m/b", ours, "/")
			f.add("/m/a", ours, "/")
		}, []string{"/m/a"}},
		{"a foreign mount below ours in the stack stays", &config{}, block, func(f *forest) {
			f.add("/m/a", other, "/")
			f.add("/m/a", ours, "/")
			f.add("/m/a", other, "/")
		}, []string{"/m/a", "/m/a"}},
		{"a mount on a directory above makes way", &config{}, block, func(f *forest) {
			f.add("/m/a", ours, "/")
			f.add("/m", other, "/")
			f.add("/m/x", other, "/")
		}, []string{"/m/x", "/m", "/m/a"}},
		{"a mount that hides a second mount makes way", &config{}, block, func(f *forest) {
			f.add("/m/a", ours, "/")
			f.add("/n/b", ours, "/")
			f.add("/n", other, "/")
		}, []string{"/n", "/n/b", "/m/a"}},
	} {
		f := newForest(1)
		test.build(f)
		var got []string
		for _, e := range test.a.targets(observed(f.table, test.kind, ours, "/m/a"), false) {
			got = append(got, e.Point)
		}
		require.Equal(t, test.want, got, test.name)
	}
}

// The kernel gives the number of a mount that is gone, and that of its file system, to the next one at once.
func TestANumberThatIsGivenAgainIsAnotherMounts(t *testing.T) {
	t.Parallel()
	device := mount.MakeDevice(0, 77)
	f := newForest(1)
	ours := f.add("/m/a", device, "/")
	sub := f.add("/m/a/sub", mount.MakeDevice(0, 78), "/")
	before := []target{{Entry: sub}, {Entry: ours}}
	require.Equal(t, before, left(f.table, before))
	theirs := ours
	theirs.Point = "/n/theirs"
	require.Empty(t, left(mount.Table{f.table[0], theirs}, before))
	moved := sub
	ours.Point, moved.Point = "/m/.a", "/m/.a/sub"
	table := mount.Table{f.table[0], ours, moved}
	require.Equal(t, []target{{Entry: moved}, {Entry: ours}}, movedTo(table, before))
}
