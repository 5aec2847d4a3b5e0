package saphana

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf/ocftest"
)

// mostPrograms is how many programs a monitor of a pair in sync may start, SAP's tools included.
const mostPrograms = 15

// The commands of a steady monitor are a golden file: one more shows in the diff.
func TestGoldenProgramsOfASteadyMonitor(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"primary", "secondary"} {
		row(t, role, func(w *world) {
			if role == "secondary" {
				w.baseS()
			}
			w.Call(t, "monitor")
			// A primary writes the time.
			time.Sleep(time.Minute)
			w.wrote(func() { w.Call(t, "monitor") })
			lines, programs := w.Programs()
			t.Logf("%d commands, %d programs", len(lines), programs)
			require.LessOrEqual(t, programs, mostPrograms)
			ocftest.Golden(t, "programs-"+role+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}
