package synccheck

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// The test binary is the guard of the programs that it runs.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == run.GuardName {
		os.Exit(run.Guard(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// Real processes that hang, each with a child of its own: the answer comes before the time-out, and nobody is left.
func TestRealProgramsThatHangAreEnded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		action, hangs string
		code          ocf.Code
	}{
		{"start", "drbdsetup", ocf.Success},
		{"monitor", "drbdsetup", ocf.Success},
		{"monitor", "cibadmin", ocf.ErrGeneric},
		{"stop", "drbdsetup", ocf.Success},
		{"stop", "cibadmin", ocf.Success},
	} {
		t.Run(test.action+" while "+test.hangs+" hangs", func(t *testing.T) {
			t.Parallel()
			const timeout = 4 * time.Second
			w := running(t, drbdtest.DRBD84)
			w.situation("09-link-cut-written")
			m := w.nodes[alfa]
			dir := m.real(test.hangs)
			began := time.Now()
			result := m.CallWith(t, test.action, map[string]string{"OCF_RESKEY_CRM_meta_timeout": strconv.FormatInt(timeout.Milliseconds(), 10)})
			require.Less(t, time.Since(began), timeout)
			require.Equal(t, test.code, result.Code, result.Stderr)
			pids, err := os.ReadFile(filepath.Join(dir, "pids"))
			require.NoError(t, err)
			for _, pid := range strings.Fields(string(pids)) {
				require.Eventually(t, func() bool { return runtest.Ended(pid) }, 2*time.Second, 10*time.Millisecond, "%s: %s", test.hangs, pid)
			}
		})
	}
}

// real gives the machine real programs: scripts that say what the imitated ones do, and one that notes its process and
// hangs, with a grandchild that holds its output open.
func (m *machine) real(hangs string) (dir string) {
	t := m.world.t
	dir = t.(*testing.T).TempDir()
	events, _ := drbdtest.File(m.world.folder, "09-link-cut-written", m.name).Find("drbdsetup events2 --now --statistics")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "events"), []byte(events.Stdout), 0o644))
	for name, body := range map[string]string{"drbdsetup": "cat " + dir + "/events", "cibadmin": "exit 102", "crm_attribute": "exit 102"} {
		if name == hangs {
			body = fmt.Sprintf("echo $$ >>%s/pids\nsleep 600 &\necho $! >>%s/pids\nwait", dir, dir)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	}
	m.Runner = &run.System{Path: []string{dir, "/usr/bin", "/bin"}}
	return dir
}
