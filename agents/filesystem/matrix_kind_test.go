package filesystem

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/lab"
)

func TestSourcesThatAreNoDevices(t *testing.T) {
	t.Parallel()
	row(t, "row 46: tmpfs with an option of its own", func(w *world) {
		r := w.resource("device", "tmpfs", "directory", w.path("a"), "fstype", "tmpfs", "options", "size=1m")
		r.does("start", ocf.Success)
		require.Contains(w.t, w.has("a").Super, "size=1024k")
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "row 49: overlay", func(w *world) {
		for _, name := range []string{"lower", "upper", "work"} {
			w.mkdir(name)
		}
		w.write("lower/below", "seen")
		// An overlay needs an upper file system that it can use: that of the test's folder may not do.
		w.tmpfs("top")
		w.mkdir("top/upper")
		w.mkdir("top/work")
		w.resource("device", "overlay", "directory", w.path("a"), "fstype", "overlay", "options",
			"lowerdir="+w.path("lower")+",upperdir="+w.path("top/upper")+",workdir="+w.path("top/work")).cycle()
		w.lacks("a")
	})
	row(t, "row 57: a source that a helper program understands is left to it", func(w *world) {
		r := w.resource("device", "u@h:/x", "directory", w.path("a"), "fstype", "fuse.sshfs")
		programs := r.programs("mount", runtest.Complains(1, "mount: helper failed\n"))
		r.does("start", ocf.ErrGeneric)
		require.Equal(w.t, []string{"mount -t fuse.sshfs u@h:/x " + w.path("a")}, programs.Lines())
		r.does("monitor", ocf.NotRunning)
	})
	row(t, "row 58: a network file system that the kernel does not have", func(w *world) {
		if known, err := mount.TypeKnown("nfs"); err != nil || known {
			lab.Missing(w.t, "this kernel has nfs, and the test is of one that has not")
		}
		r := w.resource("device", "srv:/exp", "directory", w.path("a"), "fstype", "nfs")
		require.Contains(w.t, r.does("start", ocf.ErrInstalled).Reason, `no file system type "nfs"`)
		r.does("monitor", ocf.NotRunning)
		r.does("stop", ocf.Success)
	})
}

func TestBindMounts(t *testing.T) {
	t.Parallel()
	row(t, "row 50: a directory is bound", func(w *world) {
		w.write("b/file", "seen")
		r := w.resource("device", w.path("b"), "directory", w.path("a"), "fstype", "none", "options", "bind")
		r.does("start", ocf.Success)
		require.FileExists(w.t, w.path("a/file"))
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
		require.FileExists(w.t, w.path("b/file"))
	})
	row(t, "row 51: a bind mount without a type", func(w *world) {
		w.resource("device", w.path("b"), "directory", w.path("a"), "options", "bind").cycle()
		w.lacks("")
	})
	row(t, "row 52: bind is no type", func(w *world) {
		w.resource("device", w.path("b"), "directory", w.path("a"), "fstype", "bind").does("start", ocf.ErrInstalled)
		w.resource("device", w.path("b"), "directory", w.path("a"), "fstype", "bind", "options", "bind").
			does("start", ocf.ErrInstalled)
	})
	row(t, "row 53: a read-only bind mount leaves its source writable", func(w *world) {
		w.mount(w.disk("L1"), "src", "ext4", "")
		r := w.resource("device", w.path("src"), "directory", w.path("a"), "fstype", "none", "options", "bind,ro")
		r.does("start", ocf.Success)
		bound := w.has("a")
		require.True(w.t, mount.HasOption(bound.Options, "ro"))
		require.False(w.t, bound.SuperReadOnly(), "the file system itself stays writable")
		require.False(w.t, w.has("src").ReadOnly())
		w.write("src/new", "still writable")
		require.Error(w.t, os.WriteFile(w.path("a/new"), nil, 0o644))
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		require.False(w.t, w.has("src").ReadOnly())
	})
	row(t, "row 54: a read-only bind mount does not mind a writer on its source", func(w *world) {
		w.mount(w.disk("L1"), "src", "ext4", "")
		file, err := os.Create(w.path("src/open"))
		require.NoError(w.t, err)
		w.t.Cleanup(func() { file.Close() })
		w.resource("device", w.path("src"), "directory", w.path("a"), "fstype", "none", "options", "bind,ro").
			does("start", ocf.Success)
		require.True(w.t, w.has("a").ReadOnly())
		_, err = file.WriteString("goes on")
		require.NoError(w.t, err)
		require.NoError(w.t, file.Close())
		w.unmount("a")
	})
	row(t, "a bind mount keeps what its source forbids, unless told otherwise", func(w *world) {
		w.mount("tmpfs", "src", "tmpfs", "nosuid,nodev")
		w.resource("device", w.path("src"), "directory", w.path("a"), "options", "bind,noexec,dev").does("start", ocf.Success)
		options := w.has("a").Options
		for option, want := range map[string]bool{"nosuid": true, "noexec": true, "nodev": false} {
			require.Equal(w.t, want, mount.HasOption(options, option), "%s in %s", option, options)
		}
	})
	row(t, "row 55: stop of an rbind of a directory on the root file system unmounts the mount point alone", func(w *world) {
		source := w.mkdir("b")
		bystander := w.guest("cwd", "b")
		r := w.resource("device", source, "directory", w.path("a"), "fstype", "none", "options", "rbind")
		r.does("start", ocf.Success)
		elsewhere := len(others(w))
		r.does("stop", ocf.Success)
		w.lacks("a")
		bystander.lives()
		require.Len(w.t, others(w), elsewhere)
	})
	row(t, "rbind takes what is mounted below along", func(w *world) {
		w.tmpfs("b/sub")
		r := w.resource("device", w.path("b"), "directory", w.path("a"), "options", "rbind")
		r.does("start", ocf.Success)
		w.has("a/sub")
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
		w.has("b/sub")
	})
	row(t, "a directory without bind cannot be mounted", func(w *world) {
		w.resource("device", w.path("b"), "directory", w.path("a"), "fstype", "ext4").does("start", ocf.ErrGeneric)
		w.lacks("")
	})
}

// others are the mounts outside all worlds.
func others(w *world) []mount.Entry {
	table, err := mount.Read()
	require.NoError(w.t, err)
	return slices.DeleteFunc(slices.Clone(table), func(e mount.Entry) bool {
		return strings.HasPrefix(e.Point, filepath.Dir(w.dir)+"/fs")
	})
}

func TestImageFiles(t *testing.T) {
	t.Parallel()
	row(t, "row 56: an image file, whose loop device is free after stop", func(w *world) {
		image := w.image("L0")
		r := w.standard(image, "options", "loop")
		r.does("start", ocf.Success)
		device := w.has("a").Device
		require.Equal(w.t, image, mount.Backing(device))
		r.does("monitor", ocf.Success)
		r.at(10, "monitor", ocf.Success)
		r.does("start", ocf.Success)
		w.has("a")
		r.does("stop", ocf.Success)
		w.lacks("a")
		require.Eventually(w.t, func() bool { return mount.Backing(device) != image }, 20*time.Second, time.Millisecond,
			"the loop device is free")
	})
	row(t, "an image file by another name is known again", func(w *world) {
		image := w.image("L0")
		require.NoError(w.t, os.Symlink(image, w.path("link")))
		w.standard(image, "options", "loop").does("start", ocf.Success)
		r := w.standard(w.path("link"), "options", "loop")
		r.does("monitor", ocf.Success)
		other := w.standard(w.image("L1"), "options", "loop")
		other.does("monitor", ocf.ErrGeneric)
		r.does("stop", ocf.Success)
	})
	row(t, "a part of an image file", func(w *world) {
		whole := w.path("whole")
		const offset = 1 << 20
		text, err := os.ReadFile(w.image("L0"))
		require.NoError(w.t, err)
		require.NoError(w.t, os.WriteFile(whole, append(make([]byte, offset), text...), 0o644))
		w.standard(whole, "options", "loop,offset=1M").cycle()
		w.lacks("a")
	})
	row(t, "the option loop with a block device, which needs none", func(w *world) {
		r := w.standard(w.disk("L0"), "options", "loop")
		r.does("start", ocf.Success)
		require.Equal(w.t, r.Params["device"], w.has("a").Source)
		r.does("monitor", ocf.Success)
		r.at(10, "monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "an image file that does not exist", func(w *world) {
		r := w.standard(filepath.Join(w.dir, "none"), "options", "loop")
		r.does("monitor", ocf.NotRunning)
		r.does("start", ocf.ErrInstalled)
		r.does("stop", ocf.Success)
	})
}
