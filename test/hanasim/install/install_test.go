package install

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
)

func TestPlans(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Plan){
		"SID":              func(p *Plan) { p.SID = "HA" },
		"replication mode": func(p *Plan) { p.Mode = core.Primary },
		"sites":            func(p *Plan) { p.Sites = p.Sites[:1] },
		"speed":            func(p *Plan) { p.Speed = 0 },
		"primary":          func(p *Plan) { p.Primary = "suse09" },
		"state":            func(p *Plan) { p.State = "stopped" },
	} {
		p := Default()
		p.Hosts = []string{"suse01", "suse02"}
		require.NoError(t, p.Check())
		spoil(&p)
		require.ErrorContains(t, p.Check(), name)
	}
}

func TestThePlannedSites(t *testing.T) {
	t.Parallel()
	p := Default()
	p.Hosts, p.Addresses = []string{"suse01", "suse02", "suse03"}, []string{"192.168.103.11", "192.168.103.12", "192.168.103.13"}
	require.Equal(t, []int{0, 1, 1}, []int{p.peers()[0].Source, p.peers()[1].Source, p.peers()[2].Source})
	p.Chain = true
	require.Equal(t, 2, p.peers()[2].Source)
	require.Equal(t, core.Async, p.peers()[2].Mode)
	p.Chain, p.Primary = false, "suse02"
	require.Equal(t, "ROT", p.peers()[0].Name, "the primary has number 1")
	require.Equal(t, []int{0, 1, 1}, []int{p.peers()[0].Source, p.peers()[1].Source, p.peers()[2].Source})
	require.Equal(t, core.Primary, p.peers()[0].Mode)
	require.Contains(t, globalIni(p), "[system_replication_hostname_resolution]\n192.168.103.11 = suse01\n")
}

func TestTheLayoutHasEveryProgramOnce(t *testing.T) {
	t.Parallel()
	s := Default().System("suse01")
	seen := map[string]bool{}
	for _, l := range links(s) {
		require.False(t, seen[l.path], l.path)
		seen[l.path] = true
	}
	for path, text := range texts(s, Default()) {
		require.False(t, seen[path], path)
		require.True(t, strings.HasSuffix(text, "\n"), path)
	}
	require.Contains(t, profile(s), "INSTANCE_NAME = HDB10\n")
	require.Contains(t, services(s), "sapstartsrv pf=/hana/shared/HA1/profile/HA1_HDB10_suse01 -D -u ha1adm\n")
}
