package filesystem

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// stopKills is how often each stop is killed.
const stopKills = 15

// Wherever stop is killed, with all that it has started, monitor tells the truth afterwards and the next stop leaves
// nothing (framework row F36).
func TestStopKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, force := range []string{"true", "true,move"} {
		row(t, "force_unmount="+force, func(w *world) {
			r := w.standard(w.disk("L0"), "force_unmount", force)
			whole := busyStop(r, time.Hour)
			random := rand.New(rand.NewPCG(36, uint64(len(force))))
			for kill := range stopKills {
				share := (float64(kill) + random.Float64()) / stopKills
				busyStop(r, time.Duration(share*float64(whole)))
				r.tellsTruth()
				r.runsAs("stop")
				w.lacks("a")
				w.lacks(".a")
				r.does("probe", ocf.NotRunning)
			}
		})
	}
}

// busyStop starts the resource, uses it, and stops it with a process group that is killed after a while. It returns
// how long that took.
func busyStop(r *resource, after time.Duration) time.Duration {
	r.w.t.Helper()
	r.runsAs("start")
	r.w.tmpfs("a/sub")
	g := r.w.guest("cwd", "a/sub")
	cmd := r.process("stop")
	began := time.Now()
	require.NoError(r.w.t, cmd.Start())
	timer := time.AfterFunc(after, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	_ = cmd.Wait()
	timer.Stop()
	took := time.Since(began)
	_ = g.cmd.Process.Kill()
	noCallers(r.w, cmd.Process.Pid)
	return took
}

// runsAs runs an action as a process of its own, and requires success. In this process, another test that forks may keep
// the action's lock for a moment longer.
func (r *resource) runsAs(action string) {
	r.w.t.Helper()
	code, said := runs(r.w, r.process(action))
	require.Equal(r.w.t, ocf.Success, code, said)
}

// tellsTruth requires a monitor that agrees with the table of mounts.
func (r *resource) tellsTruth() {
	r.w.t.Helper()
	table, err := mount.Read()
	require.NoError(r.w.t, err)
	_, there := table.Visible(r.w.path("a"))
	_, aside := table.Visible(r.w.path(".a"))
	switch {
	case aside:
		r.does("monitor", ocf.ErrGeneric)
	case there:
		r.does("monitor", ocf.Success)
	default:
		r.does("monitor", ocf.NotRunning)
	}
}
