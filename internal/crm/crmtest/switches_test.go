package crmtest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

const resources = `<resources>
<clone id="msl"><meta_attributes id="m"><nvpair id="m-p" name="promotable" value="true"/></meta_attributes>
<primitive id="rsc" class="ocf" provider="suse" type="SAPHana"/></clone>
<group id="g"><primitive id="ip" class="ocf" provider="ocfbox" type="IPaddr2"/></group></resources>`

func TestPlacesAreShownAsCrmMonShowsThem(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01", "suse02")
	fake.Configure(resources)
	fake.Place("rsc", "suse01", "Promoted")
	fake.Place("ip", "suse01", "Started")
	c := crm.Cluster{Runner: fake}
	status, err := c.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, []crm.Placement{
		{Resource: "rsc", Agent: "ocf:suse:SAPHana", Clone: "msl", Role: crm.Promoted, Nodes: []string{"suse01"}, Managed: true},
		{Resource: "rsc", Agent: "ocf:suse:SAPHana", Clone: "msl", Role: crm.Stopped, Managed: true},
		{Resource: "ip", Agent: "ocf:ocfbox:IPaddr2", Group: "g", Role: crm.Started, Nodes: []string{"suse01"}, Managed: true},
	}, status.Resources)
	fake.Displace("ip")
	status, err = c.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, crm.Stopped, status.Where("ip")[0].Role)

	require.NoError(t, c.Set(t.Context(), crm.TransientOf("suse02", "fail-count-rsc#start_0"), "INFINITY"))
	status, err = c.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, []crm.FailCount{{Node: "suse02", Resource: "rsc", Count: crm.Infinity, Threshold: crm.Infinity}}, status.FailCounts)
}

func TestACrashIsUncleanUntilFenced(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01", "suse02", "suse03")
	c := crm.Cluster{Runner: fake}
	require.NoError(t, c.Set(t.Context(), crm.TransientOf("suse02", "a"), "1"))
	unclean := func() bool {
		status, err := c.Status(t.Context())
		require.NoError(t, err)
		node, _ := status.Node("suse02")
		require.False(t, node.Online)
		return node.Unclean
	}
	fake.Crash("suse02")
	require.True(t, unclean())
	_, err := c.Get(t.Context(), crm.TransientOf("suse02", "a"))
	require.ErrorIs(t, err, crm.ErrNoAttribute)
	members, err := c.Members(t.Context())
	require.NoError(t, err)
	require.Equal(t, crm.Member{ID: "2", Name: "suse02", State: "lost"}, members[1])
	fake.Fenced("suse02")
	require.False(t, unclean())
	quorate, err := c.Quorum(t.Context())
	require.NoError(t, err)
	require.True(t, quorate)
	fake.Crash("suse03")
	quorate, err = c.Quorum(t.Context())
	require.NoError(t, err)
	require.False(t, quorate)
	fake.Start("suse02")
	cib, err := c.CIB(t.Context())
	require.NoError(t, err)
	node, _ := cib.Node("suse02")
	require.True(t, node.Online)
}

func TestWhatIsNotImitatedIsAnErrorAndNeverAnAnswer(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	for _, args := range [][]string{
		{"crm_mon", "-1"}, {"crm_mon", "--output-as=xml", "--include=nodes"}, {"cibadmin", "--patch"},
		{"cibadmin", "-Q", "--xpath", "//nvpair[starts-with(@name,'a')]"}, {"crm_node", "--remove=x"},
		{"crm_attribute", "--pattern=x"}, {"crm_attribute", "--type=rsc_defaults"},
	} {
		_, err := fake.Run(t.Context(), run.Cmd{Path: args[0], Args: args[1:]})
		require.ErrorContains(t, err, "crmtest does not imitate", "%v", args)
	}
	_, err := fake.Run(t.Context(), run.Cmd{Path: "crm_resource"})
	require.ErrorIs(t, err, run.ErrNotFound)
}

func TestOverrideReplacesAToolUntilItIsRestored(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	c := crm.Cluster{Runner: fake}
	fake.Override("crm_node", runtest.Says(0, "other\n"))
	name, err := c.LocalNode(t.Context())
	require.NoError(t, err)
	require.Equal(t, "other", name)
	fake.Override("crm_node", nil)
	name, err = c.LocalNode(t.Context())
	require.NoError(t, err)
	require.Equal(t, "suse01", name)
	require.Equal(t, 2, fake.Started("crm_node"))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.LocalNode(ctx)
	require.ErrorIs(t, err, run.ErrTimeout)
}

func TestCIBIsEditedAsCibadminDoes(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	admin := func(code int, stdin string, args ...string) string {
		t.Helper()
		result, err := fake.Run(t.Context(), run.Cmd{Path: "cibadmin", Args: args, Stdin: []byte(stdin)})
		require.NoError(t, err)
		require.Equal(t, code, result.Code, "%v: %s", args, result.Stderr)
		return string(result.Stdout)
	}
	admin(0, "", "--replace", "--scope", "resources", "--xml-text", resources)
	admin(0, `<primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/>`, "-C", "-o", "resources", "-p")
	admin(108, "", "-C", "-o", "resources", "-X", `<primitive id="b"/>`)
	require.Contains(t, admin(0, "", "-Q", "-o", "resources"), `id="b"`)
	admin(0, "", "-M", "-X", `<primitive id="b" type="Stateful"/>`)
	require.Contains(t, admin(0, "", "-Q", "-A", "//primitive[@id='b']"), `type="Stateful"`)
	admin(0, "", "-M", "-c", "-o", "crm_config", "-X",
		`<crm_config><cluster_property_set id="X"><nvpair id="X-a" name="a" value="b"/></cluster_property_set></crm_config>`)
	require.Contains(t, admin(0, "", "-Q", "-A", "//nvpair[@id='X-a']"), `value="b"`)
	admin(0, "", "-D", "-A", "//cluster_property_set[@id='X']")
	admin(105, "", "-Q", "-A", "//nvpair[@id='X-a']")
	admin(0, "", "-D", "-X", `<primitive id="b"/>`)
	admin(0, "", "-D", "-X", `<primitive id="b"/>`)
	admin(105, "", "-R", "-o", "resources", "-X", "<rubbish/>")
	admin(64, "", "-R", "-o", "resources")
	require.Contains(t, admin(0, "", "-Q", "-o", "bogus"), "<cib ", "an unknown scope is the whole CIB")
}
