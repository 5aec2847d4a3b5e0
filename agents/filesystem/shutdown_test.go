package filesystem

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

// systemd is told once that the cluster unmounts network file systems, and only where there is one. The tests have a
// /run of their own, which this one shares with no other.
func TestSystemdIsToldOnce(t *testing.T) {
	w := newWorld(t)
	forced := func() *resource { return w.standard(w.disk("L0"), "force_clones", "true") }
	r := forced()
	programs := r.programs("systemctl", runtest.Says(0, ""))
	r.does("start", ocf.Success)
	r.does("stop", ocf.Success)
	require.Empty(t, programs.Lines(), "no systemd here")

	require.NoError(t, os.MkdirAll(systemdFolder, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll("/run/systemd")) })
	for range 2 {
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
	}
	require.Equal(t, []string{"systemctl daemon-reload"}, programs.Lines())
	text, err := os.ReadFile(orderFile)
	require.NoError(t, err)
	require.Equal(t, orderText, string(text))

	plain := w.standard(r.Params["device"])
	plain.Runner = noPrograms{t}
	plain.does("start", ocf.Success)
	plain.does("stop", ocf.Success)
}
