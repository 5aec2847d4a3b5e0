package saphana

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf/ocftest"
)

// mostPrograms is how many programs a monitor of a pair in sync may start, SAP's tools included.
const mostPrograms = 15

// The commands of a steady monitor are a golden file: one more shows in the diff. setpriv becomes the tool
// behind the double dash, so each such line is two executions and one process.
func TestGoldenProgramsOfASteadyMonitor(t *testing.T) {
	for _, role := range []string{"primary", "secondary"} {
		row(t, role, func(w *world) {
			if role == "secondary" {
				w.baseS()
			}
			w.Call(t, "monitor")
			// A primary writes the time.
			time.Sleep(time.Minute)
			w.wrote(func() { w.Call(t, "monitor") })
			var lines []string
			programs := 0
			for _, call := range w.Cluster.Calls() {
				lines = append(lines, strings.ReplaceAll(call.String(), w.Root, ""))
				programs++
				if call.Path == "setpriv" {
					programs++
				}
			}
			t.Logf("%d commands, %d programs", len(lines), programs)
			require.LessOrEqual(t, programs, mostPrograms)
			slices.Sort(lines)
			ocftest.Golden(t, "programs-"+role+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}
