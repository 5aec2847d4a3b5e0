package crm

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return data
}

func TestCIBOfTwoNodes(t *testing.T) {
	t.Parallel()
	cib, err := ParseCIB(fixture(t, "cib-2.1.5-two-node.xml"))
	require.NoError(t, err)
	require.Equal(t, "3.16.1", cib.FeatureSet)
	require.True(t, cib.Quorate)
	require.Contains(t, []string{"suse01", "suse02"}, cib.DC())
	require.NotEmpty(t, cib.LastWritten)
	require.Positive(t, cib.Epoch)

	values := []struct {
		name string
		of   Attribute
		want string
		set  bool
	}{
		{"a permanent attribute", PermanentOf("suse01", "hana_ha1_site"), "WDF", true},
		{"the other node's", PermanentOf("suse02", "hana_ha1_site"), "ROT", true},
		{"a transient attribute", TransientOf("suse02", "hana_ha1_sync_state"), "SOK", true},
		{"a transient attribute is not a permanent one", PermanentOf("suse02", "hana_ha1_sync_state"), "", false},
		{"entities are resolved", TransientOf("suse02", "odd"), `<a> & 'b' "c"`, true},
		{"a property in a set", PropertyOf("SAPHanaSR", "hana_ha1_site_srHook_WDF"), "PRIM", true},
		{"a property in any set", PropertyOf("", "hana_ha1_site_srHook_WDF"), "PRIM", true},
		{"a property in another set", PropertyOf("cib-bootstrap-options", "hana_ha1_site_srHook_WDF"), "", false},
		{"a cluster option", PropertyOf("", "stonith-enabled"), "false", true},
		{"an unknown node has nothing", TransientOf("suse09", "hana_ha1_roles"), "", false},
		{"a name with a hash", TransientOf("suse01", "fail-count-rsc_bad#start_0"), "INFINITY", true},
	}
	for _, v := range values {
		t.Run(v.name, func(t *testing.T) {
			got, set := cib.Value(v.of)
			require.Equal(t, v.set, set)
			require.Equal(t, v.want, got)
		})
	}
	score, known, err := cib.Score("suse02", "rsc_SAPHana_HA1_HDB10")
	require.NoError(t, err)
	require.True(t, known)
	require.Positive(t, score)
	_, known, err = cib.Score("suse02", "rsc_other")
	require.NoError(t, err)
	require.False(t, known)
}

func TestCIBResourcesKnowWhatHoldsThem(t *testing.T) {
	t.Parallel()
	cib, err := ParseCIB(fixture(t, "cib-2.1.5-two-node.xml"))
	require.NoError(t, err)
	rsc, found := cib.Resource("rsc_SAPHana_HA1_HDB10")
	require.True(t, found)
	require.Equal(t, "msl_SAPHana_HA1_HDB10", rsc.Parent)
	require.Equal(t, "primitive ocf pacemaker Stateful", strings.Join([]string{rsc.Kind, rsc.Class, rsc.Provider, rsc.Type}, " "))
	state, set := Lookup(rsc.Params, "state")
	require.True(t, set)
	require.Equal(t, "/run/sap.state", state)
	clone, found := cib.Resource(rsc.Parent)
	require.True(t, found)
	promotable, _ := Lookup(clone.Meta, "promotable")
	require.Equal(t, "true", promotable)
	ip, found := cib.Resource("rsc_ip_HA1_HDB10")
	require.True(t, found)
	require.Equal(t, "g_ip_HA1", ip.Parent)
}

func TestCIBHistoryTellsTheFailure(t *testing.T) {
	t.Parallel()
	cib, err := ParseCIB(fixture(t, "cib-2.1.5-two-node.xml"))
	require.NoError(t, err)
	failed := 0
	for _, op := range cib.Operations {
		require.NotEmpty(t, op.Node)
		if op.Resource == "rsc_bad" && op.Task == "start" && op.RC == "1" {
			failed++
		}
	}
	require.Equal(t, 2, failed, "the start failed on both nodes")
}

func TestCIBOfANodeThatIsAwayHasNoTransientAttributes(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"Pacemaker stopped": "cib-2.1.5-node-offline.xml", "crashed, fencing off": "cib-2.1.5-node-lost.xml",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cib, err := ParseCIB(fixture(t, file))
			require.NoError(t, err)
			node, found := cib.Node("suse02")
			require.True(t, found)
			require.Equal(t, "offline", node.Controller)
			require.False(t, node.Online)
			require.Equal(t, name == "Pacemaker stopped", node.Member, "corosync goes on when Pacemaker stops")
			require.Empty(t, node.Transient)
			site, set := cib.Value(PermanentOf("suse02", "hana_ha1_site"))
			require.True(t, set, "permanent attributes stay")
			require.Equal(t, "ROT", site)
		})
	}
}

func TestNodeIsOnline(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, controller, member, join string
		want                           bool
	}{
		{"2.1.5, member and online", "online", "true", "member", true},
		{"2.1.5, Pacemaker stopped", "offline", "true", "down", false},
		{"2.1.5, lost", "online", "false", "member", false},
		{"2.1.5, joining", "online", "true", "banned", false},
		{"2.1.7, time stamps", "1795362743", "1795362740", "member", true},
		{"2.1.7, controller down", "0", "1795362740", "down", false},
		{"2.1.7, left", "0", "0", "down", false},
		{"never seen", "", "", "", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, row.want, online(row.controller, row.member, row.join))
		})
	}
}

func TestConditionalSetsAreNotLookedInto(t *testing.T) {
	t.Parallel()
	cib, err := ParseCIB([]byte(`<cib><configuration><resources><primitive id="r"><meta_attributes id="m">
		<rule id="x" score="0"/><nvpair id="m-1" name="maintenance" value="true"/></meta_attributes></primitive>
		</resources></configuration></cib>`))
	require.NoError(t, err)
	r, _ := cib.Resource("r")
	require.True(t, r.Meta[0].Conditional)
	_, set := Lookup(r.Meta, "maintenance")
	require.False(t, set)
}

func TestRubbishIsNoCIB(t *testing.T) {
	t.Parallel()
	whole := fixture(t, "cib-2.1.5-two-node.xml")
	for name, data := range map[string][]byte{
		"empty":                nil,
		"a message":            []byte("Call cib_query failed: Timer expired"),
		"another document":     []byte("<pacemaker-result/>"),
		"cut in the middle":    whole[:len(whole)/2],
		"cut before the end":   whole[:len(whole)-8],
		"nested without bound": []byte("<cib><configuration><resources>" + strings.Repeat("<clone id='c'>", 100000)),
		"not UTF-8":            []byte("<cib x='\xff'/>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cib, err := ParseCIB(data)
			require.ErrorIs(t, err, ErrGarbled)
			require.Nil(t, cib)
		})
	}
}

func FuzzParseCIB(f *testing.F) {
	for _, name := range []string{"cib-2.1.5-two-node.xml", "cib-2.1.5-node-offline.xml"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(`<cib have-quorum="1"><configuration><nodes><node id="1" uname="a"/></nodes></configuration></cib>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		cib, err := ParseCIB(data)
		if err != nil {
			require.ErrorIs(t, err, ErrGarbled)
			return
		}
		for _, node := range cib.Nodes {
			for _, set := range node.Transient {
				for _, pair := range set.Pairs {
					cib.Value(TransientOf(node.Name, pair.Name))
				}
			}
		}
		cib.DC()
	})
}
