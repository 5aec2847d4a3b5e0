package site

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ocfbox/test/hanasim/core"
)

const custom = `# written by hand
[persistence]
basepath_datavolumes=/hana/data/HA1

[ha_dr_provider_SAPHanaSR]
provider = SAPHanaSR
path = /usr/share/SAPHanaSR

[system_replication]
operation_mode = logreplay
`

func TestIniKeepsWhatItDoesNotChange(t *testing.T) {
	t.Parallel()
	i := ParseIni(custom)
	require.Equal(t, custom, i.String())
	i.Set("system_replication", "actual_mode", "primary")
	i.Set("persistence", "basepath_logvolumes", "/hana/log/HA1")
	i.Set("trace", "ha_dr_saphanasr", "info")
	i.Set("system_replication", "actual_mode", "sync")
	want := strings.Replace(custom, "data/HA1\n", "data/HA1\nbasepath_logvolumes = /hana/log/HA1\n", 1) +
		"actual_mode = sync\n\n[trace]\nha_dr_saphanasr = info\n"
	require.Equal(t, want, i.String())
	i.Unset("system_replication", "actual_mode")
	require.Empty(t, i.Get("system_replication", "actual_mode"))
	require.Equal(t, "logreplay", i.Get("system_replication", "operation_mode"))
	require.Equal(t, []string{"persistence", "ha_dr_provider_SAPHanaSR", "system_replication", "trace"}, i.Sections())
}

func FuzzIni(f *testing.F) {
	f.Add(custom, "system_replication", "mode", "sync")
	f.Add("", "s", "k", "v")
	f.Fuzz(func(t *testing.T, text, section, key, value string) {
		if strings.ContainsAny(section+key+value, "\n\r=[]#") || strings.TrimSpace(section) != section ||
			strings.TrimSpace(key) != key || strings.TrimSpace(value) != value || key == "" {
			return
		}
		i := ParseIni(text)
		i.Set(section, key, value)
		require.Equal(t, value, ParseIni(i.String()).Get(section, key))
	})
}

func TestPortsAndNames(t *testing.T) {
	t.Parallel()
	s := System{SID: "HA1", Number: "10", Host: "suse01", Speed: 10, Tenants: []string{"HA1", "QQ1"}}
	require.Equal(t, "/usr/sap/HA1/HDB10/suse01/trace/hdb.sapHA1_HDB10", s.DaemonPath())
	require.Equal(t, "/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01", s.Profile())
	require.Equal(t, "/usr/sap/HA1/HDB10/suse01/trace/nameserver_suse01.31001.000.trc", s.TraceFile("nameserver", 31001))
	require.Equal(t, 3*time.Second, s.Lasts(30*time.Second))
	var ports []int
	for _, v := range s.Volumes() {
		ports = append(ports, v.Port)
	}
	require.Equal(t, []int{31001, 31003, 31007, 31040}, ports)
	require.Equal(t, []string{"hdbindexserver", "-port", "31003"}, s.Args(s.Volumes()[1]))
	require.Equal(t, []string{"hdbnameserver"}, s.Args(s.Volumes()[0]))
}

func TestTakeoverKeepsTheSitesBelow(t *testing.T) {
	t.Parallel()
	m := Memory{Mode: core.Sync, ID: 2, Name: "ROT", Remote: "suse01", Peers: []Peer{
		{ID: 1, Name: "WDF", Host: "suse01", Mode: core.Primary}, {ID: 2, Name: "ROT", Host: "suse02", Source: 1, Mode: core.Sync},
		{ID: 3, Name: "DR1", Host: "suse03", Source: 2, Mode: core.Async},
	}}
	m.TakeOver(7)
	require.Equal(t, core.Primary, m.Mode)
	require.Equal(t, uint64(7), m.Epoch)
	require.Len(t, m.Peers, 2)
	require.Len(t, m.Fed(), 1)
	p, ok := m.PrimaryPeer()
	require.True(t, ok)
	require.Equal(t, "suse02", p.Host)
	m.Clear()
	require.Equal(t, core.None, m.Mode)
}

// Set and Drop keep the sites in order, one of each number.
func TestPeersAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, want := Memory{}, map[int]Peer{}
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			p := Peer{ID: rapid.IntRange(1, 5).Draw(t, "id"), Name: rapid.StringMatching("[A-Z]{3}").Draw(t, "name")}
			if rapid.Bool().Draw(t, "drop") {
				m.Drop(p.ID)
				delete(want, p.ID)
				continue
			}
			m.Set(p)
			want[p.ID] = p
		}
		require.Len(t, m.Peers, len(want))
		for i, p := range m.Peers {
			require.Equal(t, want[p.ID], p)
			require.True(t, i == 0 || m.Peers[i-1].ID < p.ID)
		}
	})
}
