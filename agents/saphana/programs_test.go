package saphana

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
			for _, call := range w.cluster.Calls() {
				lines = append(lines, strings.ReplaceAll(call.String(), w.root, ""))
				programs++
				if call.Path == "setpriv" {
					programs++
				}
			}
			t.Logf("%d commands, %d programs", len(lines), programs)
			require.LessOrEqual(t, programs, mostPrograms)
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
