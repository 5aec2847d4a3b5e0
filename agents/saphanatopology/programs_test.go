package saphanatopology

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

// most is how many programs a monitor of a pair in sync may start, SAP's tools included.
const most = 12

// The commands of a steady monitor are a golden file: one more shows in the diff.
func TestGoldenProgramsOfASteadyMonitor(t *testing.T) {
	for _, role := range []string{"primary", "secondary"} {
		row(t, role, func(w *world) {
			if role == "secondary" {
				w.SAP(state, 0, hanatest.Mode("sync"))
				w.Reboot("suse01", "roles", "4:S:master1:master:worker:master")
			}
			w.do("monitor", ocf.Success)
			w.do("monitor", ocf.Success)
			lines, programs := w.Programs()
			t.Logf("%d commands, %d programs", len(lines), programs)
			require.LessOrEqual(t, programs, most)
			ocftest.Golden(t, "programs-"+role+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}
