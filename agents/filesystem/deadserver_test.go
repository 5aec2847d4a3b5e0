package filesystem

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/abandon"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/test/lab"
	"ocfbox/test/lab/fuse"
)

// dead is a resource of a server that does not answer, mounted by other means.
func (w *world) dead(how fuse.Mode, more ...string) *resource {
	w.t.Helper()
	lab.MountDead(w.t, w.path("a"), how)
	return w.resource(append([]string{"device", "srv:/x", "directory", w.path("a"), "fstype", "nfs"}, more...)...)
}

// stuck starts a process whose working directory is on the dead server's file system and that waits for the server
// in the kernel.
func (w *world) stuck(name string) *guest {
	w.t.Helper()
	g := w.guest("stuck", name)
	stat := fmt.Sprintf("/proc/%d/task", g.cmd.Process.Pid)
	require.Eventually(w.t, func() bool {
		tasks, _ := filepath.Glob(stat + "/*/stat")
		for _, task := range tasks {
			text, _ := os.ReadFile(task)
			if _, rest, _ := strings.Cut(string(text), ") "); strings.HasPrefix(rest, "D") || strings.HasPrefix(rest, "S") {
				wait, _ := os.ReadFile(filepath.Dir(task) + "/wchan")
				if strings.Contains(string(wait), "request_wait") || strings.Contains(string(wait), "fuse") {
					return true
				}
			}
		}
		return false
	}, patience, 5*time.Millisecond, "the process does not wait for the server")
	return g
}

// noCallers requires that no process that makes calls is left, but those of tests beside this one.
func noCallers(w *world, of int) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, file := range all {
			text, _ := os.ReadFile(file)
			status, _ := os.ReadFile(filepath.Dir(file) + "/status")
			if strings.HasPrefix(string(text), abandon.Name) && strings.Contains(string(status), fmt.Sprintf("\nNSpgid:\t%d\n", of)) {
				return false
			}
		}
		return true
	}, patience, 5*time.Millisecond, "a calling process is left")
}

// beginning is what the start of the big test binary may take on a busy machine, before the agent's time begins.
const beginning = time.Second

func TestADeadServer(t *testing.T) {
	t.Parallel()
	for _, how := range []struct {
		name string
		how  fuse.Mode
	}{{"a server that takes no requests", fuse.Silent}, {"a server that takes requests and does not answer", fuse.Mute}} {
		row(t, "row 109: monitor sees the mount at once, "+how.name, func(w *world) {
			r := w.dead(how.how)
			quickest := time.Hour // the tests beside this one take their time
			for range 5 {
				duration, _ := took(func() ocftest.Result { return r.does("monitor", ocf.Success) })
				quickest = min(quickest, duration)
			}
			require.Less(w.t, quickest, 50*time.Millisecond)
		})
		row(t, "row 110: stop unmounts it at once, "+how.name, func(w *world) {
			quickest := time.Hour
			for range 5 {
				r := w.dead(how.how)
				duration, _ := took(func() ocftest.Result { return r.does("stop", ocf.Success) })
				quickest = min(quickest, duration)
				w.lacks("a")
			}
			require.Less(w.t, quickest, 200*time.Millisecond)
		})
	}
	row(t, "row 110a: a process that not even KILL ends is ended by force, twenty times in a row", func(w *world) {
		for range 20 {
			r := w.dead(fuse.Mute, "signal_delay", "0.2").timed(4000)
			g := w.stuck("a")
			r.stopsInTime(ocf.Success)
			w.lacks("a")
			g.died()
		}
	})
	row(t, "a monitor does not ask a program that serves a block device", func(w *world) {
		device := w.disk("L0")
		lab.MountDeadFrom(w.t, device, w.mkdir("a"), fuse.BlockType, fuse.Silent)
		r := w.standard(device, "fstype", fuse.BlockType)
		duration, _ := took(func() ocftest.Result { return r.does("monitor", ocf.Success) })
		require.Less(w.t, duration, patience)
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "with force_unmount=false nobody is ended, and stop says in time that it has failed", func(w *world) {
		r := w.dead(fuse.Mute, "force_unmount", "false").timed(4000)
		g := w.stuck("a")
		said := r.stopsInTime(ocf.ErrGeneric)
		require.Contains(w.t, said, fmt.Sprintf("%s is busy: used by pid %d", w.path("a"), g.cmd.Process.Pid))
		w.has("a")
		g.lives()
	})
	row(t, "the deeper monitor gives up in time, twenty times in a row", func(w *world) {
		r := w.dead(fuse.Mute)
		for range 20 {
			cmd := r.timed(2000).process("monitor")
			cmd.Env = append(cmd.Env, "OCF_CHECK_LEVEL=20")
			began := time.Now()
			code, text := runs(w, cmd)
			require.Equal(w.t, ocf.ErrGeneric, code, text)
			require.Less(w.t, time.Since(began), 2*time.Second+beginning)
		}
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
}

// stopsInTime stops the resource as Pacemaker does, and requires that it ends before Pacemaker would end it and
// leaves no process behind.
func (r *resource) stopsInTime(want ocf.Code) (said string) {
	r.w.t.Helper()
	cmd := r.process("stop")
	began := time.Now()
	code, said := runs(r.w, cmd)
	require.Equal(r.w.t, want, code, said)
	require.Less(r.w.t, time.Since(began), 4*time.Second+beginning)
	noCallers(r.w, cmd.Process.Pid)
	return said
}

// runs runs a process of the agent as Pacemaker does and returns its code and what it says.
func runs(w *world, cmd *exec.Cmd) (ocf.Code, string) {
	w.t.Helper()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	require.NotNil(w.t, cmd.ProcessState, "%v", cmd.Args)
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		require.Fail(w.t, "the agent was killed", "%v: %s", status.Signal(), out.String())
	}
	return ocf.Code(cmd.ProcessState.ExitCode()), out.String()
}
