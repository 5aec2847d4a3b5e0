package filesystem

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

func TestWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	row(t, "row 65: another device on the mount point", func(w *world) {
		r := w.standard(w.disk("L0"))
		other := w.disk("L1")
		w.mount(other, "a", "ext4", "")
		got := r.does("monitor", ocf.ErrGeneric)
		require.Contains(w.t, got.Reason, other+" (ext4) is mounted on "+w.path("a"))
		r.does("probe", ocf.NotRunning)
		r.does("status", ocf.ErrGeneric)
	})
	row(t, "row 66: nothing is mounted on top of another device", func(w *world) {
		r := w.standard(w.disk("L0"))
		w.mount(w.disk("L1"), "a", "ext4", "")
		before := w.has("a")
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "nothing was mounted")
		require.Equal(w.t, before, w.has("a"))
	})
	row(t, "row 68: something is mounted on top of ours", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		w.tmpfs("a")
		for _, action := range []string{"monitor", "probe", "start"} {
			got := r.does(action, ocf.ErrGeneric)
			require.Contains(w.t, got.Reason, "tmpfs (tmpfs) lies on top of it", action)
		}
	})
	row(t, "a mount on a directory above hides ours", func(w *world) {
		w.mkdir("deep/a")
		r := w.standard(w.disk("L0"), "directory", w.path("deep/a"))
		r.does("start", ocf.Success)
		w.tmpfs("deep")
		require.Contains(w.t, r.does("monitor", ocf.ErrGeneric).Reason, "hidden by a mount on a directory above")
	})
	row(t, "row 71: start of a running resource with something mounted below", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		w.tmpfs("a/sub")
		r.does("start", ocf.Success)
		w.has("a/sub")
	})
	row(t, "row 72: start with something mounted below the mount point", func(w *world) {
		w.tmpfs("a/sub")
		got := w.standard(w.disk("L0")).does("start", ocf.ErrConfigured)
		require.Contains(w.t, got.Reason, w.path("a/sub"))
		require.Contains(w.t, got.Reason, nodeName())
	})
	row(t, "row 73: a mount below whose name begins with a dot is no obstacle", func(w *world) {
		w.tmpfs("a/.sub")
		got := w.standard(w.disk("L0")).does("start", ocf.Success)
		require.Contains(w.t, got.Stderr, "will be hidden")
	})
	row(t, "a mount beside whose name begins alike is no obstacle", func(w *world) {
		w.tmpfs("a2")
		w.standard(w.disk("L0")).does("start", ocf.Success)
	})
}

func TestNamesThatChange(t *testing.T) {
	t.Parallel()
	row(t, "row 95: a directory above was renamed while the resource ran", func(w *world) {
		w.mkdir("up/a")
		r := w.standard(w.disk("L0"), "directory", w.path("up/a"))
		r.does("start", ocf.Success)
		require.NoError(w.t, os.Rename(w.path("up"), w.path("renamed")))
		got := r.does("monitor", ocf.ErrGeneric)
		require.Contains(w.t, got.Reason, "is mounted on "+w.path("renamed/a")+" instead of "+w.path("up/a"))
		r.does("start", ocf.ErrGeneric)
		r.does("stop", ocf.Success)
		w.lacks("")
		r.does("monitor", ocf.NotRunning)
	})
	row(t, "row 95: a mount that has the same number later is not ours", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		number := w.has("a").ID
		w.unmount("a")
		w.mount(r.Params["device"], "b", "ext4", "")
		if w.has("b").ID != number {
			w.t.Log("the number was not given again")
		}
		r.does("monitor", ocf.NotRunning)
	})
	row(t, "row 96: the device's name was removed while the resource ran", func(w *world) {
		require.NoError(w.t, os.Symlink(w.disk("L0"), w.path("alias")))
		r := w.standard(w.path("alias"))
		r.does("start", ocf.Success)
		require.NoError(w.t, os.Remove(w.path("alias")))
		r.does("monitor", ocf.Success)
		r.does("start", ocf.Success)
		r.at(10, "monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("")
	})
	row(t, "row 96: the mount table has the device's own name, as with the program mount", func(w *world) {
		device := w.disk("L0")
		require.NoError(w.t, os.Symlink(device, w.path("alias")))
		r := w.standard(w.path("alias"))
		r.does("start", ocf.Success)
		require.Equal(w.t, device, w.has("a").Source)
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "row 96: a name that leads to another device now", func(w *world) {
		require.NoError(w.t, os.Symlink(w.disk("L0"), w.path("alias")))
		r := w.standard(w.path("alias"))
		r.does("start", ocf.Success)
		require.NoError(w.t, os.Remove(w.path("alias")))
		require.NoError(w.t, os.Symlink(w.disk("L1"), w.path("alias")))
		r.does("monitor", ocf.ErrGeneric)
	})
	row(t, "row 98: the place for moved mounts has no influence by being there", func(w *world) {
		r := w.standard(w.disk("L0"), "force_unmount", "true,move")
		r.does("start", ocf.Success)
		w.mkdir(".a")
		r.does("monitor", ocf.Success)
	})
	row(t, "row 99: something is mounted where stop would move the mount to", func(w *world) {
		r := w.standard(w.disk("L0"), "force_unmount", "true,move")
		w.tmpfs(".a")
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, w.path(".a"))
		r.with("force_unmount", "true").does("start", ocf.Success)
		require.Contains(w.t, r.does("monitor", ocf.ErrGeneric).Reason, w.path(".a"))
		require.NoError(w.t, os.Symlink("a", w.path("link")))
		r.with("directory", w.path("link")).does("monitor", ocf.ErrGeneric)
	})
}
