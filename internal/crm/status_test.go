package crm

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func readStatus(t *testing.T, name string) *Status {
	t.Helper()
	status, err := ParseStatus(fixture(t, name))
	require.NoError(t, err)
	return status
}

func TestStatusOfTwoNodesInBothForms(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"crm_mon-2.1.5-two-node.xml", "crm_mon-2.1.5-two-node-as-xml.xml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := readStatus(t, name)
			require.Equal(t, "2.1.5-a3f44794f94", s.Version)
			require.True(t, s.Quorate)
			require.False(t, s.Maintenance)
			require.False(t, s.Fencing)
			dc, found := s.Node(s.DC)
			require.True(t, found)
			require.True(t, dc.DC)

			node, found := s.Node("suse02")
			require.True(t, found)
			require.True(t, node.Online)
			require.Equal(t, "ROT", node.Attributes["hana_ha1_site"])
			require.Equal(t, `<a> & 'b' "c"`, node.Attributes["odd"])

			where := s.Where("rsc_SAPHana_HA1_HDB10")
			require.Len(t, where, 2)
			require.ElementsMatch(t, []Role{Promoted, Unpromoted}, []Role{where[0].Role, where[1].Role})
			require.Equal(t, "msl_SAPHana_HA1_HDB10", where[0].Clone)
			require.Equal(t, "ocf:pacemaker:Stateful", where[0].Agent)

			ip := s.Where("rsc_ip_HA1_HDB10")
			require.Len(t, ip, 1)
			require.Equal(t, Placement{
				Resource: "rsc_ip_HA1_HDB10", Agent: "ocf:pacemaker:Dummy", Group: "g_ip_HA1",
				Role: Started, Nodes: []string{"suse01"}, Managed: true,
			}, ip[0])
			idle := s.Where("rsc_idle")
			require.Len(t, idle, 1)
			require.Equal(t, Stopped, idle[0].Role)
			require.Equal(t, Stopped, idle[0].TargetRole)
			require.Empty(t, idle[0].Nodes)

			require.Len(t, s.FailCounts, 2)
			require.Equal(t, "rsc_bad", s.FailCounts[0].Resource)
			require.Equal(t, Infinity, s.FailCounts[0].Count)
			require.Equal(t, Score(2), s.FailCounts[0].Threshold)
			require.Len(t, s.Failures, 2)
			require.Equal(t, 1, s.Failures[0].Code)
			require.Equal(t, "rsc_bad_start_0", s.Failures[0].Operation)
			require.Equal(t, []Ban{{
				ID: "cli-ban-rsc_ip_HA1_HDB10-on-suse02", Resource: "rsc_ip_HA1_HDB10", Node: "suse02", Weight: -Infinity,
			}}, s.Bans)
		})
	}
}

func TestStatusTellsStandbyAndMaintenance(t *testing.T) {
	t.Parallel()
	s := readStatus(t, "crm_mon-2.1.5-standby-maintenance.xml")
	one, _ := s.Node("suse01")
	two, _ := s.Node("suse02")
	require.True(t, one.Standby)
	require.False(t, one.Maintenance)
	require.False(t, two.Standby)
	require.True(t, two.Maintenance)
	for _, p := range s.Where("rsc_SAPHana_HA1_HDB10") {
		require.Equal(t, len(p.Nodes) == 0, p.Managed, "what runs on a node in maintenance is not managed")
	}
}

func TestStatusTellsANodeThatIsAway(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"crm_mon-2.1.5-node-offline.xml", "crm_mon-2.1.5-node-lost.xml"} {
		node, found := readStatus(t, file).Node("suse02")
		require.True(t, found)
		require.False(t, node.Online)
		require.False(t, node.Unclean, "fencing was off")
		require.Nil(t, node.Attributes)
	}
}

// The names are those of Pacemaker 1.1 and 2.0, and those announced for 3.
func TestStatusAcceptsRenamedThings(t *testing.T) {
	t.Parallel()
	const form = `<crm_mon version="x"><summary><current_dc present="true" name="a" with_quorum="true"/>
		<cluster_options STONITH="true" maintenance-mode="true"/></summary>
		<nodes><node name="a" id="1" online="true" is_dc="true"/></nodes>
		<resources><clone id="c"><resource id="r" role="PROMOTED" REMOVED="true"/><resource id="r" role="UNPROMOTED"/></clone>
		</resources><bans><ban id="b" resource="r" node="a" weight="-1000000" BANNED="true"/></bans></crm_mon>`
	for name, words := range map[string][]string{
		"old": {"STONITH", "stonith-enabled", "UNPROMOTED", "Slave", "PROMOTED", "Master", "REMOVED", "orphaned", "BANNED", "master_only"},
		"new": {"STONITH", "fencing-enabled", "UNPROMOTED", "Unpromoted", "PROMOTED", "Promoted", "REMOVED", "removed", "BANNED", "promoted-only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := ParseStatus([]byte(strings.NewReplacer(words...).Replace(form)))
			require.NoError(t, err)
			require.True(t, s.Fencing)
			require.True(t, s.Maintenance)
			require.Equal(t, Promoted, s.Resources[0].Role)
			require.True(t, s.Resources[0].Removed)
			require.Equal(t, Unpromoted, s.Resources[1].Role)
			require.True(t, s.Bans[0].PromotedOnly)
		})
	}
}

func TestRubbishIsNoStatus(t *testing.T) {
	t.Parallel()
	whole := fixture(t, "crm_mon-2.1.5-two-node.xml")
	for name, data := range map[string][]byte{
		"empty":                      nil,
		"not connected":              fixture(t, "crm_mon-2.1.5-not-connected.xml"),
		"not connected, older form":  fixture(t, "crm_mon-2.1.5-not-connected-as-xml.xml"),
		"text":                       []byte("Cluster Summary:\n  * Stack: corosync\n"),
		"another document":           []byte("<cib/>"),
		"cut":                        whole[:len(whole)/2],
		"a summary without any node": []byte("<crm_mon><summary/></crm_mon>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := ParseStatus(data)
			require.ErrorIs(t, err, ErrGarbled)
			require.Nil(t, s)
		})
	}
}

func FuzzParseStatus(f *testing.F) {
	for _, name := range []string{
		"crm_mon-2.1.5-two-node.xml", "crm_mon-2.1.5-two-node-as-xml.xml", "crm_mon-2.1.5-standby-maintenance.xml",
		"crm_mon-2.1.5-node-offline.xml", "crm_mon-2.1.5-not-connected.xml",
	} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseStatus(data)
		if err != nil {
			require.ErrorIs(t, err, ErrGarbled)
			return
		}
		for _, p := range s.Resources {
			s.Where(p.Resource)
		}
	})
}
