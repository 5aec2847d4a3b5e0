package filesystem

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

func TestStopMovesTheMountAside(t *testing.T) {
	t.Parallel()
	row(t, "row 97: it is moved, unmounted, and its place removed", func(w *world) {
		r := w.started("force_unmount", "true,move")
		w.tmpfs("a/sub")
		g := w.guest("cwd", "a/sub")
		result := r.does("stop", ocf.Success)
		require.NotContains(w.t, result.Stderr, "not moved aside")
		require.Contains(w.t, result.Stderr, "unmount "+w.path(".a/sub")+" "+w.path(".a"))
		g.diedOf(unix.SIGTERM)
		w.lacks("")
		require.NoDirExists(w.t, w.path(".a"))
		require.DirExists(w.t, w.path("a"))
	})
	row(t, "row 98: after that it can be started again", func(w *world) {
		r := w.started("force_unmount", "true,move")
		r.does("stop", ocf.Success)
		r.cycle()
	})
	row(t, "row 100: below a shared mount it is unmounted where it is", func(w *world) {
		require.NoError(w.t, unix.Mount(w.dir, w.dir, "", unix.MS_BIND, ""))
		w.t.Cleanup(func() { _ = unix.Unmount(w.dir, unix.MNT_DETACH) })
		require.NoError(w.t, unix.Mount("", w.dir, "", unix.MS_SHARED, ""))
		r := w.started("force_unmount", "true,move")
		result := r.does("stop", ocf.Success)
		require.Contains(w.t, result.Stderr, w.path("a")+" is not moved aside")
		w.lacks("a")
		require.NoDirExists(w.t, w.path(".a"))
	})
	row(t, "a stop that was killed after the move is mended by the next", func(w *world) {
		r := w.started("force_unmount", "true,move")
		w.mkdir(".a")
		require.NoError(w.t, mount.Move(w.path("a"), w.path(".a")))
		r.does("monitor", ocf.ErrGeneric)
		r.does("stop", ocf.Success)
		w.lacks("")
		require.NoDirExists(w.t, w.path(".a"))
		r.cycle()
	})
	row(t, "so it is without the record of start", func(w *world) {
		r := w.started("force_unmount", "true,move")
		w.mkdir(".a")
		require.NoError(w.t, mount.Move(w.path("a"), w.path(".a")))
		require.NoError(w.t, os.RemoveAll(w.state))
		r.does("stop", ocf.Success)
		w.lacks("")
	})
	row(t, "what is mounted there and is not the resource's stays", func(w *world) {
		r := w.started("force_unmount", "true,move")
		w.tmpfs(".a")
		r.does("stop", ocf.Success)
		w.lacks("a")
		w.has(".a")
	})
	row(t, "a stop that fails leaves the mount where the next one finds it", func(w *world) {
		r := w.started("force_unmount", "false,move").timed(4000)
		g := w.guest("cwd", "a")
		result := r.does("stop", ocf.ErrGeneric)
		require.Contains(w.t, result.Reason, w.path(".a")+" is busy: used by pid")
		g.lives()
		r.with("force_unmount", "true,move").timed(20000).does("stop", ocf.Success)
		w.lacks("")
	})
}
