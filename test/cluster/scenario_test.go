package cluster_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/repertoire"
	"ocfbox/test/lab/report"
	"ocfbox/test/lab/scenario"
	"ocfbox/test/lab/trajectory"
)

func TestScenarios(t *testing.T) {
	needLab(t)
	chosen := repertoire.All()
	if testing.Short() {
		chosen = repertoire.Smoke()
	}
	p := place(t)
	r := scenario.Runner{
		Options: cluster.Options{Place: p, Nodes: cluster.Names(2), Agents: agents(t)},
		Folder:  t.ArtifactDir(), Out: testLog(t),
	}
	var results []scenario.Result
	for _, s := range chosen {
		t.Run(s.Name, func(t *testing.T) {
			r.Out = testLog(t)
			result := r.Run(t.Context(), s)
			results = append(results, result)
			require.NoError(t, result.Err)
			requirePicture(t, result.Trajectory)
		})
	}
	t.Log("\n" + scenario.Table(results))
}

// requirePicture demands that a trajectory can be read back and drawn.
func requirePicture(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	entries, err := trajectory.Read(file)
	require.NoError(t, err)
	page, err := os.Create(filepath.Join(t.TempDir(), "page.html"))
	require.NoError(t, err)
	defer page.Close()
	require.NoError(t, report.Write(page, entries))
}
