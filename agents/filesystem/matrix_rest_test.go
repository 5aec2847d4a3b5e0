package filesystem

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/lab"
)

func TestPrivilegesAndPrograms(t *testing.T) {
	t.Parallel()
	row(t, "row 107: start needs root", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.UID = 1000
		r.does("start", ocf.ErrPerm)
		r.does("monitor", ocf.NotRunning)
		r.does("stop", ocf.Success)
		r.does("validate-all", ocf.Success)
		w.lacks("")
	})
	row(t, "row 107: in the codes of 4.12", func(w *world) {
		r := w.standard(w.disk("L0")).under("OCFBOX_COMPAT", "4.12")
		r.UID = 1000
		r.does("start", ocf.ErrGeneric)
	})
	row(t, "row 108: no program is needed to probe and to start", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.Runner = noPrograms{w.t}
		r.does("probe", ocf.NotRunning)
		r.cycle()
	})
	row(t, "a mount that is left to a program needs that program", func(w *world) {
		r := w.standard(w.disk("L0"), "options", "_netdev")
		r.Runner = &runtest.Script{Programs: map[string]runtest.Program{"mount": runtest.Fails(run.ErrNotFound)}}
		r.does("start", ocf.ErrInstalled)
	})
	row(t, "a program mount that hangs ends with the operation", func(w *world) {
		r := w.standard(w.disk("L0"), "options", "_netdev")
		r.programs("mount", runtest.Fails(run.ErrTimeout))
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "no answer in time")
	})
	row(t, "a program mount that says it has mounted, and has not", func(w *world) {
		r := w.standard(w.disk("L0"), "options", "_netdev")
		r.programs("mount", runtest.Says(0, ""))
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "nothing is mounted on "+w.path("a"))
	})
	row(t, "a program mount that has mounted something else: it is taken back", func(w *world) {
		other := w.disk("L1")
		r := w.standard(w.disk("L0"), "options", "_netdev")
		r.Runner = mounter{other, w}
		r.does("start", ocf.ErrGeneric)
		w.lacks("")
	})
}

// A mounter is a program mount that mounts what it was not asked to.
type mounter struct {
	device string
	w      *world
}

func (m mounter) Run(_ context.Context, _ run.Cmd) (run.Result, error) {
	m.w.mount(m.device, "a", "ext4", "")
	return run.Result{}, nil
}

func TestAServerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	row(t, "row 109: monitor answers at once", func(w *world) {
		w.hang("a")
		r := w.resource("device", "srv:/x", "directory", w.path("a"), "fstype", "nfs")
		began := time.Now()
		r.does("monitor", ocf.Success)
		r.does("probe", ocf.Success)
		r.does("status", ocf.Success)
		require.Less(w.t, time.Since(began), time.Second, "nobody was asked")
	})
	row(t, "row 109: so it does when the table must be read", func(w *world) {
		w.hang("a")
		other := w.standard(w.disk("L0"))
		other.does("monitor", ocf.ErrGeneric)
		other.does("probe", ocf.NotRunning)
		other.does("start", ocf.ErrGeneric)
	})
	row(t, "row 109: a monitor of level 20 ends within its time-out", func(w *world) {
		w.hang("a")
		r := w.resource("device", "srv:/x", "directory", w.path("a"), "fstype", "nfs")
		began := time.Now()
		got := r.doesWith("monitor", ocf.ErrGeneric, "OCF_CHECK_LEVEL", "20", "OCF_RESKEY_CRM_meta_timeout", "2000")
		require.Contains(w.t, got.Reason, "does not come back")
		require.Less(w.t, time.Since(began), 2*time.Second)
	})
}

// hang mounts a file system whose server never answers (the recipe after the matrix).
func (w *world) hang(name string) {
	w.t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		lab.Missing(w.t, "this test needs /dev/fuse: "+err.Error())
	}
	w.t.Cleanup(func() { unix.Close(fd) })
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)
	require.NoError(w.t, unix.Mount("srv:/x", w.path(name), "fuse.hang", 0, options))
}

func TestManyMountsCostAMonitorNothing(t *testing.T) {
	t.Parallel()
	row(t, "row 113: with a thousand mounts a monitor is one process of at most 8 ms of CPU", func(w *world) {
		r := w.standard(w.disk("L0"))
		for i := range 1000 {
			name := fmt.Sprintf("many/%d", i)
			w.mkdir(name)
			require.NoError(w.t, unix.Mount(w.path("b"), w.path(name), "", unix.MS_BIND, ""))
		}
		r.does("start", ocf.Success)
		r.Runner = noPrograms{w.t}
		r.does("monitor", ocf.Success)
		least := time.Hour
		for range 10 { // the least of ten: what else the machine does is not its cost
			cmd := r.process("monitor")
			require.NoError(w.t, cmd.Run())
			least = min(least, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		}
		require.LessOrEqual(w.t, least, 8*time.Millisecond)
	})
}

func TestResourceScripts(t *testing.T) {
	t.Parallel()
	script := func(w *world, want ocf.Code, line string, words ...string) ocftest.Result {
		r := &ocftest.Resource{Agent: &Agent, State: w.state, Runner: new(run.System)}
		got := r.Dispatch(w.t, nil, "/etc/ha.d/resource.d/Filesystem", words...)
		require.Equal(w.t, want, got.Code, got.Stderr)
		require.Equal(w.t, line, got.Stdout)
		return got
	}
	row(t, "row 114: start, status and stop of a resource script", func(w *world) {
		disk := w.disk("L0")
		script(w, ocf.Success, "INFO:  Success\n", disk, w.path("a"), "ext4", "start")
		w.has("a")
		script(w, ocf.Success, "INFO:  Running OK\n", disk, w.path("a"), "ext4", "status")
		require.FileExists(w.t, w.state+"/Filesystem-Filesystem_"+strings.ReplaceAll(disk, "/", "_")+".state")
		script(w, ocf.Success, "INFO:  Success\n", disk, w.path("a"), "ext4", "stop")
		w.lacks("a")
	})
	row(t, "row 115: status of a resource script that is stopped", func(w *world) {
		script(w, ocf.NotRunning, "INFO:  Resource is stopped\n", w.disk("L0"), w.path("a"), "status")
	})
	row(t, "row 116: a type that the kernel does not have any more", func(w *world) {
		if known, err := mount.TypeKnown("reiserfs"); err != nil || known {
			lab.Missing(w.t, "this kernel has reiserfs, and the test is of one that has not")
		}
		script(w, ocf.ErrInstalled, "ERROR:  not installed\n", w.disk("L0"), w.path("a"), "reiserfs", "start")
	})
	row(t, "row 117: two words on the cluster's path", func(w *world) {
		r := w.standard(w.disk("L0"))
		got := r.Words(w.t, "start", "x")
		require.Equal(w.t, ocf.ErrArgs, got.Code)
		require.Contains(w.t, got.Stderr, "start|stop|status|monitor|validate-all|meta-data")
		require.Equal(w.t, ocf.ErrArgs, r.Words(w.t).Code)
	})
	row(t, "options of a resource script, and a label in place of a device", func(w *world) {
		w.disk("L0", "-L", "hb"+w.dir[len(w.dir)-6:])
		script(w, ocf.Success, "INFO:  Success\n", "-Lhb"+w.dir[len(w.dir)-6:], w.path("a"), "ext4", "ro,noatime", "start")
		require.True(w.t, w.has("a").ReadOnly())
	})
	row(t, "a resource script with too many words or too few", func(w *world) {
		for _, words := range [][]string{{"/dev/x", "/m", "ext4", "ro", "c", "start"}, {"/dev/x", "start"}} {
			r := &ocftest.Resource{Agent: &Agent, State: w.state}
			got := r.Dispatch(w.t, nil, "/etc/ha.d/resource.d/Filesystem", words...)
			require.Equal(w.t, ocf.ErrGeneric, got.Code)
			require.Contains(w.t, got.Stdout, "usage: ")
		}
	})
}
