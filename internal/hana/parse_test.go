package hana

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run"
)

func fixture(t testing.TB, name string) string {
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}

func TestASIDIsThreeLettersOrDigits(t *testing.T) {
	for _, text := range []string{"HA1", "PRD", "A00"} {
		var sid SID
		require.NoError(t, sid.UnmarshalText([]byte(text)))
		require.Equal(t, SID(text), sid)
	}
	for _, text := range []string{"", "ha1", "1HA", "HA", "HA11", "H_1", "HÄ1"} {
		require.Error(t, new(SID).UnmarshalText([]byte(text)), text)
	}
	require.Equal(t, "ha1adm", SID("HA1").User())
	require.Equal(t, "hana_ha1_roles", SID("HA1").Attribute("roles"))
}

func TestAnInstanceKnowsItsPlaces(t *testing.T) {
	for _, text := range []string{"", "1", "100", "1a", "-1"} {
		require.Error(t, new(InstanceNumber).UnmarshalText([]byte(text)), text)
	}
	var number InstanceNumber
	require.NoError(t, number.UnmarshalText([]byte("00")))
	i := Instance{SID: "HA1", Number: "10"}
	require.Equal(t, "HA1_HDB10", i.String())
	require.Equal(t, "/usr/sap/HA1/HDB10/exe/manifest", i.Manifest())
}

func TestReplicationState(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		want Replication
	}{
		"a primary":                {"state-primary.txt", Replication{Mode: ModePrimary, Site: "WDF", SiteID: "1"}},
		"a secondary":              {"state-secondary.txt", Replication{Mode: ModeSync, Site: "ROT", SiteID: "2"}},
		"without replication":      {"state-none.txt", Replication{Mode: ModeNone}},
		"a later release":          {"state-later.txt", Replication{Mode: ModeSyncMem, Site: "ROT", SiteID: "2", OperationMode: "logreplay"}},
		"the form for people":      {"state-people.txt", Replication{Mode: ModePrimary, Site: "WDF", SiteID: "1", OperationMode: "primary"}},
		"state and mapping in one": {"state-old.txt", Replication{Mode: ModePrimary, Site: "WDF", SiteID: "1", Mappings: []Mapping{{"suse01", "WDF", "suse01"}, {"suse01", "ROT", "suse02"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseReplication(fixture(t, test.file))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestWhatIsNoReplicationStateIsGarbled(t *testing.T) {
	primary := fixture(t, "state-primary.txt")
	for name, text := range map[string]string{
		"nothing":             "",
		"no end":              strings.ReplaceAll(primary, markEnd, ""),
		"no begin":            strings.ReplaceAll(primary, markBegin, ""),
		"mode before":         "mode=primary\n" + markBegin + "\nsite name=WDF\n" + markEnd + "\n",
		"operation mode only": markBegin + "\noperation mode=logreplay\n" + markEnd + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseReplication(text)
			require.ErrorIs(t, err, ErrGarbled)
		})
	}
	r, err := ParseReplication(markBegin + "\nmode=quorum\n" + markEnd + "\n")
	require.NoError(t, err)
	require.Equal(t, RoleUnknown, r.Mode.Role())
}

func TestModesAndRoles(t *testing.T) {
	for mode, want := range map[Mode]string{
		ModePrimary: "P primary", ModeSync: "S secondary", ModeSyncMem: "S secondary", ModeAsync: "S secondary", ModeNone: "N standalone", "x": "- unknown", "": "- unknown",
	} {
		require.Equal(t, want, mode.Role().Letter()+" "+mode.Role().String())
	}
}

func TestMappings(t *testing.T) {
	require.Equal(t, []Mapping{{"suse01", "WDF", "suse01"}, {"suse01", "ROT", "suse02"}, {"suse01", "DR1", "suse09"}},
		ParseMappings(fixture(t, "mapping-third-site.txt")))
	require.Empty(t, ParseMappings("mapping/a=b\nmapping/=x/y\nmapping/a=/y\nremapping/a=b/c\n"))
}

func TestParameters(t *testing.T) {
	values, err := ParseParameters(fixture(t, "parameters.txt"))
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"global.ini/system_replication/actual_mode": "primary", "global.ini/system_replication/mode": "primary",
		"global.ini/system_replication/site_name": "WDF", "global.ini/system_replication/operation_mode": "",
	}, values)
	_, err = ParseParameters("global.ini/system_replication/mode=primary\n")
	require.ErrorIs(t, err, ErrGarbled)
}

func TestLandscape(t *testing.T) {
	running := HostRoles{"master1", "master", "worker", "master"}
	for name, test := range map[string]struct {
		file string
		want map[string]HostRoles
	}{
		"running":       {"landscape-up.txt", map[string]HostRoles{"suse01": running}},
		"stopped":       {"landscape-down.txt", map[string]HostRoles{"suse01": {"master1", "", "worker", ""}}},
		"several hosts": {"landscape-hosts.txt", map[string]HostRoles{"suse01": running, "suse03": {"slave", "slave", "standby", "standby"}}},
		"a table":       {"landscape-table.txt", map[string]HostRoles{"suse01": running}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseLandscape(fixture(t, test.file))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
	up := fixture(t, "landscape-up.txt")
	_, err := ParseLandscape(strings.ReplaceAll(up, markEnd, ""))
	require.NoError(t, err, "a missing end marker is forgiven")
	cut, _, _ := strings.Cut(up, "indexServerConfigRole")
	for _, text := range []string{"", "Traceback (most recent call last):\n", markBegin + "\n" + markEnd + "\n", cut} {
		_, err := ParseLandscape(text)
		require.ErrorIs(t, err, ErrGarbled, text)
	}
}

func TestTheHostOfALandscape(t *testing.T) {
	one := Landscape{Hosts: map[string]HostRoles{"hanavip1": {NameServerConfig: "master1"}}}
	_, ok := one.RolesOf("suse01")
	require.True(t, ok, "there is only one")
	two := Landscape{Hosts: map[string]HostRoles{"a": {}, "b": {NameServerConfig: "slave"}}}
	roles, ok := two.RolesOf("b")
	require.True(t, ok)
	require.Equal(t, "slave", roles.NameServerConfig)
	_, ok = two.RolesOf("suse01")
	require.False(t, ok)
	require.Equal(t, "warning", LandscapeWarning.String())
}

func TestRoles(t *testing.T) {
	for _, text := range []string{"4:P:master1:master:worker:master", "1:S:master1::worker:", "1:P::::", "1:P:-:-:-:-", "0:-:a:b:c:d"} {
		roles, ok := ParseRoles(text)
		require.True(t, ok, text)
		require.Equal(t, text, roles.String())
	}
	for _, text := range []string{"", "4:P:", "5:P::::", "4:X::::", "4:::::", "-1:P::::", "4:PS::::"} {
		_, ok := ParseRoles(text)
		require.False(t, ok, text)
	}
}

func TestReplicationStatus(t *testing.T) {
	table := fixture(t, "replication-active.txt")
	for code := 10; code <= 15; code++ {
		status, err := ParseSyncStatus(code, table)
		require.NoError(t, err)
		require.Equal(t, SyncStatus(code), status)
		require.NotContains(t, status.String(), "(")
	}
	for code, text := range map[int]string{15: "mode: PRIMARY", 1: table, 0: table, 16: table, 127: ""} {
		_, err := ParseSyncStatus(code, text)
		require.ErrorIs(t, err, ErrGarbled, code)
	}
}

func TestProcesses(t *testing.T) {
	processes, err := ParseProcesses(fixture(t, "processes.txt"))
	require.NoError(t, err)
	require.Len(t, processes, 11)
	require.Equal(t, Process{Name: "hdbdaemon", Description: "HDB Daemon", Dispatch: "GREEN", Text: "Running", PID: 8738}, processes[0])
	require.True(t, processes[1].Running())
	require.Equal(t, "hdbwebdispatcher", processes[10].Name)
	require.False(t, processes[10].Running())
	_, err = ParseProcesses("\n22.11.2025 10:00:00\nGetProcessList\nFAIL: NIECONN_REFUSED\n")
	require.ErrorIs(t, err, ErrGarbled)
}

func TestInstances(t *testing.T) {
	all := ParseInstances(fixture(t, "instances.txt"))
	require.Equal(t, []Listed{{"DAA", "97", "suse01"}, {"HA1", "10", "suse-01"}, {"HA1", "20", "suse01"}}, all)
	require.Equal(t, "suse-01", Instance{"HA1", "10"}.VirtualHost(all))
	require.Empty(t, Instance{"HA2", "10"}.VirtualHost(all))
}

func TestVersions(t *testing.T) {
	require.Equal(t, Version("2.00.059.00"), ParseManifest("[x]\nrelease: 2\nfullversion: 2.00.059.00 Build 1630000000-1530\nfullversion: 9\n"))
	require.Empty(t, ParseManifest("release: 2\n"))
	require.Equal(t, Version("2.00.059.00.1630000000"), ParseVersion("HDB version info:\n  version:             2.00.059.00.1630000000\n"))
	for version, want := range map[Version]bool{
		"1.00.095.00": true, "1.00.110": true, "1.00.111.01": false, "2.00.000": false, "0.9.200": true, "": false, "x": false, "1.x.5": false,
	} {
		require.Equal(t, want, version.Before(1, 0, 111), version)
	}
}

func TestExitStatusesThatAreNotTheTools(t *testing.T) {
	for _, code := range []int{0, 1, 4, 15, 123} {
		require.NoError(t, ended("x", code))
	}
	for _, code := range []int{124, 137, 143} {
		require.ErrorIs(t, ended("x", code), run.ErrTimeout)
	}
	for _, code := range []int{126, 127} {
		require.ErrorIs(t, ended("x", code), ErrNotStarted)
	}
}
