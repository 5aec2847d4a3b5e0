package filesystem

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

// took runs an action and returns how long it took.
func took(act func() ocftest.Result) (time.Duration, ocftest.Result) {
	began := time.Now()
	result := act()
	return time.Since(began), result
}

// timed is the resource with a time-out in milliseconds.
func (r *resource) timed(milliseconds int) *resource {
	return r.under("OCF_RESKEY_CRM_meta_timeout", fmt.Sprint(milliseconds))
}

// started is the standard resource on a disk of its own, running.
func (w *world) started(more ...string) *resource {
	w.t.Helper()
	r := w.standard(w.disk("L0"), more...)
	r.does("start", ocf.Success)
	return r
}

func TestStopTakesAwayWhatIsTheResourcesAndNothingElse(t *testing.T) {
	t.Parallel()
	row(t, "row 67: a foreign mount stays", func(w *world) {
		r := w.standard(w.disk("L0"))
		w.mount(w.disk("L1"), "a", "ext4", "")
		r.does("stop", ocf.Success)
		w.has("a")
	})
	row(t, "row 69: what is stacked on the mount goes with it", func(w *world) {
		r := w.started()
		w.tmpfs("a")
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "row 70: what is mounted below goes with it", func(w *world) {
		r := w.started()
		w.tmpfs("a/sub")
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "row 74: nested mounts with blanks in their names go with it", func(w *world) {
		r := w.started()
		w.tmpfs("a/one two")
		w.tmpfs("a/one two/three\tfour")
		w.tmpfs("a/one two/three\tfour/five")
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "a mount that another one hides goes with it", func(w *world) {
		r := w.started()
		w.tmpfs("a/sub")
		w.tmpfs("a")
		w.tmpfs("a/other")
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "what it had hidden is there again", func(w *world) {
		w.tmpfs("a/.hidden")
		r := w.started()
		r.does("stop", ocf.Success)
		w.has("a/.hidden")
	})
	row(t, "row 75: a mount whose name begins alike stays", func(w *world) {
		r := w.started()
		w.tmpfs("a2")
		r.does("stop", ocf.Success)
		w.lacks("a")
		w.has("a2")
	})
	row(t, "row 76: a device whose name goes on after a hyphen stays mounted", func(w *world) {
		sourceNamed(w, "vol", "vol-snap")
	})
	row(t, "row 77: a device whose name goes on with a digit stays mounted", func(w *world) {
		sourceNamed(w, "vol", "vol1")
	})
	row(t, "row 78: a second mount of the device goes with it", func(w *world) {
		r := w.started()
		w.mount(r.Params["device"], "b", "ext4", "")
		r.does("stop", ocf.Success)
		w.lacks("a")
		w.lacks("b")
	})
	row(t, "row 79: a busy second mount is a failure", func(w *world) {
		r := w.started("force_unmount", "false").timed(2000)
		require.NoError(w.t, os.Mkdir(w.path("a/x"), 0o755))
		require.NoError(w.t, unix.Mount(w.path("a/x"), w.path("b"), "", unix.MS_BIND, ""))
		g := w.guest("cwd", "b")
		result := r.does("stop", ocf.ErrGeneric)
		require.Contains(w.t, result.Reason, w.path("b")+" is busy: used by pid "+fmt.Sprint(g.cmd.Process.Pid))
		w.has("b")
		g.lives()
	})
	row(t, "a mount that carries the resource's is no second mount of the device", func(w *world) {
		disk := w.disk("L0")
		w.mount(disk, "b", "ext4", "")
		require.NoError(w.t, os.Mkdir(w.path("b/x"), 0o755))
		r := w.resource("device", disk, "directory", w.path("b/x"), "fstype", "ext4")
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
		w.has("b")
		w.lacks("b/x")
	})
}

// sourceNamed stops a resource on a device with one name while a device with the other is mounted.
func sourceNamed(w *world, ours, other string) {
	require.NoError(w.t, os.Symlink(w.disk("L0"), w.path(ours)))
	require.NoError(w.t, unix.Mknod(w.path(other), unix.S_IFBLK|0o600, int(deviceOf(w, w.disk("L1")))))
	r := w.standard(w.path(ours))
	r.does("start", ocf.Success)
	w.mount(w.path(other), "b", "ext4", "")
	g := w.guest("cwd", "b")
	r.does("stop", ocf.Success)
	w.lacks("a")
	w.has("b")
	g.lives()
}

func deviceOf(w *world, path string) uint64 {
	w.t.Helper()
	var st unix.Stat_t
	require.NoError(w.t, unix.Stat(path, &st))
	return st.Rdev
}

func TestStopEndsUsers(t *testing.T) {
	t.Parallel()
	row(t, "row 80: a process whose working directory is there gets TERM", func(w *world) {
		r := w.started()
		g := w.guest("cwd", "a")
		r.does("stop", ocf.Success)
		g.diedOf(unix.SIGTERM)
		w.lacks("a")
	})
	row(t, "row 81: a process that ignores TERM gets KILL at half time", func(w *world) {
		r := w.started().timed(8000)
		g := w.guest("deaf cwd", "a")
		duration, _ := took(func() ocftest.Result { return r.does("stop", ocf.Success) })
		require.Less(w.t, duration, 6*time.Second)
		require.Greater(w.t, duration, 3*time.Second)
		g.diedOf(unix.SIGKILL)
	})
	row(t, "row 82: with term_signals=KILL it gets KILL at once", func(w *world) {
		r := w.started("term_signals", "KILL")
		g := w.guest("deaf cwd", "a")
		duration, _ := took(func() ocftest.Result { return r.does("stop", ocf.Success) })
		require.Less(w.t, duration, time.Second)
		g.diedOf(unix.SIGKILL)
	})
	row(t, "row 83: an unknown signal is left aside with a warning", func(w *world) {
		r := w.started("term_signals", "BOGUS").timed(8000)
		g := w.guest("cwd", "a")
		result := r.does("stop", ocf.Success)
		require.Contains(w.t, result.Stderr, `term_signals: "BOGUS" is no signal`)
		g.diedOf(unix.SIGTERM)
	})
	row(t, "row 84: fast_stop gives up after six seconds", func(w *world) {
		r := w.started("force_unmount", "false", "fast_stop", "yes")
		g := w.guest("cwd", "a")
		duration, _ := took(func() ocftest.Result { return r.does("stop", ocf.ErrGeneric) })
		require.InDelta(w.t, 6, duration.Seconds(), 1)
		g.lives()
	})
	row(t, "row 85: an empty force_unmount ends nobody", func(w *world) { endsNobody(w, "") })
	row(t, "row 86: an unknown force_unmount ends nobody, with a warning", func(w *world) {
		result := endsNobody(w, "bogus")
		require.Contains(w.t, result.Stderr, `force_unmount: "bogus" is not known`)
	})
	row(t, "row 87: safe ends a user too", func(w *world) { ends(w, "safe", "cwd", "a") })
	row(t, "row 88: safe finds who has only mapped a file", func(w *world) { ends(w, "safe", "map", "a/file") })
	row(t, "row 89: safe and true find who has a deleted file open", func(w *world) {
		ends(w, "safe", "deleted", "a/file")
		ends(w, "true", "deleted", "a/file")
	})
	row(t, "row 90: true finds who has bound a Unix socket", func(w *world) { ends(w, "true", "socket", "a/s") })
	row(t, "row 91: safe finds who has bound a Unix socket", func(w *world) { ends(w, "safe", "socket", "a/s") })
	row(t, "who has a file open is found", func(w *world) { ends(w, "safe", "open", "a/file") })
	row(t, "whose root directory is there is found", func(w *world) { ends(w, "safe", "root", "a") })
	row(t, "a single thread whose working directory is there is found", func(w *world) { ends(w, "safe", "thread", "a") })
	row(t, "whose program is there is found", func(w *world) {
		r := w.started()
		w.command("cp", "/bin/sleep", w.path("a/sleep"))
		cmd := exec.Command(w.path("a/sleep"), "1000")
		require.NoError(w.t, cmd.Start())
		r.does("stop", ocf.Success)
		_ = cmd.Wait()
		require.Equal(w.t, "signal: terminated", cmd.ProcessState.String())
	})
	row(t, "row 111: two busy mounts whose users ignore TERM share the time", func(w *world) {
		r := w.started().timed(8000)
		w.tmpfs("a/one")
		w.tmpfs("a/two")
		one, two := w.guest("deaf cwd", "a/one"), w.guest("deaf cwd", "a/two")
		duration, _ := took(func() ocftest.Result { return r.does("stop", ocf.Success) })
		require.LessOrEqual(w.t, duration, 7200*time.Millisecond)
		one.diedOf(unix.SIGKILL)
		two.diedOf(unix.SIGKILL)
		w.lacks("a")
	})
	row(t, "a stop whose users end at once does not wait for the delay", func(w *world) {
		r := w.started("signal_delay", "15")
		g := w.guest("cwd", "a")
		duration, _ := took(func() ocftest.Result { return r.does("stop", ocf.Success) })
		require.Less(w.t, duration, 5*time.Second)
		g.diedOf(unix.SIGTERM)
	})
	row(t, "each of many users is ended, and the log names the first and the last", func(w *world) {
		r := w.started()
		var guests []*guest
		for range 26 {
			guests = append(guests, w.guest("cwd", "a"))
		}
		result := r.does("stop", ocf.Success)
		for _, g := range guests {
			g.diedOf(unix.SIGTERM)
		}
		require.Contains(w.t, result.Stderr, "sent TERM to 26 processes")
		require.Equal(w.t, 20, strings.Count(result.Stderr, "sent TERM: pid="), result.Stderr)
	})
}

// ends starts the standard resource, uses it, and requires that stop ends the user.
func ends(w *world, force, how, name string) {
	w.t.Helper()
	r := w.started("force_unmount", force)
	g := w.guest(how, name)
	r.does("stop", ocf.Success)
	g.diedOf(unix.SIGTERM)
	w.lacks("a")
	require.NoError(w.t, os.RemoveAll(w.path("L0")))
}

// endsNobody requires that stop fails and ends nobody.
func endsNobody(w *world, force string) ocftest.Result {
	w.t.Helper()
	r := w.started("force_unmount", force).timed(2000)
	g := w.guest("cwd", "a")
	result := r.does("stop", ocf.ErrGeneric)
	g.lives()
	w.has("a")
	require.Contains(w.t, result.Reason, fmt.Sprintf("%s is busy: used by pid %d (%s: its working directory)",
		w.path("a"), g.cmd.Process.Pid, "exe"))
	return result
}

func TestStopSaysWhatKeepsTheMount(t *testing.T) {
	t.Parallel()
	row(t, "row 92: a loop device on a file of the mount is named", func(w *world) {
		r := w.started().timed(4000)
		file, err := os.Create(w.path("a/img"))
		require.NoError(w.t, err)
		require.NoError(w.t, file.Truncate(1<<20))
		require.NoError(w.t, file.Close())
		device, err := mount.Attach(mount.Image{Path: w.path("a/img")}, "")
		require.NoError(w.t, err)
		defer device.Close()
		result := r.does("stop", ocf.ErrGeneric)
		require.Equal(w.t, w.path("a")+" is busy: used by loop device "+device.Path+" on "+w.path("a/img"), result.Reason)
		w.has("a")
	})
	row(t, "row 93: another mount namespace that holds the device is named in the log", func(w *world) {
		r := w.started()
		g := w.guestWith(&syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}, "cwd", "b")
		result := r.does("stop", ocf.Success)
		w.lacks("a")
		g.lives()
		require.Contains(w.t, result.Stderr, "still mounted in other mount namespaces")
		require.Contains(w.t, result.Stderr, fmt.Sprintf("%s by pid %d", w.path("a"), g.cmd.Process.Pid))
	})
	row(t, "row 94: an ancestor of the agent is named and not signalled", func(w *world) {
		r := w.started()
		cmd := exec.Command("sh", "-c", `"$0" stop; echo "code $?"`, r.program())
		cmd.Dir, cmd.Env = w.path("a"), append(r.environment(), "OCF_RESKEY_CRM_meta_timeout=3000")
		out, err := cmd.CombinedOutput()
		require.NoError(w.t, err)
		require.Contains(w.t, string(out), "code 1\n")
		require.Contains(w.t, string(out), fmt.Sprintf("pid %d (sh: its working directory), an ancestor of this process",
			cmd.Process.Pid))
		w.has("a")
	})
}
