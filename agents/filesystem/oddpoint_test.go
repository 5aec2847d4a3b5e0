package filesystem

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// oddPieces are what odd names are made of: what other programs quote, escape, expand or take for a pattern.
func oddPieces() []string {
	return []string{
		"a", "b", "Z", "7", " ", "\t", "\n", "%", "%s", "%n", "[", "]", "[a-z]", "*", "?", ".", "..", "\\", "\\040", "\\134", "#",
		"$", "$(x)", "`x`", "'", "\"", ";", "|", "&", "!", "~", "^", "(", ")", "{", "}", "<", ">", "=", ",", ":", "@", "+", "-", "--",
		"//deleted", " (deleted)", "한글", "é", "\xff\xfe", "\x01", "\x7f", "bind", "ro",
	}
}

// oddName is a name of a directory. Blanks at its end would be a configuration error.
func oddName(random *rand.Rand) string {
	pieces := oddPieces()
	for {
		var name strings.Builder
		for range 1 + random.IntN(6) {
			name.WriteString(strings.ReplaceAll(pieces[random.IntN(len(pieces))], "/", ""))
		}
		if odd := name.String(); odd != "." && odd != ".." && !framed(odd) && len(odd) < 200 {
			return odd
		}
	}
}

// Whatever the mount point is called, and by whatever way it is configured, the resource starts, is seen and stops,
// and its neighbours stay as they are.
func TestAnyNameIsAMountPoint(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		row(t, fmt.Sprintf("seed %d", seed), func(w *world) {
			random := rand.New(rand.NewPCG(40, seed))
			parent, name := oddName(random), oddName(random)
			w.tmpfs("neighbour")
			w.mkdir("neighbour/" + parent + "/" + name)
			point := w.path(parent + "/" + name)
			r := w.resource("device", "tmpfs", "fstype", "tmpfs", "directory", w.spelled(random, point), "force_unmount", "safe")
			r.does("probe", ocf.NotRunning)
			r.does("start", ocf.Success)
			require.Equal(w.t, "tmpfs", w.has(parent+"/"+name).Type, "%q", point)
			r.does("monitor", ocf.Success)
			r.does("start", ocf.Success)
			below := oddName(random)
			w.tmpfs(parent + "/" + name + "/" + below)
			g := w.guest("cwd", parent+"/"+name+"/"+below)
			decoy := w.guest("cwd", "neighbour/"+parent+"/"+name)
			if random.IntN(3) == 0 {
				w.renameParent(parent, random)
				r.does("monitor", ocf.ErrGeneric)
			}
			r.does("stop", ocf.Success)
			g.diedOf(unix.SIGTERM)
			decoy.lives()
			require.Len(w.t, w.mounts(""), 1, "%q", point)
			r.does("probe", ocf.NotRunning)
		})
	}
}

// spelled is one of the ways to write a path in the configuration.
func (w *world) spelled(random *rand.Rand, path string) string {
	w.t.Helper()
	folder, name, _ := strings.Cut(strings.TrimPrefix(path, w.dir+"/"), "/")
	switch random.IntN(5) {
	case 0:
		return path + "///"
	case 1:
		require.NoError(w.t, os.MkdirAll(w.path(folder), 0o755))
		require.NoError(w.t, os.Symlink(w.path(folder), w.path("link")))
		return w.path("link") + "/" + name
	case 2:
		require.NoError(w.t, os.MkdirAll(path, 0o755))
		require.NoError(w.t, os.Symlink(folder+"/"+name, w.path("link")))
		return w.path("link")
	case 3:
		return w.dir + "/./b/../" + folder + "//" + name
	}
	return path
}

// renameParent gives the directory above the mount point another name.
func (w *world) renameParent(parent string, random *rand.Rand) {
	w.t.Helper()
	require.NoError(w.t, os.Rename(w.path(parent), w.path("renamed"+oddName(random))))
}

// With ten thousand mounts beside and a thousand below, all of them are found and those below go.
func TestStopAmongThousandsOfMounts(t *testing.T) {
	row(t, "a thousand mounts below go, ten thousand beside stay", func(w *world) {
		const below, beside = 1000, 10_000
		r := w.started()
		w.tmpfs("beside")
		source := w.tmpfs("source")
		for i := range beside {
			require.NoError(w.t, os.Mkdir(w.path(fmt.Sprintf("beside/%d", i)), 0o755))
			require.NoError(w.t, unix.Mount(source, w.path(fmt.Sprintf("beside/%d", i)), "", unix.MS_BIND, ""))
		}
		for i := range below {
			require.NoError(w.t, os.Mkdir(w.path(fmt.Sprintf("a/%d", i)), 0o755))
			require.NoError(w.t, unix.Mount("tmpfs", w.path(fmt.Sprintf("a/%d", i)), "tmpfs", 0, ""))
		}
		r.does("stop", ocf.Success)
		w.lacks("a")
		require.Len(w.t, w.mounts("beside"), beside+1)
	})
}

// A table of ten thousand mounts is ordered in a moment.
func BenchmarkAPlanForTenThousandMounts(b *testing.B) {
	device := mount.MakeDevice(7, 0)
	table := mount.Table{{ID: 1, Point: "/", Root: "/"}, {ID: 2, Parent: 1, Point: "/m/a", Root: "/", Device: device}}
	for i := range 10000 {
		table = append(table, mount.Entry{ID: i + 3, Parent: 2, Point: fmt.Sprintf("/m/a/%d", i), Root: "/", Device: mount.MakeDevice(0, uint32(i))})
	}
	a := &config{device: "/dev/loop0", directory: "/m/a"}
	o := observed(table, block, device, "/m/a")
	for b.Loop() {
		require.Len(b, a.targets(o, false), 10001)
	}
}
