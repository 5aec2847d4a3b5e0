package hana_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/cmd/ocfbox/show"
	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/hanasim/simtest"
	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/product"
)

// topologyConfig is SUSE's guide's, with its line breaks restored.
const topologyConfig = `primitive rsc_SAPHanaTopology_HA1_HDB10 ocf:suse:SAPHanaTopology \
 op monitor interval="10" timeout="600" \
 op start interval="0" timeout="600" \
 op stop interval="0" timeout="300" \
 params SID="HA1" InstanceNumber="10"
clone cln_SAPHanaTopology_HA1_HDB10 rsc_SAPHanaTopology_HA1_HDB10 \
 meta clone-node-max="1" interleave="true"
`

// twoIntervals is how long what the agent sees may take to be published.
const twoIntervals = 2*10*time.Second + 5*time.Second

// newWatchedPair is a running pair in a cluster with our agents and the guide's topology.
func newWatchedPair(t *testing.T) *pair {
	t.Helper()
	lab.Need(t, "root", "corosync", "pacemakerd", "crm_mon", "crm", "python3")
	agents, err := cluster.Ours(t.Context(), product.Build(t, t.TempDir(), "ocfbox"))
	require.NoError(t, err)
	plan := install.Default()
	plan.State = install.Running
	o := cluster.Options{Nodes: cluster.Names(2), Agents: agents}
	l := simtest.Up(t, "hana-topology", o, plan)
	require.NoError(t, l.LoadConfiguration(t.Context(), wdf, topologyConfig))
	return &pair{T: t, lab: l, plan: plan, nodes: o.Nodes}
}

// published is what the cluster knows of a node.
func (p *pair) published(of string) show.Host {
	p.Helper()
	out, code := p.root(wdf, "/usr/sbin/ocfbox", "show", "--sid", "HA1", "--output", "json")
	require.Zero(p, code, out)
	var report show.Report
	require.NoError(p, json.Unmarshal([]byte(out), &report), out)
	for _, host := range report.Hosts {
		if host.Name == of {
			return host
		}
	}
	p.Fatalf("no node %s in %s", of, out)
	return show.Host{}
}

// awaitRoles waits until the agent has published these roles.
func (p *pair) awaitRoles(of, want string) {
	p.Helper()
	began := time.Now()
	require.NoError(p, cluster.Await(p.Context(), "roles "+want+" of "+of, twoIntervals, func(context.Context) error {
		got := p.published(of)
		if got.Roles == nil {
			return errors.New("there are none")
		}
		if got.Roles.Raw != want {
			return fmt.Errorf("they are %s", got.Roles.Raw)
		}
		return nil
	}))
	p.Logf("%s of %s after %v", want, of, time.Since(began).Round(100*time.Millisecond))
}

func TestTopologyIsPublished(t *testing.T) {
	p := newWatchedPair(t)
	const running, stopped = "master1:master:worker:master", "master1::worker:"
	p.awaitRoles(wdf, "4:P:"+running)
	p.awaitRoles(rot, "4:S:"+running)
	for node, want := range map[string]struct{ site, partner string }{wdf: {"WDF", rot}, rot: {"ROT", wdf}} {
		want := map[string]string{"site": want.site, "remoteHost": want.partner, "vhost": node, "srmode": "sync", "version": "2.00.059.00"}
		require.NoError(t, cluster.Await(t.Context(), "attributes of "+node, twoIntervals, func(context.Context) error {
			host := p.published(node)
			got := host.Attributes
			got["site"] = host.Site
			if !maps.Equal(want, got) {
				return fmt.Errorf("they are %v", got)
			}
			return nil
		}))
	}
	t.Run("a stopped secondary", func(t *testing.T) {
		p := p.with(t)
		p.do(rot, "HDB stop")
		p.awaitRoles(rot, "1:S:"+stopped)
		p.do(rot, "HDB start")
		p.awaitRoles(rot, "4:S:"+running)
	})
	t.Run("a landscape that hangs changes nothing, and fails the stop", func(t *testing.T) {
		p := p.with(t)
		const tool = "landscapeHostConfiguration.py"
		require.NoError(t, hanasim.Switch(t.Context(), p.lab, wdf, "hang", tool, ""))
		env := []string{"OCF_ROOT=/usr/lib/ocf", "OCF_RESKEY_SID=HA1", "OCF_RESKEY_InstanceNumber=10", "OCF_RESKEY_CRM_meta_clone_max=2",
			"OCF_RESKEY_CRM_meta_clone_node_max=1", "OCF_RESKEY_CRM_meta_timeout=8000", "OCF_RESKEY_CRM_meta_on_node=" + wdf, "OCF_RESKEY_CRM_meta_interval=10000"}
		agent := func(action string) int {
			_, code := p.root(wdf, append(append([]string{"env"}, env...), "/usr/lib/ocf/resource.d/suse/SAPHanaTopology", action)...)
			return code
		}
		require.Equal(t, 0, agent("monitor"))
		require.Equal(t, "4:P:"+running, p.published(wdf).Roles.Raw)
		require.Equal(t, 1, agent("stop"))
		require.Equal(t, "1:P:-:-:-:-", p.published(wdf).Roles.Raw)
		out, _ := p.root(wdf, "ps", "-eo", "args")
		// Pacemaker's own monitor may be waiting for the same tool; ours has left nothing.
		require.LessOrEqual(t, strings.Count(out, "python_support/"+tool), 1, out)
		require.NoError(t, hanasim.Switch(t.Context(), p.lab, wdf, "works", tool, ""))
		require.Equal(t, 0, agent("start"))
		p.awaitRoles(wdf, "4:P:"+running)
	})
}
