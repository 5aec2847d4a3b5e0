package synccheck

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// late is a program that answers after a while, if its time is not up before.
func late(program runtest.Program, pause time.Duration) runtest.Program {
	return func(ctx context.Context, c run.Cmd) (run.Result, error) {
		select {
		case <-time.After(pause):
			return program(ctx, c)
		case <-ctx.Done():
			return runtest.Fails(run.ErrTimeout)(ctx, c)
		}
	}
}

// The ways in which a command may go wrong.
var faults = map[string]func(was runtest.Program) runtest.Program{
	"is missing":      func(runtest.Program) runtest.Program { return crmtest.Missing },
	"fails":           func(runtest.Program) runtest.Program { return runtest.Complains(20, "Unknown failure") },
	"hangs":           func(runtest.Program) runtest.Program { return runtest.Hangs },
	"prints rubbish":  func(runtest.Program) runtest.Program { return runtest.Rubbish() },
	"prints nothing":  func(runtest.Program) runtest.Program { return runtest.Says(0, "") },
	"answers in time": func(was runtest.Program) runtest.Program { return late(was, 3*time.Second) },
}

// spoil makes one command of alfa go wrong.
func (w *world) spoil(command string, fault func(runtest.Program) runtest.Program) {
	m := w.nodes[alfa]
	m.mu.Lock()
	was, ours := m.drbd[command]
	m.mu.Unlock()
	if ours {
		m.answer(fault(was))
		return
	}
	inner := func(ctx context.Context, c run.Cmd) (run.Result, error) {
		w.cluster.Override(command, nil)
		defer w.spoil(command, fault)
		return w.cluster.On(alfa).Run(ctx, c)
	}
	w.cluster.Override(command, fault(inner))
}

// Every command, in every action, in each way, on a primary whose peer is there, and on one whose peer is not: the answer
// comes before the time-out with the right code, nothing is left running (a synctest bubble cannot end while something
// is), the primary keeps its state, and the other node is never called better than it is.
func TestFaultMatrix(t *testing.T) {
	n := 0
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		for _, situation := range []string{"05-healthy", "09-link-cut-written"} {
			for _, action := range []string{"start", "monitor", "probe", "stop", "validate-all"} {
				for _, command := range []string{"drbdsetup", "cibadmin", "crm_attribute", "crm_node"} {
					for how, fault := range faults {
						n++
						t.Run(strings.Join([]string{folder, situation, action, command, how}, " "), func(t *testing.T) {
							t.Parallel()
							synctest.Test(t, func(t *testing.T) { faulty(t, folder, situation, action, command, how, fault) })
						})
					}
				}
			}
		}
	}
	require.Equal(t, 2*2*5*4*6, n)
}

func faulty(t *testing.T, folder, situation, action, command, how string, fault func(runtest.Program) runtest.Program) {
	w := running(t, folder)
	m := w.nodes[alfa]
	w.situation(situation)
	if command == "crm_node" {
		m.Env["OCF_RESKEY_CRM_meta_on_node"] = "-"
	}
	w.spoil(command, fault)
	env := map[string]string{}
	word := action
	if action == "probe" {
		word, env["OCF_RESKEY_CRM_meta_interval"] = "monitor", "0"
	}
	began := time.Now()
	result := m.CallWith(t, word, env)
	require.Less(t, time.Since(began), 30*time.Second)
	w.cluster.Override(command, nil)

	lost := situation != "05-healthy"
	speaks := action == "start" || action == "monitor"
	// A primary that cannot tell the cluster that its peer is stale fails; it does not know that while DRBD is silent.
	mute := lost && speaks && command != "drbdsetup" && how != "answers in time" &&
		!(command == "crm_attribute" && strings.HasPrefix(how, "prints"))
	want := ocf.Success
	if mute {
		want = ocf.ErrGeneric
		require.NotEmpty(t, result.Reason)
	}
	require.Equal(t, want, result.Code, result.Stderr)
	require.Equal(t, StatePrimary, w.states()[0], "a primary keeps its service")
	told := lost && speaks && !mute && (command != "drbdsetup" || how == "answers in time") && !(command == "crm_attribute" && strings.HasPrefix(how, "prints"))
	if told {
		require.Equal(t, StateFail, w.states()[1])
	}
	require.NotContains(t, result.Reason, "\n")
}

func TestWhatIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		params map[string]string
		env    map[string]string
		uid    int
		code   ocf.Code
		reason string
	}{
		"not root":                        {uid: 1000, code: ocf.ErrPerm, reason: "needs root"},
		"no resource":                     {params: map[string]string{"resource": ""}, code: ocf.ErrConfigured, reason: "parameter resource"},
		"a resource that is a path":       {params: map[string]string{"resource": "a/b"}, code: ocf.ErrConfigured, reason: `"a/b" is no name`},
		"a pair of devices":               {params: map[string]string{"resource": "pair:/etc/pair"}, code: ocf.ErrConfigured, reason: "pair:FILE is not accepted yet"},
		"mode verify":                     {params: map[string]string{"mode": "verify"}, code: ocf.ErrConfigured, reason: "verify is not accepted yet"},
		"another mode":                    {params: map[string]string{"mode": "deep"}, code: ocf.ErrConfigured, reason: `"deep" is neither`},
		"a class that there is not":       {params: map[string]string{"fail_on": "DEGRADED BROKEN"}, code: ocf.ErrConfigured, reason: `"BROKEN" is none of`},
		"the class of health":             {params: map[string]string{"fail_on": "OK"}, code: ocf.ErrConfigured, reason: `"OK" is none of`},
		"a code that Pacemaker would act": {params: map[string]string{"degraded_rc": "7"}, code: ocf.ErrConfigured, reason: `"7" is none of 0, 1 and 190`},
		"a time that is none":             {params: map[string]string{"settle": "2s"}, code: ocf.ErrConfigured, reason: "parameter settle"},
		"a prefix that is none":           {params: map[string]string{"attr_prefix": "a b"}, code: ocf.ErrConfigured, reason: "parameter attr_prefix"},
		"two instances a node":            {env: map[string]string{"OCF_RESKEY_CRM_meta_clone_node_max": "2"}, code: ocf.ErrConfigured, reason: "clone-node-max must be 1"},
		"a resource that is not here":     {params: map[string]string{"resource": "r7"}, code: ocf.ErrInstalled, reason: `no resource "r7"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, action := range []string{"start", "validate-all"} {
				w := newWorld(t, drbdtest.DRBD84)
				m := w.nodes[alfa]
				for key, value := range row.params {
					m.Params[key] = value
				}
				m.UID = row.uid
				result := m.CallWith(t, action, row.env)
				require.Equal(t, row.code, result.Code)
				require.Contains(t, result.Reason, row.reason)
				require.Equal(t, [2]State{"", ""}, w.states())
			}
		})
	}
}

func TestAStopIsNotKeptByWrongParameters(t *testing.T) {
	t.Parallel()
	w := running(t, drbdtest.DRBD84)
	m := w.nodes[bravo]
	m.Params = map[string]string{"resource": "pair:x", "mode": "deep", "attr_prefix": "other-"}
	require.Equal(t, ocf.Success, m.Call(t, "stop").Code)
	require.Empty(t, w.states()[1], "what was written is removed, whatever the parameters are now")
	m.UID = 1000
	require.Equal(t, ocf.ErrPerm, m.Call(t, "stop").Code)
}

// Without the kernel's module no command of DRBD's is run: each would load it.
func TestWithoutTheModuleNothingIsRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, drbdtest.DRBD84)
	m := w.nodes[alfa]
	require.NoError(t, os.Remove(m.at("proc/drbd")))
	forbid := func(_ context.Context, c run.Cmd) (run.Result, error) {
		t.Errorf("%v is run without the module", c)
		return run.Result{}, nil
	}
	m.drbd["drbdsetup"], m.drbd["drbdadm"] = forbid, forbid
	for _, action := range []string{"validate-all", "start", "monitor", "monitor", "probe"} {
		require.Equal(t, ocf.Success, m.Call(t, strings.Replace(action, "probe", "monitor", 1)).Code)
	}
	require.Equal(t, StateUnknown, w.states()[0])
	m.Params["fail_on"] = "UNKNOWN"
	require.Contains(t, m.Call(t, "monitor").Reason, "r0 is UNKNOWN: the kernel has no DRBD")
	require.Equal(t, ocf.Success, m.Call(t, "stop").Code)
	require.Empty(t, w.states()[0])
}

func TestTheConfigurationIsReadWithoutATool(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"in the first file":           {map[string]string{"etc/drbd.conf": "global { usage-count no; }\nresource r0 { protocol C; }\n"}, true},
		"in an included file":         {map[string]string{"etc/drbd.conf": "include \"drbd.d/*.res\";", "etc/drbd.d/a.res": "resource \"r0\"{\n}"}, true},
		"only in a comment":           {map[string]string{"etc/drbd.conf": "# resource r0 {\nresource r1 { }"}, false},
		"only as part of another":     {map[string]string{"etc/drbd.conf": "resource r00 { } common { resource r0; }"}, false},
		"a file that includes itself": {map[string]string{"etc/drbd.conf": "include \"drbd.conf\";"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &checker{root: t.TempDir()}
			for path, text := range row.files {
				path = filepath.Join(a.root, path)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
			}
			found, err := a.defined("r0")
			require.NoError(t, err)
			require.Equal(t, row.want, found)
		})
	}
}

// The record may be damaged, or from before: then the agent counts as stopped, or starts afresh.
func TestADamagedRecordIsNoRecord(t *testing.T) {
	t.Parallel()
	w := running(t, drbdtest.DRBD84)
	m := w.nodes[alfa]
	path := filepath.Join(m.State, "synccheck-t")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("rubbish"), 0o600))
	require.Equal(t, ocf.NotRunning, m.Call(t, "monitor").Code)
	damaged := strings.ReplaceAll(string(text), "{", "<")
	require.NoError(t, os.WriteFile(path, []byte(damaged), 0o600))
	require.Equal(t, ocf.Success, m.Call(t, "monitor").Code)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	require.Equal(t, ocf.Success, m.Call(t, "monitor").Code)
}
