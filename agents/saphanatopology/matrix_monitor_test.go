package saphanatopology

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

const (
	steadyP = "roles=4:P:master1:master:worker:master"
	steadyS = "roles=4:S:master1:master:worker:master"
)

// The rows of saphana-topology.md 15 about the regular monitor: role and site.
func TestMatrixMonitorRole(t *testing.T) {
	row(t, "row T1: a steady primary writes nothing", func(w *world) {
		w.do("monitor", ocf.Success)
		require.Equal(t, 1, w.Count(state))
		require.Equal(t, 1, w.Count(landscape))
		// The partner is known: it is not asked for again.
		require.Equal(t, 0, w.Count(hosts))
	})
	row(t, "row T2: a steady secondary writes nothing", func(w *world) {
		w.SAP(state, 0, hanatest.Mode("sync"))
		w.Reboot("suse01", "roles", "4:S:master1:master:worker:master")
		w.do("monitor", ocf.Success)
	})
	row(t, "row T3: everything is published where nothing is", func(w *world) {
		w.forget()
		w.SAP(state, 0, hanatest.Mode("sync"))
		w.do("monitor", ocf.Success, "vhost=suse01", "remoteHost=suse02", steadyS, "site=WDF", "srmode=sync", "srmode@suse02=sync")
	})
	row(t, "row T4: an asynchronous secondary", func(w *world) {
		w.SAP(state, 0, hanatest.Mode("async"))
		w.Reboot("suse01", "roles", "4:S:master1:master:worker:master")
		w.do("monitor", ocf.Success, "srmode=async", "srmode@suse02=async")
	})
	row(t, "row T5: without replication", func(w *world) {
		w.SAP(state, 0, "SAPCONTROL-OK: <begin>\nmode=none\nSAPCONTROL-OK: <end>\ndone.\n")
		w.do("monitor", ocf.Success, "roles=4:N:master1:master:worker:master")
		require.Equal(t, 0, w.Count(hosts))
	})
	for _, test := range []struct{ name, before, want string }{
		{"row T6: the role is kept while it cannot be told", "4:P:master1:master:worker:master", ""},
		{"row T7: a role that was never told is a dash", "", "roles=4:-:master1:master:worker:master"},
		{"row T8: a kept secondary writes no empty mode", "4:S:master1:master:worker:master", ""},
	} {
		row(t, test.name, func(w *world) {
			w.Tool(state, hanatest.Garbage())
			w.Reboot("suse01", "roles", test.before)
			var writes []string
			if test.want != "" {
				writes = []string{test.want}
			}
			// Three attempts and the other source, with a pause after each of the first three.
			require.Equal(t, 6*time.Second, hanatest.Took(func() { w.do("monitor", ocf.Success, writes...) }))
			require.Equal(t, 3, w.Count(state))
			require.Equal(t, 1, w.Count(parameter))
		})
	}
	row(t, "row T9: the third answer is one", func(w *world) {
		w.Tool(state, runtest.InTurn(hanatest.Garbage(), hanatest.Garbage(), runtest.Says(0, hanatest.Mode("primary"))))
		require.Equal(t, 4*time.Second, hanatest.Took(func() { w.do("monitor", ocf.Success) }))
	})
	row(t, "row T10: the actual mode of the parameters wins", func(w *world) {
		w.Tool(state, hanatest.Garbage())
		w.Reboot("suse01", "roles", "")
		w.SAP(parameter, 0, hanatest.Parameters("actual_mode", "primary", "mode", "sync", "site_name", "WDF"))
		w.do("monitor", ocf.Success, steadyP)
	})
	row(t, "row T11: the actual mode wins the other way round", func(w *world) {
		w.forget()
		w.Tool(state, hanatest.Garbage())
		w.SAP(parameter, 0, hanatest.Parameters("actual_mode", "sync", "mode", "primary", "site_name", "WDF"))
		w.do("monitor", ocf.Success, "vhost=suse01", "remoteHost=suse02", steadyS, "site=WDF", "srmode=sync", "srmode@suse02=sync")
	})
	row(t, "row T12: the configured mode is the last resort", func(w *world) {
		w.Tool(state, hanatest.Garbage())
		w.SAP(parameter, 0, hanatest.Parameters("mode", "syncmem", "site_name", "WDF"))
		w.do("monitor", ocf.Success, steadyS, "srmode=syncmem", "srmode@suse02=syncmem")
	})
}

// The rows about the landscape.
func TestMatrixMonitorLandscape(t *testing.T) {
	row(t, "row T13: a stopped database", func(w *world) {
		w.SAP(landscape, 1, down)
		w.do("monitor", ocf.Success, "roles=1:P:master1::worker:")
	})
	row(t, "row T14: a status without text changes nothing", func(w *world) {
		w.SAP(landscape, 1, "")
		result := w.do("monitor", ocf.Success)
		require.Contains(t, result.Stderr, "no full answer from the landscape")
		require.Equal(t, 2, w.Count(landscape))
	})
	for name, status := range map[string]int{
		"row T15: status 0": 0, "row T15: status 2": 2, "row T15: status 3": 3,
	} {
		row(t, name, func(w *world) {
			w.SAP(landscape, status, hanatest.Up)
			w.do("monitor", ocf.Success, "roles="+string(rune('0'+status))+":P:master1:master:worker:master")
		})
	}
	row(t, "row T16: no answer in time, twice", func(w *world) {
		w.Tool(landscape, runtest.Says(124, ""))
		result := w.do("monitor", ocf.Success)
		require.Equal(t, 2, w.Count(landscape))
		require.Contains(t, result.Stderr, "no full answer from the landscape")
	})
	row(t, "row T17: the second answer counts", func(w *world) {
		w.Tool(landscape, runtest.InTurn(runtest.Says(124, ""), runtest.Says(1, down)))
		w.do("monitor", ocf.Success, "roles=1:P:master1::worker:")
	})
	row(t, "row T18: killed is no answer in time", func(w *world) {
		w.Tool(landscape, runtest.Says(137, ""))
		w.do("monitor", ocf.Success)
		require.Equal(t, 2, w.Count(landscape))
	})
	row(t, "row T19: a real overrun takes twice the limit", func(w *world) {
		w.Params["HANA_CALL_TIMEOUT"] = "1"
		w.Tool(landscape, runtest.Hangs)
		require.Equal(t, 2*time.Second, hanatest.Took(func() { w.do("monitor", ocf.Success) }))
	})
	row(t, "row T20: the end marker may be missing", func(w *world) {
		w.SAP(landscape, 1, down[:len(down)-len("SAPCONTROL-OK: <end>\n")])
		w.do("monitor", ocf.Success, "roles=1:P:master1::worker:")
	})
	row(t, "row T21: keys that name the host", func(w *world) {
		w.Reboot("suse01", "roles", "")
		w.SAP(landscape, 4, `SAPCONTROL-OK: <begin>
host/suse01/nameServerConfigRole=master 1
host/suse01/nameServerActualRole=master
host/suse01/indexServerConfigRole=worker
host/suse01/indexServerActualRole=master
host/other/nameServerConfigRole=slave
SAPCONTROL-OK: <end>
`)
		w.do("monitor", ocf.Success, steadyP)
	})
	row(t, "row T22: an unknown version is the newest", func(w *world) {
		w.NoFile("/usr/sap/HA1/HDB10/exe/manifest")
		w.do("monitor", ocf.Success)
		require.Equal(t, 1, w.Count(landscape+" --sapcontrol=1"))
	})
	row(t, "row T23: a release that prints a table", func(w *world) {
		w.File("/usr/sap/HA1/HDB10/exe/manifest", "fullversion: 1.00.095.00 Build 1\n")
		w.forget()
		w.SAP(oldState, 0, hanatest.Mode("primary")+mapping)
		w.SAP(landscape, 4, table("suse01"))
		w.do("monitor", ocf.Success, "vhost=suse01", "remoteHost=suse02", steadyP, "site=WDF")
		require.Equal(t, 0, w.Count(hosts))
		require.Equal(t, 1, w.Count("python_support/"+landscape))
	})
	row(t, "row T24: a release between the two", func(w *world) {
		w.File("/usr/sap/HA1/HDB10/exe/manifest", "fullversion: 1.00.102.00 Build 1\n")
		w.SAP(oldState, 0, hanatest.Mode("primary"))
		w.Reboot("suse01", "version", "")
		w.do("monitor", ocf.Success)
		require.Equal(t, 1, w.Count(landscape+" --sapcontrol=1"))
		require.Equal(t, 0, w.Count(state))
	})
}

// The rows about the partner and the virtual host name.
func TestMatrixMonitorHosts(t *testing.T) {
	for _, test := range []struct {
		name  string
		given func(w *world)
		want  []string
	}{
		{"row T25: the partner of the mapping", func(w *world) {}, []string{"remoteHost=suse02"}},
		{"row T26: without a mapping, the host of the other site", func(w *world) { w.SAP(hosts, 1, "") }, []string{"remoteHost=suse02"}},
		{"row T27: a node without host name stands for itself", func(w *world) {
			w.SAP(hosts, 1, "")
			w.Forever("suse02", "vhost", "")
		}, []string{"remoteHost=suse02"}},
		{"row T28: nobody has a site", func(w *world) {
			w.SAP(hosts, 1, "")
			w.Forever("suse02", "site", "")
		}, nil},
		{"row T29: the mapped host is no node's", func(w *world) { w.Forever("suse02", "vhost", "") }, nil},
		{"row T30: a virtual host", func(w *world) {
			w.SAP(hosts, 0, "mapping/suse01=WDF/suse01\nmapping/suse01=ROT/hanavip2\n")
			w.Forever("suse02", "vhost", "hanavip2")
		}, []string{"remoteHost=hanavip2"}},
		{"row T31: a third site is ignored", func(w *world) {
			w.SAP(hosts, 0, mapping+"mapping/suse01=DR1/suse09\n")
		}, []string{"remoteHost=suse02"}},
		{"row T32: only a third site", func(w *world) { w.SAP(hosts, 0, "mapping/suse01=DR1/suse09\n") }, nil},
		{"row T33: a site whose name begins like ours", func(w *world) {
			w.SAP(hosts, 0, "mapping/suse01=WDF/suse01\nmapping/suse01=WDFDR/suse02\n")
			w.Forever("suse02", "site", "WDFDR")
		}, []string{"remoteHost=suse02"}},
	} {
		row(t, test.name, func(w *world) {
			w.Forever("suse01", "remoteHost", "")
			test.given(w)
			w.do("monitor", ocf.Success, test.want...)
			require.Equal(t, 1, w.Count(hosts))
		})
	}
	row(t, "row T30: a virtual host where another was published", func(w *world) {
		w.SAP(hosts, 0, "mapping/suse01=WDF/suse01\nmapping/suse01=ROT/hanavip2\n")
		w.Forever("suse02", "vhost", "hanavip2")
		w.do("monitor", ocf.Success, "remoteHost=hanavip2")
	})
	row(t, "row T34: the virtual host name among other instances", func(w *world) {
		w.Cluster.Override("saphostctrl", runtest.Says(0, " Inst Info : DAA - 97 - suse01 - 753, patch 300, changelist 2003201\n"+
			" Inst Info : HA1 - 10 - hanavip1 - 753, patch 1010, changelist 2124070\n"))
		w.do("monitor", ocf.Success, "vhost=hanavip1")
	})
	row(t, "row T35: a host name with a dash", func(w *world) {
		w.Cluster.Override("saphostctrl", runtest.Says(0, " Inst Info : HA1 - 10 - suse-01 - 753, patch 1010, changelist 2124070\n"))
		w.do("monitor", ocf.Success, "vhost=suse-01")
	})
	row(t, "row T36: no list, no change", func(w *world) {
		w.Cluster.Override("saphostctrl", runtest.Says(0, ""))
		w.do("monitor", ocf.Success)
	})
}

// The rows about the marker and the host agent.
func TestMatrixMonitorMarker(t *testing.T) {
	row(t, "row T37: what is not started is watched all the same", func(w *world) {
		w.unmark()
		w.SAP(landscape, 1, down)
		w.do("monitor", ocf.NotRunning, "roles=1:P:master1::worker:")
	})
	row(t, "row T38: an old marker gets the new name", func(w *world) {
		w.unmark()
		w.mark("SAPTopologyON")
		w.do("monitor", ocf.Success)
		require.Equal(t, []string{"SAPTopologyON.HA1"}, w.marks())
	})
	row(t, "row T39: the host agent is started", func(w *world) {
		w.hostAgentDown(true)
		w.do("monitor", ocf.Success)
		require.Contains(t, w.Calls("systemctl"), "start saphostagent.service")
	})
}
