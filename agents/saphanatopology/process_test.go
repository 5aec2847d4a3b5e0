package saphanatopology

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
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

// real gives the world real programs: scripts that note their process and hang, or say what the imitated
// ones say.
func (w *world) real(hangs string) (dir string) {
	dir = w.T.(*testing.T).TempDir()
	script := func(name, text string) {
		body := "#!/bin/sh\n" + text + "\n"
		if name == hangs {
			// A grandchild holds the output open; both have to go.
			body = fmt.Sprintf("#!/bin/sh\necho $$ >>%s/pids\nsleep 600 &\necho $! >>%s/pids\nwait\n", dir, dir)
		}
		require.NoError(w.T, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o755))
	}
	script("getent", `echo "ha1adm:x:1001:79:SAP:/tmp:/bin/sh"`)
	script("su", `printf 'hello\0PATH=/usr/bin\0'`)
	script("systemctl", "exit 0")
	script("cibadmin", "exit 102")
	script("crm_attribute", "exit 102")
	script("setpriv", `case "$*" in *-sr_state*) cat `+dir+`/state;; *) cat `+dir+`/landscape; exit 4;; esac`)
	require.NoError(w.T, os.WriteFile(filepath.Join(dir, "state"), []byte(hanatest.Mode("primary")), 0o644))
	require.NoError(w.T, os.WriteFile(filepath.Join(dir, "landscape"), []byte(hanatest.Up), 0o644))
	w.Runner = &run.System{Path: []string{dir}}
	return dir
}

// Real processes that hang, each with a child of its own: the answer comes before the time-out, and
// nobody is left.
func TestRealProgramsThatHangAreEnded(t *testing.T) {
	for _, test := range []struct {
		action, hangs string
		code          ocf.Code
	}{
		{"monitor", "cibadmin", ocf.Success},
		{"start", "systemctl", ocf.Success},
		{"stop", "setpriv", ocf.ErrGeneric},
		{"stop", "getent", ocf.Success},
		{"stop", "su", ocf.Success},
	} {
		t.Run(test.action+" while "+test.hangs+" hangs", func(t *testing.T) {
			t.Parallel()
			const timeout = 4 * time.Second
			w := newWorld(t)
			dir := w.real(test.hangs)
			began := time.Now()
			result := w.CallWith(t, test.action, map[string]string{"OCF_RESKEY_CRM_meta_timeout": strconv.FormatInt(timeout.Milliseconds(), 10)})
			require.Less(t, time.Since(began), timeout)
			require.Equal(t, test.code, result.Code, result.Stderr)
			pids, err := os.ReadFile(filepath.Join(dir, "pids"))
			require.NoError(t, err)
			for _, pid := range strings.Fields(string(pids)) {
				require.Eventually(t, func() bool { return runtest.Ended(pid) }, time.Second, 10*time.Millisecond, "%s: %s", test.hangs, pid)
			}
		})
	}
}
