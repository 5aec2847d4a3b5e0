package saphanatopology

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

// What saphana-topology.md 14 wants better than the shell agent, by its numbers there; 1 is rows T43 and
// T56, 5 row T22, 8 row T52.
func TestBetter(t *testing.T) {
	row(t, "2: the login is had once", func(w *world) {
		for range 3 {
			w.do("monitor", ocf.Success)
		}
		w.Cluster.Forget()
		w.do("monitor", ocf.Success)
		require.Equal(t, 0, w.Cluster.Started("su", "getent"))
		time.Sleep(2 * time.Hour)
		w.do("monitor", ocf.Success)
		require.Equal(t, 1, w.Cluster.Started("su"))
	})
	row(t, "2: the partner is asked for again when the role has changed", func(w *world) {
		w.SAP(state, 0, hanatest.Mode("sync"))
		w.do("monitor", ocf.Success, steadyS)
		require.Equal(t, 1, w.Count(hosts))
		w.do("monitor", ocf.Success)
		require.Equal(t, 0, w.Count(hosts))
	})
	row(t, "2: each call through a login shell, if that is wanted", func(w *world) {
		w.Env["OCFBOX_SAP_LOGIN"] = "yes"
		w.Cluster.Override("su", runtest.Says(0, ""))
		w.do("monitor", ocf.Success)
		require.Equal(t, 0, w.Cluster.Started("setpriv"))
		require.Contains(t, w.Calls("su"), "- ha1adm -c hdbnsutil -sr_stateConfiguration --sapcontrol=1")
	})
	row(t, "3: a host agent that hangs costs ten seconds and keeps the old name", func(w *world) {
		w.Cluster.Override("saphostctrl", runtest.Hangs)
		require.Equal(t, 10*time.Second, hanatest.Took(func() { w.do("monitor", ocf.Success) }))
	})
	row(t, "4: the first probe of a node publishes what is missing", func(w *world) {
		w.unmark()
		w.forget()
		w.do("probe", ocf.Success, "version=2.00.059.00", "vhost=suse01", "remoteHost=suse02", steadyP, "site=WDF")
		require.Empty(t, w.Calls("systemctl"))
		w.do("probe", ocf.Success)
		require.Empty(t, w.Asked())
	})
	row(t, "4: what is there stays as it is in a probe", func(w *world) {
		w.Reboot("suse01", "roles", "")
		w.Forever("suse01", "site", "OLD")
		w.do("probe", ocf.Success, steadyP)
	})
	row(t, "6: the bare status is published after three monitors without text", func(w *world) {
		w.SAP(landscape, 1, "")
		first := w.do("monitor", ocf.Success)
		require.Contains(t, first.Stderr, "no full answer")
		require.NotContains(t, w.do("monitor", ocf.Success).Stderr, "no full answer")
		w.do("monitor", ocf.Success, "roles=1:P::::")
		w.SAP(landscape, 4, hanatest.Up)
		require.Contains(t, w.do("monitor", ocf.Success, steadyP).Stderr, "answers again after 3 monitors")
	})
	row(t, "6: a tool that cannot be started never changes the roles", func(w *world) {
		w.Tool(landscape, nil)
		for range 5 {
			w.do("monitor", ocf.Success)
		}
	})
	row(t, "7: an error of the script is asked about again", func(w *world) {
		w.Tool(landscape, runtest.InTurn(runtest.Says(0, ""), runtest.Says(4, hanatest.Up)))
		w.do("monitor", ocf.Success)
		require.Equal(t, 2, w.Count(landscape))
	})
	row(t, "9: a site name with a blank is not written", func(w *world) {
		w.SAP(state, 0, "SAPCONTROL-OK: <begin>\nmode=primary\nsite name=W DF\nSAPCONTROL-OK: <end>\n")
		require.Contains(t, w.do("monitor", ocf.Success).Stderr, `"W DF" is no usable value`)
	})
	row(t, "10: the mode is not published while the node takes over", func(w *world) {
		w.SAP(state, 0, hanatest.Mode("syncmem"))
		w.Reboot("suse01", "roles", "4:S:master1:master:worker:master")
		w.Reboot("suse01", "sra", "T")
		w.do("monitor", ocf.Success)
		w.Reboot("suse01", "sra", "-")
		w.do("monitor", ocf.Success, "srmode=syncmem", "srmode@suse02=syncmem")
	})
	row(t, "10: a mode is published when two monitors have seen it", func(w *world) {
		w.do("monitor", ocf.Success)
		w.SAP(state, 0, hanatest.Mode("syncmem"))
		w.do("monitor", ocf.Success, steadyS)
		w.do("monitor", ocf.Success, "srmode=syncmem", "srmode@suse02=syncmem")
		w.do("monitor", ocf.Success)
	})
	row(t, "11: the cluster is read once", func(w *world) {
		w.do("monitor", ocf.Success)
		require.Equal(t, 1, w.Cluster.Started("cibadmin"))
		require.Equal(t, 0, w.Cluster.Started("crm_attribute", "crm_node", "crm_mon"))
	})
	row(t, "13: a steady monitor logs nothing, and a change one line", func(w *world) {
		require.Empty(t, w.do("monitor", ocf.Success).Stderr)
		w.SAP(landscape, 1, down)
		require.Contains(t, w.do("monitor", ocf.Success, "roles=1:P:master1::worker:").Stderr,
			"DEC: hana_ha1_roles=1:P:master1::worker: because mode=primary site=WDF vhost=suse01 lss=error")
		require.Empty(t, w.do("monitor", ocf.Success).Stderr)
	})
	row(t, "14: an unknown replication state is logged once, and how long it was", func(w *world) {
		w.Tool(state, hanatest.Garbage())
		require.Contains(t, w.do("monitor", ocf.Success).Stderr, "DEFECT")
		require.Empty(t, w.do("monitor", ocf.Success).Stderr)
		w.SAP(state, 0, hanatest.Mode("primary"))
		require.Regexp(t, `known again after \d+s: mode=primary`, w.do("monitor", ocf.Success).Stderr)
	})
	row(t, "17: a start without a marker is a failure", func(w *world) {
		w.unmark()
		require.NoError(t, os.WriteFile(filepath.Join(w.State, "SAPHana"), nil, 0o644))
		require.Contains(t, w.do("start", ocf.ErrGeneric).Reason, "SAPHana/SAPTopologyON.HA1")
	})
	row(t, "18: a host agent that does not start is tried once a minute and logged once", func(w *world) {
		w.hostAgentDown(true)
		require.Contains(t, w.do("monitor", ocf.Success).Stderr, "host agent does not run")
		require.Empty(t, w.do("monitor", ocf.Success).Stderr)
		require.NotContains(t, w.Calls("systemctl"), "start saphostagent.service")
		time.Sleep(time.Minute)
		require.Empty(t, w.do("monitor", ocf.Success).Stderr)
		require.Contains(t, w.Calls("systemctl"), "start saphostagent.service")
		w.Cluster.Override("systemctl", runtest.Says(0, ""))
		require.Contains(t, w.do("monitor", ocf.Success).Stderr, "host agent runs again")
	})
}

func TestTheVersionIsRefreshed(t *testing.T) {
	row(t, "after an update of HANA the manifest says so (9.1)", func(w *world) {
		w.File("/usr/sap/HA1/HDB10/exe/manifest", "fullversion: 2.00.070.00 Build 1\n")
		w.do("monitor", ocf.Success, "version=2.00.070.00")
	})
}

func TestTheFilterChoosesWhatIsLogged(t *testing.T) {
	require.True(t, passes(defaultFilter, "DEC: x"))
	require.False(t, passes(defaultFilter, "FLOW: x"))
	require.True(t, passes("all", "FLOW: x"))
	require.True(t, passes("", "FLOW: x"))
	require.False(t, passes("none", "DEC: x"))
	row(t, "the property is read from the same CIB", func(w *world) {
		w.Set(propertyFilter(), "none")
		w.SAP(landscape, 1, down)
		require.Empty(t, w.do("monitor", ocf.Success, "roles=1:P:master1::worker:").Stderr)
	})
}

func TestAHostWithoutHANA(t *testing.T) {
	without := func(w *world) {
		w.unmark()
		w.forget()
		w.NoFile("/usr/sap")
		w.Cluster.Override("getent", runtest.Says(2, ""))
		w.Cluster.Override("saphostctrl", nil)
	}
	row(t, "a probe starts one program and finds nothing", func(w *world) {
		without(w)
		w.do("probe", ocf.NotRunning)
		require.Equal(t, 1, w.Cluster.Started())
	})
	row(t, "a stop succeeds", func(w *world) {
		without(w)
		w.do("stop", ocf.Success)
	})
	row(t, "a monitor answers for the marker", func(w *world) {
		without(w)
		w.do("monitor", ocf.NotRunning, "remoteHost=suse02")
	})
}
