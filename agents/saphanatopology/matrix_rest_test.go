package saphanatopology

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

// The rows of saphana-topology.md 15 about probe, start and stop.
func TestMatrixProbeAndStart(t *testing.T) {
	row(t, "row T40: a probe of what is not started, while HANA is down", func(w *world) {
		w.unmark()
		w.Reboot("suse01", "version", "")
		w.SAP(landscape, 1, down)
		w.do("probe", ocf.NotRunning, "version=2.00.059.00")
		require.Empty(t, w.marks())
	})
	row(t, "row T40, ours: a probe of what is not started adopts a database that runs", func(w *world) {
		w.unmark()
		w.Reboot("suse01", "version", "")
		require.Contains(t, w.do("probe", ocf.Success, "version=2.00.059.00").Stderr, "ACT: the database runs already")
		require.Equal(t, []string{"SAPTopologyON.HA1"}, w.marks())
	})
	row(t, "row T40, ours: a probe that cannot tell adopts nothing", func(w *world) {
		w.unmark()
		w.Tool(landscape, nil)
		w.do("probe", ocf.NotRunning)
		require.Empty(t, w.marks())
	})
	row(t, "row T41: a probe of what is started", func(w *world) {
		w.Reboot("suse01", "version", "")
		w.do("probe", ocf.Success, "version=2.00.059.00")
	})
	row(t, "row T42: without a manifest HDB is asked", func(w *world) {
		w.NoFile("/usr/sap/HA1/HDB10/exe/manifest")
		w.SAP(version, 0, "HDB version info:\n  version:             2.00.059.00.1630000000\n  branch: x\n")
		w.do("probe", ocf.Success, "version=2.00.059.00.1630000000")
		require.Equal(t, []string{"HDB version"}, w.Asked())
	})
	row(t, "row T43: start makes the marker and looks after the host agent", func(w *world) {
		w.unmark()
		w.do("start", ocf.Success)
		require.Equal(t, []string{"SAPTopologyON.HA1"}, w.marks())
		require.Equal(t, []string{"is-active --quiet saphostagent.service"}, w.Calls("systemctl"))
		require.Empty(t, w.Asked())
		require.Equal(t, 1, w.Cluster.Started())
	})
	row(t, "row T44: start starts the host agent through systemd", func(w *world) {
		w.hostAgentDown(true)
		w.do("start", ocf.Success)
		require.Contains(t, w.Calls("systemctl"), "start saphostagent.service")
	})
	row(t, "row T45: start starts the host agent of the older style", func(w *world) {
		w.hostAgentDown(false)
		w.File("/usr/sap/hostctrl/exe/saphostexec", "#!/bin/sh\n")
		w.Cluster.Override("saphostexec", runtest.Says(0, ""))
		w.do("start", ocf.Success)
		require.Equal(t, []string{"pf=/usr/sap/hostctrl/exe/host_profile"}, w.Calls("saphostexec"))
		require.NotContains(t, w.Calls("systemctl"), "start saphostagent.service")
	})
}

func TestMatrixStop(t *testing.T) {
	row(t, "row T46: stop removes the marker", func(w *world) {
		w.do("stop", ocf.Success)
		require.Empty(t, w.marks())
	})
	row(t, "row T47: stop publishes a stopped database", func(w *world) {
		w.SAP(landscape, 1, down)
		w.do("stop", ocf.Success, "roles=1:P:master1::worker:")
	})
	row(t, "row T48: stop publishes a status without text", func(w *world) {
		w.SAP(landscape, 1, "")
		w.do("stop", ocf.Success, "roles=1:P::::")
	})
	row(t, "row T49: stop publishes the script's own error", func(w *world) {
		w.SAP(landscape, 0, hanatest.Up)
		w.do("stop", ocf.Success, "roles=0:P:master1:master:worker:master")
		require.Equal(t, 2, w.Count(landscape))
	})
	for _, code := range []int{124, 137} {
		row(t, "row T50: a landscape that hangs, status "+strconv.Itoa(code), func(w *world) {
			w.SAP(landscape, code, "")
			result := w.do("stop", ocf.ErrGeneric, "roles=1:P:-:-:-:-")
			require.Contains(t, result.Reason, "HA1_HDB10 hangs")
			require.Empty(t, w.marks())
			require.Equal(t, 1, w.Count(landscape))
		})
	}
	for _, test := range []struct{ state, want string }{
		{hanatest.Mode("sync"), "roles=1:S:-:-:-:-"}, {hanatest.Mode("none"), "roles=1:N:-:-:-:-"}, {"garbage", "roles=1:-:-:-:-:-"},
	} {
		row(t, "row T51: the role of a hung landscape, "+test.want, func(w *world) {
			w.SAP(state, 0, test.state)
			w.Tool(landscape, runtest.Hangs)
			w.do("stop", ocf.ErrGeneric, test.want)
		})
	}
	for timeout, want := range map[string]float64{"300000": 150, "600000": 300, "1200000": 600} {
		row(t, "row T52: the limit of the landscape in a stop of "+timeout+" ms", func(w *world) {
			w.Tool(landscape, runtest.Hangs)
			elapsed := hanatest.Took(func() {
				w.doWith("stop", map[string]string{"OCF_RESKEY_CRM_meta_timeout": timeout}, ocf.ErrGeneric, "roles=1:P:-:-:-:-")
			})
			require.InDelta(t, want, elapsed.Seconds(), 1)
		})
	}
}

func TestMatrixConfiguration(t *testing.T) {
	row(t, "row T53: without a clone there is only the marker", func(w *world) {
		w.Env["OCF_RESKEY_CRM_meta_clone_max"] = "-"
		w.forget()
		w.do("monitor", ocf.Success)
		w.do("stop", ocf.Success)
		require.Zero(t, w.Cluster.Started())
		w.do("monitor", ocf.NotRunning)
	})
	for _, action := range []string{"start", "monitor", "probe", "stop", "reload", "validate-all"} {
		row(t, "row T54: two instances on a node, "+action, func(w *world) {
			w.Env["OCF_RESKEY_CRM_meta_clone_node_max"] = "2"
			w.do(action, ocf.ErrConfigured)
		})
		for name, params := range map[string]map[string]string{
			"no SID": {"InstanceNumber": "10"}, "an empty SID": {"SID": "", "InstanceNumber": "10"}, "a SID in lower case": {"SID": "ha1", "InstanceNumber": "10"},
			"no number": {"SID": "HA1"}, "a number of one digit": {"SID": "HA1", "InstanceNumber": "1"},
		} {
			row(t, "row T55: "+name+", "+action, func(w *world) {
				w.Params = params
				want := ocf.ErrArgs
				if action == "stop" && params["SID"] != "HA1" {
					// Nothing of that name was started: it is stopped (decision 3).
					want = ocf.Success
				}
				w.do(action, want)
				require.Zero(t, w.Cluster.Started())
			})
		}
		row(t, "who is not root is refused: "+action, func(w *world) {
			w.UID = 1000
			w.do(action, ocf.ErrPerm)
		})
	}
	row(t, "row T54: what was not started is stopped, whatever the clone", func(w *world) {
		w.Env["OCF_RESKEY_CRM_meta_clone_node_max"] = "2"
		w.unmark()
		w.do("stop", ocf.Success)
	})
	for _, action := range []string{"reload", "validate-all"} {
		row(t, "row T56: "+action+" writes and asks nothing", func(w *world) {
			w.do(action, ocf.Success)
			require.Zero(t, w.Cluster.Started())
		})
	}
	for _, action := range []string{"notify", "usage", "meta-data"} {
		row(t, "row T57: "+action+" asks nobody", func(w *world) {
			w.Params = nil
			w.do(action, ocf.Success)
			require.Zero(t, w.Cluster.Started())
		})
	}
	for _, name := range []string{"row T57: methods", "row T58: admin-setup"} {
		row(t, name+" is dropped: usage lists the actions", func(w *world) {
			_, action, _ := strings.Cut(name, ": ")
			require.Contains(t, w.do(action, ocf.ErrUnimplemented).Stderr, "usage: SAPHanaTopology {start|stop|")
			require.Zero(t, w.Cluster.Started())
		})
	}
	for _, action := range []string{"promote", "demote", "bogus"} {
		row(t, "row T59: "+action+" is not implemented", func(w *world) {
			result := w.do(action, ocf.ErrUnimplemented)
			require.Contains(t, result.Stderr, "start")
		})
	}
	row(t, "row T60: status is never a probe", func(w *world) {
		w.SAP(landscape, 1, down)
		w.doWith("status", map[string]string{"OCF_RESKEY_CRM_meta_interval": "0"}, ocf.Success, "roles=1:P:master1::worker:")
	})
	row(t, "more than one word is refused", func(w *world) {
		require.Equal(t, ocf.ErrArgs, w.Words(t, "start", "now").Code)
		require.Equal(t, ocf.ErrArgs, w.Words(t).Code)
	})
}
