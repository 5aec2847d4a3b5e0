package saphanatopology

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

// most is how many programs a monitor of a pair in sync may start, SAP's tools included.
const most = 12

// The commands of a steady monitor are a golden file: one more shows in the diff. setpriv becomes the tool
// behind the double dash, so each such line is two executions and one process.
func TestGoldenProgramsOfASteadyMonitor(t *testing.T) {
	for _, role := range []string{"primary", "secondary"} {
		row(t, role, func(w *world) {
			if role == "secondary" {
				w.SAP(state, 0, hanatest.Mode("sync"))
				w.Reboot("suse01", "roles", "4:S:master1:master:worker:master")
			}
			w.do("monitor", ocf.Success)
			w.do("monitor", ocf.Success)
			var lines []string
			programs := 0
			for _, call := range w.Cluster.Calls() {
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
			ocftest.Golden(t, "programs-"+role+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}
