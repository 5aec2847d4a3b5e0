package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/node"
)

func TestHeartbeatTakesThePlaceOfPacemaker(t *testing.T) {
	ours := Agents{Binary: "ocfbox", List: []Agent{{Name: "IPaddr2", Providers: []string{"ocfbox"}, Heartbeat: []string{"IPaddr2", "IPaddr"}}}}
	spec, err := Options{Nodes: Names(2), Agents: ours, Heartbeat: &Heartbeat{Stays: true}}.build()
	require.NoError(t, err)
	require.Equal(t, SoftwareHeartbeat, spec.Software)
	files := map[string]node.File{}
	for _, f := range spec.Image {
		files[f.Path] = f
	}
	require.NotContains(t, files, "/etc/corosync/corosync.conf")
	require.Equal(t, "suse01 192.168.101.170\n", files["/etc/ha.d/haresources"].Text)
	require.Contains(t, files["/etc/ha.d/ha.cf"].Text, "\nauto_failback off\nnode suse01\nnode suse02\n")
	require.EqualValues(t, 0o600, files["/etc/ha.d/authkeys"].Mode, "heartbeat does not start otherwise")
	require.Equal(t, "/usr/sbin/ocfbox", files["/etc/ha.d/resource.d/IPaddr"].Link)
	for _, m := range spec.Nodes {
		for _, s := range m.Services {
			require.NotEqual(t, "pacemaker", s.Name)
		}
	}
	require.Contains(t, (&Heartbeat{}).HaCf(nil), "\nauto_failback on\n")
}

func TestOtherScriptsThanOursAreLeftToTheDistribution(t *testing.T) {
	for _, f := range (&Heartbeat{}).files(Agents{Folder: t.TempDir()}, Options{Nodes: Names(2)}.members()) {
		require.NotContains(t, f.Path, "resource.d")
	}
}

func TestWhatHeartbeatCannotDoIsRefused(t *testing.T) {
	for want, o := range map[string]Options{
		"two nodes, not 3":            {Nodes: Names(3)},
		"no configuration of crmsh's": {Nodes: Names(2), Config: "property x=y"},
		"does not start Pacemaker":    {Nodes: Names(2), PacemakerEnv: []string{"PCMK_debug=yes"}},
	} {
		o.Heartbeat = &Heartbeat{}
		require.ErrorContains(t, o.Check(), want)
	}
}

func TestANodeOfHeartbeatsIsReadyWhenItKnowsItsResources(t *testing.T) {
	view := func(role string) View {
		return View{Leaderless: true, Resources: []Resource{{ID: HeartbeatResources, Role: role, Node: "suse01"}}}
	}
	for _, role := range []string{HoldsNone, HoldsLocal, HoldsForeign, HoldsAll} {
		require.NoError(t, view(role).unsettled())
	}
	require.ErrorContains(t, view("transition").unsettled(), `suse01 are in "transition"`)
	require.NotContains(t, view(HoldsAll).String(), "DC", "heartbeat knows none")
	require.Error(t, View{Quorate: true}.unsettled(), "Pacemaker needs a DC")
	require.Error(t, View{DC: "suse01"}.unsettled(), "and a quorum")
	require.NoError(t, View{DC: "suse01", Quorate: true}.unsettled())
}
