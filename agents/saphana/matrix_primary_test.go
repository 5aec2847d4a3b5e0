package saphana

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

const (
	promoted = ocf.RunningPromoted
	failed   = ocf.FailedPromoted
)

// The rows of saphana.md 17 about the monitor of a primary. A row that says ours differs from the shell
// agent as section 17.1 lists.
func TestMatrixMonitorPrimary(t *testing.T) {
	t.Parallel()
	row(t, "row 1: a steady primary", func(w *world) {
		w.do("monitor", promoted, "lpt=now")
		require.Equal(t, w.ago(0), w.fileLPT())
		require.Equal(t, 1, w.Count("--site=ROT"))
	})
	row(t, "row 2: landscape info", func(w *world) {
		w.SAP(landscape, 3, hanatest.Up)
		w.do("monitor", promoted, "lpt=now")
	})
	row(t, "row 3: landscape warning", func(w *world) {
		w.SAP(landscape, 2, hanatest.Up)
		w.do("monitor", promoted, "lpt=now")
	})
	row(t, "row 4: landscape fatal, ours: unknown, and a failure the third time", func(w *world) {
		w.SAP(landscape, 0, "")
		w.do("monitor", promoted)
		w.do("monitor", promoted)
		w.do("monitor", ocf.ErrGeneric)
	})
	row(t, "row 5: down, takeover preferred, partner in sync", func(w *world) {
		w.down(primaryUp)
		w.do("monitor", failed, "score=5")
	})
	row(t, "row 6: down, and the partner already is the primary", func(w *world) {
		w.down(primaryUp)
		w.hook("ROT", "PRIM")
		w.Reboot("suse02", "roles", primaryUp)
		w.do("monitor", failed, "lpt=20", "score=5")
	})
	row(t, "row 7: down, partner not in sync", func(w *world) {
		w.down(primaryUp)
		w.hook("ROT", "SFAIL")
		w.do("monitor", failed)
	})
	row(t, "row 8: down, local restart preferred", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		w.down(primaryDown)
		w.do("monitor", failed, "score=140")
	})
	row(t, "row 9: down, local restart preferred, roles not refreshed yet", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		w.down(primaryUp)
		w.do("monitor", failed)
	})
	row(t, "row 10: down, never", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "never"
		w.down(primaryDown)
		w.do("monitor", failed, "score=-INFINITY")
	})
	row(t, "row 11: the landscape was killed, ours: unknown", func(w *world) {
		w.SAP(landscape, 137, "")
		w.do("monitor", promoted)
	})
	row(t, "row 12: the landscape timed out twice, ours: unknown, and a failure the third time", func(w *world) {
		w.SAP(landscape, 124, "")
		w.do("monitor", promoted)
		require.Equal(t, 2, w.Count(landscapePath))
		w.do("monitor", promoted)
		w.do("monitor", ocf.ErrGeneric)
	})
	row(t, "row 13: demoted and down", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.down(primaryUp)
		w.do("monitor", ocf.NotRunning)
	})
	row(t, "row 14: demoted and running", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.do("monitor", ocf.Success, "lpt=now")
		require.Equal(t, 0, w.Count("--site=ROT"))
	})
	row(t, "row 15: no clone state, ours: a running slave", func(w *world) {
		w.Reboot("suse01", "clone_state", "")
		w.do("monitor", ocf.Success, "lpt=now", "clone_state=DEMOTED")
	})
	row(t, "row 15: no clone state in the master's monitor, ours: promoted", func(w *world) {
		w.Reboot("suse01", "clone_state", "")
		w.Env["OCF_RESKEY_CRM_meta_role"] = "Master"
		w.do("monitor", promoted, "lpt=now", "clone_state=PROMOTED")
	})
	row(t, "row 16: clone state undefined", func(w *world) {
		w.Reboot("suse01", "clone_state", "UNDEFINED")
		w.do("monitor", ocf.Success, "clone_state=DEMOTED", "lpt=now")
	})
	row(t, "row 17: after a takeover", func(w *world) {
		w.Reboot("suse01", "sync_state", "SOK")
		w.do("monitor", promoted, "sync_state=PRIM", "lpt=now")
	})
	row(t, "row 24: roles with a warning are not polled", func(w *world) {
		w.Reboot("suse01", "roles", "2:P:master1:master:worker:master")
		w.do("monitor", promoted, "lpt=now")
		require.Equal(t, 0, w.Count("--site=ROT"))
	})
	row(t, "row 25: roles not refreshed yet", func(w *world) {
		w.Reboot("suse01", "roles", primaryDown)
		w.do("monitor", promoted, "lpt=now", "score=140")
		require.Equal(t, 0, w.Count("--site=ROT"))
	})
	row(t, "row 26: just promoted", func(w *world) {
		w.Reboot("suse01", "roles", secondaryUp)
		w.Reboot("suse01", "sync_state", "SOK")
		w.score("100")
		w.do("monitor", promoted, "sync_state=PRIM", "lpt=now")
		require.Equal(t, 0, w.Count("--site=ROT"))
	})
	row(t, "row 27: the monitor after", func(w *world) {
		w.score("100")
		w.SAP(syncing, 11, "")
		w.do("monitor", promoted, "lpt=now", "sync_state@suse02=SFAIL", "lpt@suse02=10", "score=150")
	})
	row(t, "row 28: two primaries run, ours: now is not written", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.Reboot("suse02", "clone_state", "PROMOTED")
		w.Reboot("suse02", "roles", primaryUp)
		w.lpt("suse02", w.ago(90))
		w.do("monitor", ocf.NotRunning, "lpt=10")
		require.Equal(t, "10", w.fileLPT())
	})
	row(t, "row 29: the other primary is down", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.Reboot("suse02", "clone_state", "PROMOTED")
		w.Reboot("suse02", "roles", primaryDown)
		w.do("monitor", ocf.Success, "lpt=now")
	})
	row(t, "row 34: without replication", func(w *world) {
		w.SAP(state, 0, hanatest.Mode("none"))
		w.do("monitor", ocf.ErrGeneric)
	})
	row(t, "row 35: nobody tells the role, ours: unknown, and a failure the third time", func(w *world) {
		w.Tool(state, hanatest.Garbage())
		w.SAP(parameter, 0, hanatest.Parameters())
		// Three attempts and the other source, with a pause after each of the first three.
		require.Equal(t, 6*time.Second, hanatest.Took(func() { w.do("monitor", promoted) }))
		require.Equal(t, 3, w.Count(state))
		w.do("monitor", promoted)
		w.do("monitor", ocf.ErrGeneric)
	})
	row(t, "row 36: the actual mode wins", func(w *world) {
		w.Tool(state, hanatest.Garbage())
		w.SAP(parameter, 0, hanatest.Parameters("actual_mode", "primary", "mode", "sync"))
		w.do("monitor", promoted, "lpt=now")
	})
	row(t, "row 37: no tool can be started, ours: unknown, and a failure the third time", func(w *world) {
		w.Cluster.Override("setpriv", runtest.Complains(1, "setpriv: setresuid failed"))
		w.do("monitor", promoted)
		w.do("monitor", promoted)
		w.do("monitor", ocf.ErrGeneric)
	})
	row(t, "row 38: sapstartsrv cannot be started", func(w *world) {
		w.Cluster.Override("systemctl", runtest.Says(3, ""))
		require.Contains(t, w.do("monitor", promoted, "lpt=now").Stderr, "SAPHA1_10.service")
	})
	row(t, "row 39: the partner is no node of the cluster", func(w *world) {
		w.Forever("suse01", "remoteHost", "elsewhere")
		w.SAP(syncing, 11, "")
		w.do("monitor", promoted, "lpt=now")
	})
	row(t, "row 40: the partner is guessed", func(w *world) {
		w.Forever("suse01", "remoteHost", "")
		w.SAP(syncing, 11, "")
		w.do("monitor", promoted, "lpt=now", "sync_state@suse02=SFAIL", "lpt@suse02=10")
	})
}

// landscapePath is the script as it is called.
const landscapePath = "python_support/landscapeHostConfiguration.py"

// The rows about the poll: section 11.10.
func TestMatrixPoll(t *testing.T) {
	t.Parallel()
	bad := []string{"lpt=now", "sync_state@suse02=SFAIL", "lpt@suse02=10"}
	row(t, "row 18: 15 without the word", func(w *world) {
		w.SAP(syncing, 15, "overall\n")
		w.do("monitor", promoted, bad...)
	})
	for code, name := range map[int]string{14: "14", 13: "13", 12: "12"} {
		row(t, "row 19: "+name, func(w *world) {
			w.SAP(syncing, code, "")
			w.do("monitor", promoted, bad...)
		})
	}
	for code, name := range map[int]string{11: "11", 10: "10"} {
		row(t, "row 20: "+name, func(w *world) {
			w.SAP(syncing, code, "")
			w.do("monitor", promoted, bad...)
		})
	}
	for code, name := range map[int]string{11: "row 21: 11 of a database that goes down", 12: "row 22: 12 of one, ours: untouched"} {
		row(t, name, func(w *world) {
			w.SAP(syncing, code, "")
			w.Tool(landscape, runtest.InTurn(runtest.Says(4, hanatest.Up), runtest.Says(1, "")))
			w.do("monitor", promoted, "lpt=now")
		})
	}
	row(t, "row 23: no answer, no hook", func(w *world) {
		w.hook("ROT", "")
		w.Tool(syncing, runtest.Hangs)
		require.Equal(t, 5*time.Second, hanatest.Took(func() { w.do("monitor", promoted, bad...) }))
	})
	row(t, "row 23: no answer with a hook that tells, ours: untouched", func(w *world) {
		w.Tool(syncing, runtest.Hangs)
		w.do("monitor", promoted, "lpt=now")
	})
	for _, code := range []int{1, 126, 127} {
		row(t, "16.6: a script that cannot be run says nothing, ours: untouched", func(w *world) {
			w.SAP(syncing, code, "")
			w.do("monitor", promoted, "lpt=now")
		})
	}
}

// The rows about the hook's files: section 11.11.
func TestMatrixHookFiles(t *testing.T) {
	t.Parallel()
	const rot, third = "/usr/sap/HA1/HDB10/.crm_attribute.ROT", "/usr/sap/HA1/HDB10/.crm_attribute.DR1"
	row(t, "row 30: the partner is out of sync", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.do("monitor", promoted, "lpt=now", "srHook_ROT=SFAIL")
		require.False(t, w.Has(rot))
	})
	row(t, "row 31: a third site", func(w *world) {
		w.File(third, "hana_ha1_site_srHook_DR1 = SOK")
		w.do("monitor", promoted, "lpt=now", "srHook_DR1=SOK")
		require.False(t, w.Has(third))
	})
	for _, text := range []string{"hana_xx1_site_srHook_ROT = SFAIL", "hana_ha1_site_srHook_ROT = MAYBE", "hana_ha1_site_srHook_ = SOK", "", "x"} {
		row(t, "row 32: no event of this system: "+text, func(w *world) {
			w.File(rot, text)
			w.do("monitor", promoted, "lpt=now")
			require.False(t, w.Has(rot))
		})
	}
	row(t, "row 33: the database is down, ours: a partner out of sync does not take over", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.down(primaryUp)
		w.do("monitor", failed, "srHook_ROT=SFAIL")
		require.False(t, w.Has(rot))
	})
	row(t, "row 33: killed between the attribute and the file, ours: the file is only removed", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.hook("ROT", "SFAIL")
		w.down(primaryUp)
		w.do("monitor", failed)
		require.False(t, w.Has(rot))
	})
	row(t, "row 33: the cluster does not take it, ours: it is believed, and the file stays", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.down(primaryUp)
		w.Cluster.Override("crm_attribute", runtest.Complains(1, "it broke"))
		w.do("monitor", failed, "srHook_ROT=SFAIL")
		require.True(t, w.Has(rot))
	})
	row(t, "row 33: local restart, ours: the score comes with it", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.down(primaryDown)
		w.do("monitor", failed, "srHook_ROT=SFAIL", "score=140")
	})
	row(t, "row 33: it is not known how the database is, ours: an event is one", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.SAP(landscape, 0, "")
		w.do("monitor", promoted, "srHook_ROT=SFAIL")
	})
	for name, text := range map[string]string{
		"in sync": "hana_ha1_site_srHook_ROT = SOK", "another site": "hana_ha1_site_srHook_DR1 = SFAIL", "no event": "x",
	} {
		row(t, "row 33: the database is down, and the file says: "+name, func(w *world) {
			w.File(rot, text)
			w.down(primaryUp)
			w.do("monitor", failed, "score=5")
			require.True(t, w.Has(rot))
		})
	}
	row(t, "row 33: a file that is older than the takeover", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.hook("ROT", "PRIM")
		w.down(primaryUp)
		w.do("monitor", failed, "score=5")
		require.True(t, w.Has(rot))
	})
	row(t, "row 33: a partner that is being promoted", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.Reboot("suse02", "clone_state", "PROMOTED")
		w.down(primaryUp)
		w.do("monitor", failed, "score=5")
		require.True(t, w.Has(rot))
	})
	row(t, "row 33: a probe touches nothing", func(w *world) {
		w.File(rot, "hana_ha1_site_srHook_ROT = SFAIL")
		w.down(primaryUp)
		w.do("probe", ocf.NotRunning)
		require.True(t, w.Has(rot))
	})
	row(t, "16.19: a half-written file stays, ours", func(w *world) {
		w.File("/usr/sap/HA1/HDB10/.crm_attribute.stage.ROT", "hana_ha1_site_srHook_ROT = SFAIL")
		w.do("monitor", promoted, "lpt=now")
		require.True(t, w.Has("/usr/sap/HA1/HDB10/.crm_attribute.stage.ROT"))
	})
	for name, test := range map[string]struct {
		code   int
		hangs  bool
		writes []string
		stays  bool
	}{
		"the poll agrees":      {15, false, []string{"lpt=now", "srHook_ROT=SOK"}, false},
		"the poll says no":     {11, false, []string{"lpt=now", "sync_state@suse02=SFAIL", "lpt@suse02=10"}, false},
		"the poll is not sure": {0, true, []string{"lpt=now"}, true},
	} {
		row(t, "16.19: in sync again, and "+name+", ours", func(w *world) {
			w.hook("ROT", "SFAIL")
			w.File(rot, "hana_ha1_site_srHook_ROT = SOK")
			w.SAP(syncing, test.code, "ACTIVE")
			if test.hangs {
				w.Tool(syncing, runtest.Hangs)
			}
			w.do("monitor", promoted, test.writes...)
			require.Equal(t, test.stays, w.Has(rot))
		})
	}
}

// The rows about the probe of a primary.
func TestMatrixProbePrimary(t *testing.T) {
	t.Parallel()
	row(t, "row 41: promoted, ours: 150 at once", func(w *world) {
		w.score("")
		w.do("probe", promoted, "score=150")
	})
	for _, clone := range []string{"DEMOTED", "", "UNDEFINED"} {
		row(t, "row 42: clone state "+orUnset(clone)+", ours: 150 at once", func(w *world) {
			w.score("")
			w.Reboot("suse01", "clone_state", clone)
			w.do("probe", ocf.Success, "score=150")
		})
	}
	row(t, "row 43: down, no score", func(w *world) {
		w.down(primaryDown)
		w.score("")
		w.do("probe", ocf.NotRunning, "score=5")
	})
	row(t, "row 43: down, with a score", func(w *world) {
		w.down(primaryDown)
		w.do("probe", ocf.NotRunning)
	})
	row(t, "row 44: down, never", func(w *world) {
		w.down(primaryDown)
		w.score("-INFINITY")
		w.do("probe", ocf.NotRunning)
	})
	row(t, "row 45: fatal, no history", func(w *world) {
		w.SAP(landscape, 0, "")
		w.Reboot("suse01", "clone_state", "")
		w.score("")
		w.do("probe", ocf.ErrGeneric, "score=5")
	})
	row(t, "row 45: fatal, promoted, ours: unknown", func(w *world) {
		w.SAP(landscape, 0, "")
		w.do("probe", promoted)
	})
	row(t, "row 46: nothing is published yet, ours: 150", func(w *world) {
		w.Reboot("suse01", "roles", "")
		w.Reboot("suse01", "clone_state", "")
		w.score("")
		w.do("probe", ocf.Success, "score=150")
	})
	row(t, "row 47: no hook", func(w *world) {
		w.hook("WDF", "")
		w.hook("ROT", "")
		w.do("probe", promoted)
	})
	row(t, "row 48: the roles were swapped under maintenance", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.hook("WDF", "SOK")
		w.score("100")
		w.do("probe", ocf.Success, "srHook_WDF=PRIM", "score=150")
	})
	row(t, "row 49: waiting, ours: a probe starts nothing", func(w *world) {
		w.down(primaryDown)
		w.Reboot("suse01", "clone_state", "WAITING4LPA")
		w.do("probe", ocf.Success)
		require.Empty(t, w.control())
	})
	row(t, "row 49: waiting without a score, ours: a probe gives it none", func(w *world) {
		w.down(primaryDown)
		w.Reboot("suse01", "clone_state", "WAITING4LPA")
		w.score("")
		w.do("probe", ocf.Success)
	})
}
