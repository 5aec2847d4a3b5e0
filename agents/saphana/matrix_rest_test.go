package saphana

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// waiting is a former primary that waits, with automatic registration (rows 50 to 56).
func (w *world) waiting() {
	w.Params["AUTOMATED_REGISTER"] = "true"
	w.down(primaryDown)
	w.Reboot("suse01", "clone_state", "WAITING4LPA")
	w.Reboot("suse01", "sync_state", "")
	w.score("-9000")
	w.controls(nil)
}

// loser makes this the loser of the arbitration: the partner runs as the primary.
func (w *world) loser() {
	w.Params["AUTOMATED_REGISTER"] = "true"
	w.lpt("suse01", "10")
	w.lpt("suse02", w.ago(30))
	w.Reboot("suse02", "roles", primaryUp)
	w.becomes(register, "sync")
	w.controls(nil)
}

func TestMatrixWaitingPrimary(t *testing.T) {
	t.Parallel()
	row(t, "row 50: stalemate", func(w *world) {
		w.waiting()
		w.lpt("suse02", w.ago(150))
		w.do("monitor", ocf.Success)
	})
	row(t, "row 51: the partner has not reported", func(w *world) {
		w.waiting()
		w.lpt("suse02", "")
		w.do("monitor", ocf.Success)
	})
	row(t, "row 52: registered", func(w *world) {
		w.waiting()
		w.loser()
		w.do("monitor", ocf.Success, "clone_state=DEMOTED", "score=0", "sra=R", "srah=R", "sra=-",
			"sync_state=SFAIL", "srHook_WDF=SWAIT")
		require.Equal(t, "10", w.fileLPT())
		require.Equal(t, []string{"Start", "WaitforStarted 3600 1"}, w.control())
		require.Equal(t, "10", w.fileLPT())
	})
	row(t, "row 53: registration without effect", func(w *world) {
		w.waiting()
		w.loser()
		w.SAP(register, 1, "")
		w.do("monitor", ocf.NotRunning, "clone_state=DEMOTED", "score=0", "sra=R", "srah=R", "sra=-")
	})
	row(t, "row 54: the partner is down", func(w *world) {
		w.waiting()
		w.Reboot("suse02", "roles", secondaryDown)
		w.do("monitor", ocf.Success, "clone_state=DEMOTED", "srHook_WDF=SWAIT", "lpt=now", "score=140")
	})
	row(t, "row 55: an administrator has started HANA", func(w *world) {
		w.waiting()
		w.SAP(landscape, 4, hanatest.Up)
		w.Reboot("suse01", "roles", primaryUp)
		w.Reboot("suse02", "roles", secondaryDown)
		w.do("monitor", ocf.Success, "lpt=now", "clone_state=DEMOTED", "score=150")
		require.Empty(t, w.control())
	})
	row(t, "row 56: started, and the partner's timestamp is as new", func(w *world) {
		w.waiting()
		w.SAP(landscape, 4, hanatest.Up)
		w.lpt("suse02", w.ago(10))
		w.do("monitor", ocf.Success, "lpt=now")
		require.Equal(t, "WAITING4LPA", w.Value(crm.TransientOf("suse01", "hana_ha1_clone_state")))
	})
}

func TestMatrixMonitorSecondary(t *testing.T) {
	t.Parallel()
	rowS(t, "row 57: a steady secondary", func(w *world) {
		w.Forever("suse02", "op_mode", "delta_datashipping")
		w.do("monitor", ocf.Success, "op_mode@suse02=logreplay")
		w.do("monitor", ocf.Success)
	})
	rowS(t, "row 58: down", func(w *world) {
		w.SAP(landscape, 1, "")
		w.do("monitor", ocf.NotRunning, "lpt=10")
	})
	rowS(t, "row 59: fatal, ours: unknown, and a failure the third time", func(w *world) {
		w.SAP(landscape, 0, "")
		w.do("monitor", ocf.Success)
		w.do("monitor", ocf.Success)
		w.do("monitor", ocf.ErrGeneric)
	})
	rowS(t, "row 60: the landscape was killed, ours: unknown", func(w *world) {
		w.SAP(landscape, 137, "")
		require.Contains(t, w.do("monitor", ocf.Success).Stderr, "landscape")
	})
	rowS(t, "row 61: promoted", func(w *world) {
		w.Reboot("suse01", "clone_state", "PROMOTED")
		w.do("monitor", promoted)
	})
	for _, clone := range []string{"", "UNDEFINED"} {
		rowS(t, "row 62: clone state "+orUnset(clone), func(w *world) {
			w.Reboot("suse01", "clone_state", clone)
			w.do("monitor", ocf.Success, "clone_state=DEMOTED")
		})
	}
	for _, test := range []struct {
		name, hook, poll string
		writes           []string
	}{
		{"row 63: hook SFAIL, ours: the LPT stays", "SFAIL", "SOK", []string{"score=-INFINITY"}},
		{"row 64: hook SWAIT, poll SFAIL, ours: the LPT stays", "SWAIT", "SFAIL", []string{"score=-INFINITY"}},
		{"row 65: hook SWAIT, poll SOK", "SWAIT", "SOK", nil},
		{"row 66: neither, ours: the LPT stays", "", "", []string{"score=-INFINITY"}},
		{"row 67: hook PRIM, no poll", "PRIM", "", []string{"score=-1"}},
	} {
		rowS(t, test.name, func(w *world) {
			w.hook("WDF", test.hook)
			w.Reboot("suse01", "sync_state", test.poll)
			w.do("monitor", ocf.Success, test.writes...)
		})
	}
	rowS(t, "row 68: no roles", func(w *world) {
		w.Reboot("suse01", "roles", "")
		w.do("monitor", ocf.Success, "score=-1")
	})
	rowS(t, "row 69: no LPT", func(w *world) {
		w.lpt("suse01", "")
		w.do("monitor", ocf.Success, "lpt=10", "lpt=30")
		require.Equal(t, "10", w.fileLPT())
	})
	rowS(t, "row 70: no operation mode, ours: the old one stays", func(w *world) {
		w.SAP(parameter, 0, "")
		w.do("monitor", ocf.Success)
	})
	for _, roles := range []string{primaryDown, "2:P:master1:master:worker:master"} {
		rowS(t, "row 71: waiting, and the partner is "+roles, func(w *world) {
			w.SAP(landscape, 1, "")
			w.Reboot("suse01", "clone_state", "WAITING4PRIM")
			w.Reboot("suse02", "roles", roles)
			w.do("monitor", ocf.Success)
		})
	}
	rowS(t, "row 72: waiting is over, ours: LPT stays 10 while SFAIL", func(w *world) {
		w.SAP(landscape, 1, "")
		w.Reboot("suse01", "clone_state", "WAITING4PRIM")
		w.score("-INFINITY")
		w.controls(nil)
		w.do("monitor", ocf.Success, "clone_state=DEMOTED", "score=0", "lpt=10", "sync_state=SFAIL",
			"srHook_WDF=SWAIT", "score=-INFINITY")
		require.Equal(t, []string{"Start", "WaitforStarted 3600 1"}, w.control())
	})
	rowS(t, "16.20: waiting, started by hand, ours: not waiting any more", func(w *world) {
		w.Reboot("suse01", "clone_state", "WAITING4PRIM")
		w.Reboot("suse02", "roles", "2:P:master1:master:worker:master")
		w.score("-INFINITY")
		w.do("monitor", ocf.Success, "clone_state=DEMOTED", "score=100")
	})
	rowS(t, "row 73: probe, down", func(w *world) {
		w.SAP(landscape, 1, "")
		w.Reboot("suse01", "clone_state", "UNDEFINED")
		w.do("probe", ocf.NotRunning, "lpt=10")
	})
	rowS(t, "row 74: probe, up", func(w *world) {
		w.Reboot("suse01", "clone_state", "")
		w.lpt("suse01", "10")
		w.score("")
		w.do("probe", ocf.Success, "clone_state=DEMOTED", "lpt=30", "score=100")
	})
	rowS(t, "row 75: the roles were swapped under maintenance", func(w *world) {
		w.Reboot("suse01", "clone_state", "PROMOTED")
		w.lpt("suse01", w.ago(60))
		w.score("150")
		w.do("probe", promoted, "lpt=30", "score=100")
	})
}

func TestMatrixStartPrimary(t *testing.T) {
	t.Parallel()
	started := []string{"clone_state=DEMOTED", "srHook_WDF=SWAIT", "lpt=now", "score=140"}
	start := func(name string, test func(w *world)) {
		row(t, name, func(w *world) {
			w.stopped()
			w.controls(nil)
			test(w)
		})
	}
	start("row 76: down, the arbitration is won", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		w.do("start", ocf.Success, started...)
		require.Equal(t, []string{"Start", "WaitforStarted 3600 1"}, w.control())
	})
	start("row 77: no hook", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		w.hook("WDF", "")
		w.hook("ROT", "")
		w.do("start", ocf.Success, "clone_state=DEMOTED", "lpt=now", "score=140")
	})
	start("row 78: the partner shall take over", func(w *world) {
		result := w.do("start", ocf.NotRunning, "score=-9000", "clone_state=WAITING4REG")
		const command = "hdbnsutil -sr_register --remoteHost=suse02 --remoteInstance=10 --replicationMode=sync --operationMode=logreplay --name=WDF"
		require.Less(t, len(command), 128, "what Pacemaker keeps of a reason")
		require.True(t, strings.HasPrefix(result.Reason, command+" # "), result.Reason)
	})
	start("row 79: the partner shall take over, and this one is registered then", func(w *world) {
		w.Params["AUTOMATED_REGISTER"] = "true"
		w.do("start", ocf.Success, "score=-9000", "clone_state=WAITING4LPA")
	})
	start("row 80: the partner is not in sync", func(w *world) {
		w.hook("ROT", "SFAIL")
		w.do("start", ocf.Success, started...)
	})
	start("row 78: a file says that the partner is out of sync, ours: it shall not take over", func(w *world) {
		const file = "/usr/sap/HA1/HDB10/.crm_attribute.ROT"
		w.File(file, "hana_ha1_site_srHook_ROT = SFAIL")
		w.do("start", ocf.Success, append([]string{"srHook_ROT=SFAIL"}, started...)...)
		require.Equal(t, []string{"Start", "WaitforStarted 3600 1"}, w.control())
		require.False(t, w.Has(file))
	})
	start("row 78: the file is older than the takeover of the partner", func(w *world) {
		w.File("/usr/sap/HA1/HDB10/.crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SFAIL")
		w.hook("ROT", "PRIM")
		w.do("start", ocf.NotRunning, "score=-9000", "clone_state=WAITING4REG")
	})
	start("row 80: the partner is down", func(w *world) {
		w.Reboot("suse02", "roles", secondaryDown)
		w.do("start", ocf.Success, started...)
	})
	start("row 81: 20 wins over 10", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		w.lpt("suse01", "20")
		w.lpt("suse02", "10")
		w.do("start", ocf.Success, started...)
	})
	start("row 82: 10 loses, not registered by itself", func(w *world) {
		w.lpt("suse01", "10")
		w.lpt("suse02", "20")
		w.do("start", ocf.NotRunning, "score=-9000", "clone_state=WAITING4REG")
	})
	start("row 83: 10 loses, and there is no primary, ours: a score at which nobody promotes", func(w *world) {
		w.Params["AUTOMATED_REGISTER"] = "true"
		w.lpt("suse01", "10")
		w.lpt("suse02", "20")
		require.Equal(t, 20*time.Second, hanatest.Took(func() { w.do("start", ocf.Success, "clone_state=DEMOTED", "score=-9000") }))
	})
	start("row 84: registered", func(w *world) {
		w.loser()
		w.do("start", ocf.Success, "clone_state=DEMOTED", "score=0", "sra=R", "srah=R", "sra=-",
			"sync_state=SFAIL", "srHook_WDF=SWAIT")
		require.Equal(t, "10", w.fileLPT())
		require.Equal(t, []string{"Start", "WaitforStarted 3600 1"}, w.control())
	})
	start("row 85: registration without effect", func(w *world) {
		w.loser()
		w.SAP(register, 0, "")
		w.do("start", ocf.NotRunning, "clone_state=DEMOTED", "score=0", "sra=R", "srah=R", "sra=-")
	})
	start("row 86: stalemate, registered by itself", func(w *world) {
		w.Params["AUTOMATED_REGISTER"] = "true"
		w.lpt("suse02", w.ago(150))
		w.do("start", ocf.Success, "score=-9000", "clone_state=WAITING4LPA")
	})
	start("row 86: stalemate", func(w *world) {
		w.lpt("suse02", w.ago(150))
		w.do("start", ocf.NotRunning, "score=-9000", "clone_state=WAITING4REG")
	})
	start("row 87: runs and must not, ours: -INFINITY in full", func(w *world) {
		w.Params["AUTOMATED_REGISTER"] = "true"
		w.SAP(landscape, 4, hanatest.Up)
		w.lpt("suse01", w.ago(8000))
		w.lpt("suse02", w.ago(10))
		w.do("start", ocf.NotRunning, "clone_state=DEMOTED", "score=-INFINITY")
	})
	start("row 88: runs, and the partner has not reported", func(w *world) {
		w.SAP(landscape, 4, hanatest.Up)
		w.lpt("suse02", "")
		w.do("start", ocf.ErrGeneric, "clone_state=DEMOTED", "score=-9000")
	})
	start("row 89: no history", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		w.lpt("suse01", "")
		w.lpt("suse02", "10")
		w.do("start", ocf.Success, append([]string{"lpt=20"}, started...)...)
		require.Equal(t, "20", w.fileLPT())
	})
	start("row 90: history in the file", func(w *world) {
		w.Params["PREFER_SITE_TAKEOVER"] = "false"
		stamp := w.ago(100)
		w.File(lptFile, stamp+"\n")
		w.lpt("suse01", "")
		w.do("start", ocf.Success, append([]string{"lpt=" + stamp}, started...)...)
	})
	start("row 91: fatal", func(w *world) {
		w.SAP(landscape, 0, "")
		w.do("start", ocf.ErrGeneric, "clone_state=DEMOTED")
		require.Empty(t, w.control())
	})
	start("16.3: the landscape was killed, ours: not started", func(w *world) {
		w.SAP(landscape, 137, "")
		w.do("start", ocf.ErrGeneric, "clone_state=DEMOTED")
	})
	start("row 92: runs already", func(w *world) {
		w.SAP(landscape, 4, hanatest.Up)
		w.Reboot("suse02", "roles", secondaryDown)
		w.do("start", ocf.Success, "clone_state=DEMOTED", "lpt=now", "score=140")
		require.Empty(t, w.control())
	})
	for _, function := range []string{"Start", "WaitforStarted"} {
		start("row 93: "+function+" fails, ours: the LPT stays", func(w *world) {
			w.Params["PREFER_SITE_TAKEOVER"] = "false"
			w.controls(map[string]int{function: 1})
			w.do("start", ocf.ErrGeneric, "clone_state=DEMOTED", "srHook_WDF=SWAIT", "score=140")
		})
	}
	start("row 98: without replication", func(w *world) {
		w.SAP(state, 0, hanatest.Mode("none"))
		w.do("start", ocf.NotRunning, "clone_state=DEMOTED")
	})
	start("row 98: nobody tells the role", func(w *world) {
		w.Tool(state, hanatest.Garbage())
		w.SAP(parameter, 0, hanatest.Parameters())
		w.do("start", ocf.NotRunning, "clone_state=DEMOTED")
	})
	for _, test := range []struct{ name, opMode, srMode, host, version, want string }{
		{"row 99: no operation mode, ours: HANA 2.0's own", "", "sync", "suse02", "2.00.059.00", "--replicationMode=sync --operationMode=logreplay --name=WDF"},
		{"row 99: no operation mode, HANA 1.0", "", "sync", "suse02", "1.00.122.00", "--replicationMode=sync --name=WDF"},
		{"row 99: an old HANA", "", "sync", "suse02", "1.00.100.00", "--mode=sync --name=WDF"},
		{"row 100: syncmem", "logreplay", "syncmem", "suse02", "2.00.059.00", "--replicationMode=syncmem --operationMode=logreplay"},
		{"row 100: no replication mode", "logreplay", "", "suse02", "2.00.059.00", "--replicationMode=sync --operationMode=logreplay"},
		{"row 101: a virtual host", "logreplay", "sync", "hanavip2", "2.00.059.00", "--remoteHost=hanavip2 --remoteInstance=10"},
		{"16.11: an unknown version is the newest, ours", "", "sync", "suse02", "", "--replicationMode=sync --operationMode=logreplay"},
	} {
		start(test.name, func(w *world) {
			w.loser()
			w.File("/usr/sap/HA1/HDB10/exe/manifest", "fullversion: "+test.version+" Build 1\n")
			if strings.HasPrefix(test.version, "1.00.100") {
				w.SAP("-sr_state", 0, hanatest.Mode("primary"))
			}
			w.Forever("suse01", "op_mode", test.opMode)
			w.Forever("suse01", "srmode", test.srMode)
			w.Forever("suse01", "remoteHost", test.host)
			w.Forever("suse02", "vhost", test.host)
			w.wrote(func() { w.Call(w.T, "start") })
			require.Contains(t, strings.Join(w.Asked(), "\n"), "-sr_register")
			require.Contains(t, strings.Join(w.Asked(), "\n"), test.want)
		})
	}
}

func TestMatrixStartSecondary(t *testing.T) {
	t.Parallel()
	start := func(name string, test func(w *world)) {
		rowS(t, name, func(w *world) {
			w.SAP(landscape, 1, "")
			w.Reboot("suse01", "roles", secondaryDown)
			w.Reboot("suse01", "clone_state", "UNDEFINED")
			w.score("")
			w.controls(nil)
			test(w)
		})
	}
	base := []string{"clone_state=DEMOTED", "score=0", "lpt=10", "sync_state=SFAIL"}
	with := func(more ...string) []string { return append(append([]string{}, base...), more...) }
	for _, roles := range []string{primaryUp, "3:P:master1:master:worker:master"} {
		start("row 94: the primary is "+roles, func(w *world) {
			w.Reboot("suse02", "roles", roles)
			w.do("start", ocf.Success, with("srHook_WDF=SWAIT")...)
			require.Equal(t, []string{"Start", "WaitforStarted 3600 1"}, w.control())
			require.Equal(t, "10", w.fileLPT())
		})
	}
	for _, roles := range []string{primaryDown, "2:P:master1:master:worker:master"} {
		start("row 95: the primary is "+roles, func(w *world) {
			w.Reboot("suse02", "roles", roles)
			require.Equal(t, 110*time.Second, hanatest.Took(func() {
				w.do("start", ocf.Success, with("clone_state=WAITING4PRIM", "score=-INFINITY")...)
			}))
		})
	}
	start("row 96: the start fails", func(w *world) {
		w.controls(map[string]int{"Start": 1})
		w.do("start", ocf.ErrGeneric, with("srHook_WDF=SWAIT")...)
	})
	start("row 97: the start fails, and the primary is gone", func(w *world) {
		w.Cluster.Override("sapcontrol", func(ctx context.Context, c run.Cmd) (run.Result, error) {
			w.Reboot("suse02", "roles", primaryDown)
			return runtest.Says(1, "")(ctx, c)
		})
		result := w.Call(t, "start")
		require.Equal(t, ocf.Success, result.Code)
		require.Equal(t, "WAITING4PRIM", w.Value(crm.TransientOf("suse01", "hana_ha1_clone_state")))
		require.Equal(t, never, w.Value(crm.PromotionOf("suse01", "rsc_SAPHana_HA1_HDB10")))
	})
}

func TestMatrixPromote(t *testing.T) {
	t.Parallel()
	row(t, "row 102: a primary", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.hook("WDF", "SWAIT")
		w.do("promote", ocf.Success, "clone_state=PROMOTED", "srHook_WDF=PRIM")
		require.Equal(t, 0, w.Count(takeover))
	})
	row(t, "row 103: a primary without hook", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.hook("WDF", "")
		w.hook("ROT", "")
		w.do("promote", ocf.Success, "clone_state=PROMOTED")
	})
	row(t, "row 102: a primary that is down, ours: not promoted", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.SAP(landscape, 1, "")
		var result ocftest.Result
		require.Equal(t, 20*time.Second, hanatest.Took(func() { result = w.do("promote", ocf.ErrGeneric, "clone_state=PROMOTED") }))
		require.Contains(t, result.Reason, "HANA of the primary site WDF is down")
		require.Equal(t, 3, w.Count(landscape))
	})
	row(t, "row 102: a primary that has only just come up is asked again, ours", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.Tool(landscape, func(ctx context.Context, c run.Cmd) (run.Result, error) {
			w.SAP(landscape, 4, hanatest.Up)
			return runtest.Says(1, "")(ctx, c)
		})
		w.do("promote", ocf.Success, "clone_state=PROMOTED")
	})
	row(t, "row 102: a primary that does not say how it is, ours: promoted", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.SAP(landscape, 137, "")
		w.do("promote", ocf.Success, "clone_state=PROMOTED")
	})
	takenOver := []string{"clone_state=PROMOTED", "lpt=now", "sra=T", "srah=T", "sra=-", "srHook_WDF=PRIM"}
	rowS(t, "row 104: takeover, in an order of ours", func(w *world) {
		w.becomes(takeover, "primary")
		w.do("promote", ocf.Success, takenOver...)
		require.Equal(t, 1, w.Count(takeover))
	})
	rowS(t, "row 105: takeover without effect, ours: the LPT is given back", func(w *world) {
		w.do("promote", failed, "clone_state=PROMOTED", "lpt=now", "sra=T", "srah=T", "sra=-", "lpt=30")
		require.Equal(t, "30", w.fileLPT())
	})
	for _, state := range []string{"SFAIL", "PRIM", "SREG", "odd"} {
		rowS(t, "row 106: "+state, func(w *world) {
			w.hook("WDF", state)
			w.do("promote", ocf.ErrGeneric, "clone_state=PROMOTED")
			require.Equal(t, 0, w.Count(takeover))
		})
	}
	rowS(t, "row 106: unknown", func(w *world) {
		w.hook("WDF", "")
		w.Reboot("suse01", "sync_state", "")
		w.do("promote", ocf.ErrGeneric, "clone_state=PROMOTED")
	})
	for _, hook := range []string{"SWAIT", ""} {
		rowS(t, "row 107: hook "+orUnset(hook)+", poll SOK", func(w *world) {
			w.hook("WDF", hook)
			w.becomes(takeover, "primary")
			w.do("promote", ocf.Success, takenOver...)
		})
	}
	row(t, "row 108: without replication, ours: not promoted", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.SAP(state, 0, hanatest.Mode("none"))
		w.do("promote", ocf.ErrGeneric, "clone_state=PROMOTED")
	})
	row(t, "row 108: nobody tells the role, ours: not promoted", func(w *world) {
		w.Reboot("suse01", "clone_state", "DEMOTED")
		w.Tool(state, hanatest.Garbage())
		w.SAP(parameter, 0, hanatest.Parameters())
		w.do("promote", ocf.ErrGeneric, "clone_state=PROMOTED")
	})
}

func TestMatrixDemoteAndStop(t *testing.T) {
	t.Parallel()
	row(t, "row 109: demote", func(w *world) { w.do("demote", ocf.Success, "clone_state=DEMOTED") })
	row(t, "row 110: demote of a database that hung", func(w *world) {
		w.Reboot("suse01", "roles", hungRoles)
		w.do("demote", ocf.ErrGeneric, "clone_state=DEMOTED")
	})
	row(t, "row 111: demote of one that is down", func(w *world) {
		w.Reboot("suse01", "roles", "1:P::::")
		w.do("demote", ocf.Success, "clone_state=DEMOTED")
	})
	row(t, "row 112: stop of a primary", func(w *world) {
		w.do("stop", ocf.Success, "clone_state=UNDEFINED")
		require.Equal(t, []string{"Stop", "WaitforStopped 3600 1"}, w.control())
	})
	rowS(t, "row 113: stop of a secondary", func(w *world) { w.do("stop", ocf.Success, "clone_state=UNDEFINED", "lpt=10") })
	for _, function := range []string{"Stop", "WaitforStopped"} {
		row(t, "row 114: "+function+" fails", func(w *world) {
			w.controls(map[string]int{function: 1})
			w.do("stop", ocf.ErrGeneric, "clone_state=UNDEFINED")
		})
	}
	row(t, "row 114: no sapstartsrv", func(w *world) {
		w.Cluster.Override("systemctl", runtest.Says(3, ""))
		w.do("stop", ocf.ErrGeneric, "clone_state=UNDEFINED")
		require.Empty(t, w.control())
	})
	row(t, "5.2: how long sapcontrol waits", func(w *world) {
		for timeout, want := range map[string]string{"-": "3600", "3600000": "3600", "4000000": "3800", "7200000": "6840"} {
			w.Env["OCF_RESKEY_CRM_meta_timeout"] = timeout
			w.wrote(func() { w.Call(t, "stop") })
			require.Equal(t, []string{"Stop", "WaitforStopped " + want + " 1"}, w.control())
		}
	})
}

func TestMatrixOther(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sapstartsrv", "sapcontrol"} {
		row(t, "row 115: no "+program, func(w *world) {
			w.NoFile("/usr/sap/HA1/HDB10/exe/" + program)
			w.do("stop", ocf.Success)
			for _, action := range []string{"start", "monitor", "probe", "promote", "demote", "reload"} {
				w.do(action, ocf.NotRunning)
			}
		})
		row(t, "row 115: no "+program+", ours: validate-all looks at the parameters alone", func(w *world) {
			w.NoFile("/usr/sap/HA1/HDB10/exe/" + program)
			require.Empty(t, w.do("validate-all", ocf.Success).Reason)
			require.Empty(t, w.do("probe", ocf.NotRunning).Reason, "that HANA is not there is no trouble for a probe")
			require.Contains(t, w.do("monitor", ocf.NotRunning).Reason, program)
			w.Params["InstanceNumber"] = "ten"
			require.Contains(t, w.do("validate-all", ocf.ErrArgs).Reason, "InstanceNumber")
			require.Empty(t, w.Cluster.Calls(), "nobody is asked")
		})
	}
	row(t, "row 116: three instances", func(w *world) {
		w.Env["OCF_RESKEY_CRM_meta_clone_max"] = "3"
		for _, action := range []string{"start", "stop", "monitor", "promote", "demote", "reload"} {
			w.do(action, ocf.ErrConfigured)
		}
	})
	row(t, "2.2: the new names, and none", func(w *world) {
		for _, name := range []string{"master_max", "master_node_max"} {
			delete(w.Env, "OCF_RESKEY_CRM_meta_"+name)
		}
		w.do("monitor", promoted, "lpt=now")
		w.Env["OCF_RESKEY_CRM_meta_promoted_max"] = "2"
		w.do("monitor", ocf.ErrConfigured)
	})
	row(t, "row 117: no clone", func(w *world) {
		delete(w.Env, "OCF_RESKEY_CRM_meta_clone_max")
		w.controls(nil)
		w.do("monitor", ocf.ErrUnimplemented)
		w.do("promote", ocf.ErrArgs)
		w.do("start", ocf.Success, "srHook_WDF=SWAIT")
		require.Equal(t, []string{"Start", "WaitforStarted 3600 1"}, w.control())
		w.do("stop", ocf.Success)
		require.Equal(t, []string{"Stop", "WaitforStopped 3600 1"}, w.control())
	})
	row(t, "row 118: a bad SID", func(w *world) {
		w.Params["SID"] = "ha1"
		w.Params["DIR_EXECUTABLE"] = "/usr/sap/HA1/HDB10/exe"
		w.do("validate-all", ocf.ErrArgs)
	})
	for _, word := range []string{"meta-data", "usage", "notify"} {
		row(t, "row 119: "+word, func(w *world) {
			w.do(word, ocf.Success)
			require.Empty(t, w.Cluster.Calls())
		})
	}
	row(t, "row 119: methods, ours: not implemented", func(w *world) { w.do("methods", ocf.ErrUnimplemented) })
	for _, word := range []string{"yes", "true", "1", "YES", "TRUE", "True", "ja", "on", "ON"} {
		row(t, "row 120: takeover is preferred by "+word, func(w *world) {
			w.Params["PREFER_SITE_TAKEOVER"] = word
			w.down(primaryDown)
			w.do("monitor", failed, "score=5")
		})
	}
	for _, word := range []string{"Yes", "y", "On", "no", ""} {
		row(t, "row 120: takeover is not preferred by "+word, func(w *world) {
			w.Params["PREFER_SITE_TAKEOVER"] = word
			w.down(primaryDown)
			w.do("monitor", failed, "score=140")
		})
	}
	row(t, "2.1: root only", func(w *world) {
		w.UID = 1000
		w.do("monitor", ocf.ErrPerm)
	})
	row(t, "16.14: a takeover that was killed, ours", func(w *world) {
		w.Reboot("suse01", "sra", "T")
		w.Reboot("suse01", "srah", "T")
		w.do("monitor", promoted, "srah=-", "sra=-", "lpt=now")
	})
}
