package mount

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"ocfbox/test/lab"
)

// place is a folder to mount on, empty of mounts again at the end.
func place(t *testing.T) string {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() {
		for unix.Unmount(folder, unix.MNT_DETACH) == nil {
		}
	})
	return folder
}

func visible(t *testing.T, point string) Entry {
	t.Helper()
	table, err := Read()
	require.NoError(t, err)
	e, ok := table.Visible(point)
	require.True(t, ok, "nothing is mounted on %s", point)
	return e
}

// Both ways to mount, that of new kernels and that of old ones, give the same mounts.
func TestMounts(t *testing.T) {
	t.Parallel()
	for way, mount := range map[string]func(Request) error{"as new kernels do": Mount, "as old kernels do": mountOld} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			source, bound := place(t), place(t)
			require.NoError(t, mount(Request{Type: "tmpfs", Source: "a source", Point: source,
				Options: ParseOptions("nosuid,noatime,size=1m")}))
			e := visible(t, source)
			require.Equal(t, "a source", e.Source)
			require.Equal(t, "rw,nosuid,noatime", e.Options)
			require.Contains(t, e.Super, "size=1024k")

			require.NoError(t, mount(Request{Source: source, Point: bound, Options: ParseOptions("bind,ro,noexec")}))
			e = visible(t, bound)
			for _, option := range []string{"ro", "nosuid", "noexec", "noatime"} {
				require.True(t, HasOption(e.Options, option), "%s in %s", option, e.Options)
			}
			require.False(t, e.SuperReadOnly())
			require.False(t, visible(t, source).ReadOnly(), "the source stays writable")
			require.NoError(t, Unmount(bound, false))
			require.NoError(t, Unmount(source, false))
			require.ErrorIs(t, Unmount(source, false), unix.EINVAL)
		})
	}
}

func TestARefusalSaysWhy(t *testing.T) {
	t.Parallel()
	point := place(t)
	err := Mount(Request{Type: "tmpfs", Source: "x", Point: point, Options: ParseOptions("bogus")})
	require.ErrorIs(t, err, unix.EINVAL)
	require.Contains(t, err.Error(), "option bogus")
	refusal := new(Error)
	require.True(t, errors.As(err, &refusal))
	require.Contains(t, refusal.Words, "bogus", "the file system's own words")
	require.ErrorIs(t, Mount(Request{Type: "nosuch", Point: point}), unix.ENODEV)
	require.ErrorIs(t, Mount(Request{Source: point + "/none", Point: point, Options: Options{Bind: true}}), unix.ENOENT)
}

func TestPropagationIsSetAfterwards(t *testing.T) {
	t.Parallel()
	point := place(t)
	require.NoError(t, Mount(Request{Type: "tmpfs", Source: "x", Point: point, Options: ParseOptions("shared")}))
	require.True(t, visible(t, point).Shared())
}

func TestLook(t *testing.T) {
	t.Parallel()
	point := place(t)
	before, err := Look(point)
	require.NoError(t, err)
	require.False(t, before.MountPoint)
	require.True(t, before.Directory)
	require.NoError(t, Mount(Request{Type: "tmpfs", Source: "x", Point: point}))
	sight, err := Look(point)
	require.NoError(t, err)
	e := visible(t, point)
	require.Equal(t, Sight{MountPoint: true, Sure: true, Device: e.Device, ID: e.ID, Directory: true}, sight)
	_, err = Look(point + "/none")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestTheIdentityOfAMount(t *testing.T) {
	t.Parallel()
	point := place(t)
	require.NoError(t, Mount(Request{Type: "tmpfs", Source: "x", Point: point}))
	first, err := Identify(point)
	require.NoError(t, err)
	require.True(t, first.Same(first))
	require.NoError(t, Unmount(point, false))
	require.NoError(t, Mount(Request{Type: "tmpfs", Source: "x", Point: point}))
	second, err := Identify(point)
	require.NoError(t, err)
	if first.Unique == 0 {
		lab.Missing(t, "this kernel gives the number of a mount that is gone to another: the test needs Linux 6.8")
	}
	require.False(t, first.Same(second), "the number of a mount that is gone: %v, %v", first, second)
}

func TestCanonicalPaths(t *testing.T) {
	t.Parallel()
	folder := place(t)
	require.NoError(t, Mount(Request{Type: "tmpfs", Source: "x", Point: folder}))
	require.NoError(t, os.MkdirAll(folder+"/real/deep", 0o755))
	for link, target := range map[string]string{"absolute": folder + "/real", "relative": "real/../real", "up": "..", "round": "round"} {
		require.NoError(t, os.Symlink(target, folder+"/"+link))
	}
	table, err := Read()
	require.NoError(t, err)
	for path, want := range map[string]string{
		"/real":               "/real",
		"/real/":              "/real",
		"//real/./deep":       "/real/deep",
		"/absolute/deep":      "/real/deep",
		"/relative/deep":      "/real/deep",
		"/real/deep/..":       "/real",
		"/none/../real":       "/real",
		"/absolute/none/x":    "/real/none/x",
		"/up/" + base(folder): "",
		"/round":              "/round",
	} {
		require.Equal(t, folder+want, table.Canonical(folder+path), path)
	}
	require.Equal(t, "/", table.Canonical("/../.."))
	here, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, here+"/x", table.Canonical("x"))
}

func base(path string) string { return filepath.Base(path) }

func TestLoopDevices(t *testing.T) {
	t.Parallel()
	file := made(t, 8, "mke2fs", "-q", "-F")
	loop, err := Attach(Image{Path: file.Name()}, "")
	require.NoError(t, err)
	inode, err := Inspect(loop.Path)
	require.NoError(t, err)
	require.True(t, inode.Block())
	require.Equal(t, file.Name(), Backing(inode.Node))
	require.Equal(t, loop.Path, Node(inode.Node))
	of, err := BackingFile(inode.Node)
	require.NoError(t, err)
	image, err := Inspect(file.Name())
	require.NoError(t, err)
	require.Equal(t, image.File, of)

	again, err := Attach(Image{Path: file.Name()}, "")
	require.NoError(t, err)
	require.Equal(t, loop.Path, again.Path, "the same part of the same file")
	other, err := Attach(Image{Path: file.Name(), Offset: 4096}, "")
	require.NoError(t, err)
	require.NotEqual(t, loop.Path, other.Path)
	for _, l := range []*Loop{other, again, loop} {
		require.NoError(t, l.Close())
	}
	// Whoever looks through all loop devices of the machine, as Attach does, holds this one for a moment too.
	require.Eventually(t, func() bool { return Backing(inode.Node) != file.Name() }, 20*time.Second, time.Millisecond,
		"it lets go of the file when nobody holds it")
	require.Equal(t, "", Backing(MakeDevice(0, 7)))
}

func TestATagIsFoundOnADevice(t *testing.T) {
	t.Parallel()
	label := "T" + base(t.TempDir()) + base(filepath.Dir(t.TempDir()))[len("TestATagIsFoundOnADevice"):]
	label = label[:min(16, len(label))]
	file := made(t, 8, "mke2fs", "-q", "-F", "-L", label)
	loop, err := Attach(Image{Path: file.Name()}, "")
	require.NoError(t, err)
	defer loop.Close()
	path, err := Tag{"LABEL", label}.Find()
	require.NoError(t, err)
	require.Equal(t, loop.Path, path)
	_, err = Tag{"LABEL", label + "x"}.Find()
	require.ErrorIs(t, err, ErrNoTag)
	_, err = Tag{"PARTUUID", "none"}.Find()
	require.ErrorIs(t, err, ErrNoTag)
}
