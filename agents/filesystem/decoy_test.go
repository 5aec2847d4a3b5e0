package filesystem

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
)

// Processes that only look as if they used the resource's mount are never signalled, and a stop that ends its real
// users leaves them alone.
func TestDecoysAreLeftAlone(t *testing.T) {
	t.Parallel()
	row(t, "decoys of every kind", func(w *world) {
		device := w.disk("L0")
		deleted := w.guest("open", "a/before")
		require.NoError(w.t, os.Remove(w.path("a/before")))
		for _, name := range []string{"a2", "a.b", "aXb", "a b", "A"} {
			w.tmpfs(name)
		}
		decoys := []*guest{deleted, w.guest("cwd", "b"), w.guest("cwd", "."), w.guest("root", "b")}
		for _, name := range []string{"a2", "a.b", "aXb", "a b", "A"} {
			decoys = append(decoys, w.guest("cwd", name), w.guest("open", name+"/file"), w.guest("map", name+"/map"),
				w.guest("socket", name+"/s"))
		}
		r := w.standard(device)
		r.does("start", ocf.Success)
		w.mount(w.disk("L1"), "b2", "ext4", "")
		decoys = append(decoys, w.guest("map", "b2/map"), w.guest("socket", "b2/s"), w.elsewhere("a"))
		users := []*guest{w.guest("cwd", "a"), w.guest("map", "a/map"), w.guest("socket", "a/s"), w.guest("open", "a/file")}
		r.does("stop", ocf.Success)
		w.lacks("a")
		for _, user := range users {
			user.diedOf(unix.SIGTERM)
		}
		for _, decoy := range decoys {
			decoy.lives()
		}
	})
	row(t, "the same file system through a bind mount that stays is not the mount", func(w *world) {
		w.tmpfs("src")
		r := w.resource("device", w.path("src"), "directory", w.path("a"), "fstype", "none", "options", "bind")
		r.does("start", ocf.Success)
		decoys := []*guest{w.guest("cwd", "src"), w.guest("map", "src/map"), w.guest("socket", "src/s"), w.guest("open", "src/f")}
		users := []*guest{w.guest("cwd", "a"), w.guest("map", "a/map2"), w.guest("socket", "a/s2"), w.guest("open", "a/f2")}
		r.does("stop", ocf.Success)
		w.lacks("a")
		for _, user := range users {
			user.diedOf(unix.SIGTERM)
		}
		for _, decoy := range decoys {
			decoy.lives()
		}
		w.has("src")
	})
	row(t, "rows 26 and 55: nobody is signalled who uses the root file system", func(w *world) {
		g := w.guest("cwd", ".")
		w.mkdir("src")
		r := w.resource("device", w.path("src"), "directory", w.path("a"), "fstype", "none", "options", "rbind")
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
		w.tmpfs("aXb")
		w.resource("device", "tmpfs", "directory", w.path("a.b"), "fstype", "tmpfs").does("stop", ocf.Success)
		w.has("aXb")
		g.lives()
	})
	row(t, "the cluster's own processes are named and not signalled", func(w *world) {
		r := w.started().timed(1500)
		w.mkdir("pacemaker")
		w.command("cp", "/bin/sleep", w.path("pacemaker/pacemaker-fenced"))
		cmd := exec.Command(w.path("pacemaker/pacemaker-fenced"), "1000")
		cmd.Dir = w.path("a")
		require.NoError(w.t, cmd.Start())
		defer func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}()
		result := r.does("stop", ocf.ErrGeneric)
		require.Contains(w.t, result.Reason, fmt.Sprintf("pid %d (pacemaker-fence: its working directory), part of the cluster software",
			cmd.Process.Pid))
		require.NoError(w.t, cmd.Process.Signal(syscall.Signal(0)))
	})
}

// elsewhere is a process that uses the same path in a mount namespace of its own.
func (w *world) elsewhere(name string) *guest {
	w.t.Helper()
	return w.guestWith(&syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}, "cwd", name)
}
