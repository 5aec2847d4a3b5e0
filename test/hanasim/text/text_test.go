package text

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// spec reads what a specification prints. The files name their sections; ends of lines are without blanks.
func spec(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	require.NoError(t, err)
	return string(text)
}

// trimmed is text without blanks at the ends of lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func system() site.System {
	return site.System{SID: "HA1", Number: "10", Host: "suse01", Speed: 10, Tenants: []string{"HA1"}}
}

// state is a primary with one secondary, whose channels have a status each.
func state(wdf, rot string, statuses ...core.Status) *wire.State {
	m := site.Memory{Mode: core.Primary, ID: 1, Name: wdf, Peers: []site.Peer{
		{ID: 1, Name: wdf, Host: "suse01", Mode: core.Primary},
		{ID: 2, Name: rot, Host: "suse02", Source: 1, Mode: core.Sync, OperationMode: "logreplay"},
	}}
	s := &wire.State{Memory: m, Mode: m.Mode, ID: m.ID, Name: m.Name}
	for i, v := range system().Volumes() {
		if i < len(statuses) {
			s.Channels = append(s.Channels, wire.Channel{Service: v, Report: wire.Report{Site: 2, Name: rot, Mode: core.Sync, Status: statuses[i]}})
		}
	}
	return s
}

func TestReplicationTable(t *testing.T) {
	t.Parallel()
	r := Replication{Host: "suse01", State: state("WDF", "ROT", core.Active, core.Active)}
	require.Equal(t, spec(t, "replication-saphana-6.4"), trimmed(r.Table()))
	require.Equal(t, core.Active, r.Status())
}

func TestReplicationLinesHaveTheGuidesOrder(t *testing.T) {
	t.Parallel()
	got := Replication{Host: "suse01", State: state("WDF1", "ROT1", core.Active, core.Active, core.Active)}.Lines()
	require.Contains(t, got, spec(t, "replication-guide-7.3"))
}

func TestReplicationStatus(t *testing.T) {
	t.Parallel()
	three := func(a, b, c core.Status) *wire.State { return state("WDF", "ROT", a, b, c) }
	secondary := state("WDF", "ROT")
	secondary.Mode = core.Sync
	alone := state("WDF", "ROT")
	none := state("WDF", "ROT")
	none.Mode = core.None
	for _, c := range []struct {
		name  string
		state *wire.State
		site  string
		want  core.Status
	}{
		{"a database that is down is unknown", nil, "", core.Unknown},
		{"a secondary does not know", secondary, "", core.Unknown},
		{"a system without replication has none", none, "", core.NoReplication},
		{"a primary without secondaries has none", alone, "", core.NoReplication},
		{"the worst service counts", three(core.Active, core.Error, core.Syncing), "", core.Error},
		{"initializing is worse than syncing", three(core.Active, core.Initializing, core.Syncing), "", core.Initializing},
		{"only the site that is asked for", three(core.Error, core.Error, core.Error), "DR1", core.NoReplication},
	} {
		r := Replication{Host: "suse01", State: c.state, Site: c.site}
		require.Equal(t, c.want, r.Status(), c.name)
		if c.want != core.Active {
			require.NotContains(t, r.Table(), "ACTIVE\noverall", c.name)
		}
		require.Contains(t, r.Lines(), "SAPCONTROL-OK: <end>\ndone.\n", c.name)
	}
}

func TestLandscape(t *testing.T) {
	t.Parallel()
	services := func(active ...string) *wire.State {
		s := &wire.State{}
		for i, v := range system().Services() {
			s.Services = append(s.Services, wire.ServiceState{Service: v, Active: active[min(i, len(active)-1)]})
		}
		return s
	}
	for _, c := range []struct {
		name   string
		state  *wire.State
		status int
		file   string
	}{
		{"all services work", services("yes"), LandscapeOK, "landscape-topology-7.1-ok"},
		{"no nameserver", nil, LandscapeError, "landscape-topology-7.1-down"},
		{"a service is missing", services("yes", "no", "yes"), LandscapeWarning, ""},
		{"the nameserver starts", services("starting", "no"), LandscapeError, ""},
	} {
		l := LandscapeOf("suse01", c.state)
		require.Equal(t, c.status, l.Status, c.name)
		if c.file != "" {
			require.Equal(t, spec(t, c.file), l.Lines(), c.name)
		}
	}
	require.Contains(t, LandscapeOf("suse01", services("yes")).Table(), "overall host status: ok\n")
	require.Contains(t, LandscapeOf("suse01", nil).Table(), "overall host status: error\n")
}

func TestRoles(t *testing.T) {
	t.Parallel()
	primary := state("WDF", "ROT").Memory
	secondary := primary
	secondary.Mode, secondary.ID, secondary.Name = core.Sync, 2, "ROT"
	for file, m := range map[string]site.Memory{
		"role-saphana-6.1-primary": primary, "role-saphana-6.1-secondary": secondary, "role-saphana-6.1-none": {Mode: core.None},
	} {
		require.Equal(t, spec(t, file), Role{Host: "suse01", Memory: m}.Configuration(true), file)
	}
	require.Equal(t, spec(t, "mapping-topology-4.3"), Role{Host: "suse01", Memory: primary, Online: true}.HostMapping(true))
	require.NotContains(t, Role{Host: "suse01", Memory: primary}.HostMapping(true), "mapping/", "only a running nameserver knows")
	require.Contains(t, Role{Host: "suse02", Memory: secondary, Online: true}.State(false), "active primary site: 1\n")
	lines := Role{Host: "suse01", Memory: primary, Online: true}.State(true)
	require.Contains(t, lines, "\nmode=primary\noperation mode=primary\nsite id=1\n")
}

func TestParameters(t *testing.T) {
	t.Parallel()
	ini := site.ParseIni("[system_replication]\nactual_mode = primary\nmode = primary\n")
	keys := []string{"global.ini/system_replication/actual_mode", "global.ini/system_replication/mode", "global.ini/system_replication/operation_mode", "odd"}
	require.Equal(t, spec(t, "parameter-saphana-6.2"), Parameters(ini, keys, true))
}

func TestProcessList(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 11, 22, 10, 0, 0, 0, time.UTC)
	list := []wire.ProcessState{
		{Name: "hdbdaemon", Title: "HDB Daemon", Color: "GREEN", Text: "Running", Started: at.Add(-time.Hour), Pid: 8738},
		{Name: "hdbnameserver", Title: "HDB Nameserver", Color: "GREEN", Text: "Running", Started: at.Add(2*time.Second - time.Hour), Pid: 8756},
	}
	require.Equal(t, spec(t, "processes-saphana-6.5"), Call(at, "GetProcessList", "OK")+ProcessList(list, at, true))
	require.Equal(t, 3, ProcessListCode(list))
	list[1].Color = "GRAY"
	require.Equal(t, 0, ProcessListCode(list))
	require.Equal(t, "YELLOW", Color(list))
	require.Equal(t, 4, ProcessListCode(list[1:]))
	require.Contains(t, ProcessList(list[:1], at, false), "hdbdaemon, HDB Daemon, GREEN, Running, 2025 11 22 09:00:00, 1:00:00, 8738\n")
}

func TestTraceLine(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 5, 5, 10, 0, 0, 1000, time.UTC)
	require.Equal(t, "[7138]{-1}[-1/-1] 2025-05-05 10:00:00.000001 i ha_dr_provider   HADRProviderManager.cpp(00073) : loading\n",
		TraceLine(7138, at, 'i', "ha_dr_provider", "HADRProviderManager.cpp(00073)", "loading"))
	require.Contains(t, TraceLine(1, at, 'i', "ha_dr_SAPHanaSrMultiTarget", "x", "y"), " i ha_dr_SAPHanaSrM x : y\n")
}
