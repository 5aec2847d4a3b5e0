package saphanatopology

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

// most is how many programs a monitor of a pair in sync may start, SAP's tools included.
const most = 12

// The commands of a steady monitor are a golden file: one more shows in the diff. setpriv becomes the tool
// behind the double dash, so each such line is two executions and one process.
func TestGoldenProgramsOfASteadyMonitor(t *testing.T) {
	for _, role := range []string{"primary", "secondary"} {
		row(t, role, func(w *world) {
			if role == "secondary" {
				w.sap(state, 0, mode("sync"))
				w.reboot("suse01", "roles", "4:S:master1:master:worker:master")
			}
			w.do("monitor", ocf.Success)
			w.do("monitor", ocf.Success)
			var lines []string
			programs := 0
			for _, call := range w.cluster.Calls() {
				lines = append(lines, call.String())
				programs++
				if call.Path == "setpriv" {
					programs++
				}
			}
			t.Logf("%d commands, %d programs", len(lines), programs)
			require.LessOrEqual(t, programs, most)
			// They run side by side, in any order.
			slices.Sort(lines)
			golden(t, "programs-"+role+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}

func golden(t *testing.T, name, text string) {
	path := filepath.Join("testdata", name)
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "%s: make golden", path)
}
