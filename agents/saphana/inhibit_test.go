package saphana

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// alone is a former primary in a cluster that has begun without the partner: the partner's last word is the
// LPT of a secondary in sync, and whether it has taken over since nobody here can know.
func (w *world) alone() {
	w.T.Helper()
	w.stopped()
	w.controls(nil)
	w.Params["AUTOMATED_REGISTER"] = "true"
	w.Cluster.Crash("suse02")
	result, err := w.Cluster.Run(w.T.Context(), run.Cmd{Path: "cibadmin", Args: []string{
		"--delete", "--xpath=//node_state[@uname='suse02']"}})
	require.NoError(w.T, err)
	require.True(w.T, result.OK(), result.FirstError())
}

// back is the partner in the cluster again, with the state that it publishes and the LPT that it brings along.
func (w *world) back(roles, lpt string) {
	w.T.Helper()
	w.Cluster.Start("suse02")
	w.Reboot("suse02", "roles", roles)
	w.lpt("suse02", lpt)
}

// Restart inhibition (saphana.md 13.3, 16.29), from the cluster's state to what HANA is told.
func TestAFormerPrimaryIsNotStartedAlone(t *testing.T) {
	t.Parallel()
	started := []string{"Start", "WaitforStarted 3600 1"}
	row(t, "a partner that was never seen is waited for, in the start and in each monitor", func(w *world) {
		w.alone()
		result := w.do("start", ocf.Success, "score=-9000", "clone_state=WAITING4LPA")
		require.Contains(t, result.Stderr, "LPA")
		for range 3 {
			require.Empty(t, w.control())
			time.Sleep(time.Minute)
			w.do("monitor", ocf.Success)
		}
		require.Empty(t, w.control())
	})
	row(t, "without automatic registration the start fails and names the command", func(w *world) {
		w.alone()
		w.Params["AUTOMATED_REGISTER"] = "false"
		result := w.do("start", ocf.NotRunning, "score=-9000", "clone_state=WAITING4REG")
		require.Contains(t, result.Reason, "-sr_register")
		require.Empty(t, w.control())
	})
	row(t, "it starts once the partner is back and has not taken over", func(w *world) {
		w.alone()
		w.do("start", ocf.Success, "score=-9000", "clone_state=WAITING4LPA")
		w.back(secondaryDown, "30")
		w.Call(t, "monitor")
		require.Equal(t, started, w.control())
	})
	row(t, "it becomes the secondary once the partner is back and has taken over", func(w *world) {
		w.alone()
		w.do("start", ocf.Success, "score=-9000", "clone_state=WAITING4LPA")
		w.back(primaryUp, w.ago(0))
		w.Params["DUPLICATE_PRIMARY_TIMEOUT"] = "10"
		w.becomes(register, "sync")
		w.Call(t, "monitor")
		require.Equal(t, 1, w.Count(register))
		require.Equal(t, started, w.control())
	})
	row(t, "a partner that this cluster has fenced cannot have taken over", func(w *world) {
		w.stopped()
		w.controls(nil)
		w.Cluster.Crash("suse02")
		w.Cluster.Fenced("suse02")
		w.do("start", ocf.Success, "clone_state=DEMOTED", "srHook_WDF=SWAIT", "lpt=now", "score=140")
		require.Equal(t, started, w.control())
	})
	row(t, "an administrator who starts HANA decides", func(w *world) {
		w.alone()
		w.do("start", ocf.Success, "score=-9000", "clone_state=WAITING4LPA")
		w.SAP(landscape, 4, hanatest.Up)
		w.Reboot("suse01", "roles", primaryUp)
		w.do("monitor", ocf.Success, "lpt=now", "clone_state=DEMOTED", "score=150")
		require.Empty(t, w.control(), "it runs already")
	})
}
