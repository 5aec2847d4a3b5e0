package filesystem

import (
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// Pacemaker kills a start whose time is up. Whatever moment that is, the next start or stop puts things right, and
// nothing is mounted after a stop that has said so.
func TestStartKilledAnywhere(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(w *world) *resource{
		"a block device": func(w *world) *resource { return w.standard(w.disk("L0")) },
		"an image file":  func(w *world) *resource { return w.standard(w.image("L0"), "options", "loop") },
		"tmpfs": func(w *world) *resource {
			return w.resource("device", "tmpfs", "directory", w.path("a"), "fstype", "tmpfs")
		},
		"a device of no given type": func(w *world) *resource { return w.standard(w.disk("L0"), "fstype", "", "run_fsck", "no") },
	} {
		row(t, name, func(w *world) { everyMoment(w, of(w), func(mount.Entry) {}) })
	}
	row(t, "row 112: a read-only bind mount is read-only from the first moment or not there", func(w *world) {
		w.mount(w.disk("L1"), "src", "ext4", "")
		r := w.resource("device", w.path("src"), "directory", w.path("a"), "fstype", "none", "options", "bind,ro")
		everyMoment(w, r, func(e mount.Entry) {
			require.True(w.t, mount.HasOption(e.Options, "ro"), "%s is mounted %s", e.Point, e.Options)
			require.False(w.t, w.has("src").ReadOnly())
		})
	})
}

// everyMoment starts the resource again and again, kills it a little later each time, and looks at what is mounted
// then. After that a stop must leave nothing, every second time without a start before it.
func everyMoment(w *world, r *resource, check func(mount.Entry)) {
	w.t.Helper()
	began := time.Now()
	require.NoError(w.t, r.process("start").Run())
	whole := time.Since(began)
	r.does("stop", ocf.Success)
	const moments = 24
	for i := range moments {
		killedAfter(w, r.process("start"), whole*time.Duration(i)/(moments-4))
		for _, e := range w.mounts("a") {
			check(e)
		}
		if i%2 == 0 {
			r.does("start", ocf.Success)
			check(w.has("a"))
			r.does("monitor", ocf.Success)
		}
		r.does("stop", ocf.Success)
		w.lacks("a")
		r.does("monitor", ocf.NotRunning)
	}
}

// killedAfter kills the process and its group when it has run for a while.
func killedAfter(w *world, cmd *exec.Cmd, after time.Duration) {
	w.t.Helper()
	require.NoError(w.t, cmd.Start())
	timer := time.NewTimer(after)
	defer timer.Stop()
	<-timer.C
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
	_ = cmd.Wait()
}
