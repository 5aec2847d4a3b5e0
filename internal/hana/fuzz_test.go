package hana

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// seed adds every fixture to a fuzz target: what one reader must understand, the others must survive.
func seed(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(text))
	}
}

func FuzzReplication(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseReplication(text)
		require.Equal(t, err != nil, r.Mode == "")
		require.NotContains(t, r.Site, "\n")
	})
}

func FuzzMappings(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, mapping := range ParseMappings(text) {
			require.NotEmpty(t, mapping.Host)
			require.NotEmpty(t, mapping.Site)
			require.NotContains(t, mapping.Site, "/")
		}
	})
}

func FuzzParameters(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		values, err := ParseParameters(text)
		require.True(t, err == nil || values == nil)
	})
}

func FuzzLandscape(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		hosts, err := ParseLandscape(text)
		require.Equal(t, err != nil, len(hosts) == 0)
		for _, roles := range hosts {
			require.False(t, strings.ContainsAny(Roles{HostRoles: roles}.String(), " \t\n"))
		}
	})
}

func FuzzRoles(f *testing.F) {
	f.Add("4:P:master1:master:worker:master")
	f.Add("1:P::::")
	f.Fuzz(func(t *testing.T, text string) {
		roles, ok := ParseRoles(text)
		if ok {
			again, still := ParseRoles(roles.String())
			require.True(t, still)
			require.Equal(t, roles, again)
		}
	})
}

func FuzzSyncStatus(f *testing.F) {
	f.Add(15, "overall system replication status: ACTIVE")
	f.Fuzz(func(t *testing.T, code int, text string) {
		status, err := ParseSyncStatus(code, text)
		require.Equal(t, err == nil, status != 0)
	})
}

func FuzzProcesses(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		processes, err := ParseProcesses(text)
		require.True(t, err == nil || processes == nil)
	})
}

func FuzzInstances(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, one := range ParseInstances(text) {
			require.NotContains(t, one.SID+one.Number+one.Host, " ")
		}
	})
}

func FuzzVersions(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		require.NotContains(t, string(ParseVersion(text)), " ")
		ParseManifest(text).Before(1, 0, 111)
	})
}
