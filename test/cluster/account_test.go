package cluster_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/account"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
)

// twoAddresses are the same resource twice: with our agent, and with the distribution's.
const twoAddresses = `primitive ours ocf:ocfbox:IPaddr2 params ip=192.168.101.51 cidr_netmask=24 op monitor interval=2s timeout=20s
primitive shell ocf:distribution:IPaddr2 params ip=192.168.101.52 cidr_netmask=24 op monitor interval=2s timeout=20s
`

// TestAnAccountTellsOurAgentFromAShellAgent also takes a node through a crash.
func TestAnAccountTellsOurAgentFromAShellAgent(t *testing.T) {
	needLab(t)
	const agent = "/usr/lib/ocf/resource.d/heartbeat/IPaddr2"
	_, err := os.Stat(agent)
	require.NoError(t, err, "the distribution's agent is part of what the laboratory needs")
	ours, err := cluster.Ours(t.Context(), build(t, "ocfbox"))
	require.NoError(t, err)
	names := cluster.Names(2)
	l, err := cluster.Start(t.Context(), cluster.Options{
		Place: place(t), Nodes: names, Agents: ours,
		Files: []node.File{{Path: "/usr/lib/ocf/resource.d/distribution/IPaddr2", From: agent}},
	}, t.Logf)
	require.NoError(t, err)
	a, err := account.Watch(t.Context(), l, names...)
	require.NoError(t, err)
	stop := sync.OnceValues(a.Stop)
	defer stop()
	require.NoError(t, l.LoadConfiguration(t.Context(), names[0], twoAddresses))

	monitors := func(resource string) (all []account.Operation) {
		for _, o := range a.Ledger().Ops {
			if o.Resource == resource && o.Action == "monitor" && o.Interval == 2*time.Second {
				all = append(all, o)
			}
		}
		return all
	}
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.GreaterOrEqual(c, len(monitors("ours")), 5)
		assert.GreaterOrEqual(c, len(monitors("shell")), 5)
	}, time.Minute, 200*time.Millisecond)

	require.NoError(t, l.Crash(t.Context(), names[1]))
	require.NoError(t, l.Boot(t.Context(), names[1]))
	process, err := l.Process(t.Context(), names[1])
	require.NoError(t, err)
	defer process.Close()
	booted := time.Now()
	require.NoError(t, a.Node(names[1], process))
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.True(c, ranAfter(a.Ledger(), names[1], booted), "%s runs agents again", names[1])
	}, time.Minute, 200*time.Millisecond)

	ledger, err := stop()
	require.NoError(t, err)
	// Of an operation of a few milliseconds a busy machine may see the end only; the ledger says so, and of nothing else.
	require.Regexp(t, `^((; )?an operation on suse0[12] ended before it could be looked at)*$`, ledger.Incomplete)
	for _, o := range monitors("ours") {
		require.Zero(t, o.Programs, "%+v", o)
		require.False(t, o.Failed() && o.Signal == 0, "%+v", o)
	}
	for _, o := range monitors("shell") {
		if o.Signal == 0 {
			require.Greater(t, o.Programs, 5, "%+v", o)
		}
	}
	t.Log(summary(ledger, "ours"), summary(ledger, "shell"))
	require.Positive(t, ledger.CPU())
	require.Greater(t, ledger.Nodes[names[0]].Operations, 2)
	require.Less(t, cost(ledger, "ours"), cost(ledger, "shell"))
}

// promotable is a resource that costs nothing, in two roles.
const promotable = `primitive state ocf:ocfbox:Stateful op monitor interval=2s role=Promoted timeout=20s op monitor interval=3s role=Unpromoted timeout=20s
clone states state meta promotable=true interleave=true
`

func TestLongATakeoverOfPacemakersIsDivided(t *testing.T) {
	needLab(t)
	l := up(t, place(t))
	a, err := account.Watch(t.Context(), l, cluster.Names(2)...)
	require.NoError(t, err)
	stop := sync.OnceValues(a.Stop)
	defer stop()
	require.NoError(t, l.LoadConfiguration(t.Context(), "suse01", promotable))
	var promoted account.Operation
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		for _, o := range a.Ledger().Ops {
			if o.Action == "monitor" && o.Interval == 2*time.Second && o.Code == 8 {
				promoted = o
				return
			}
		}
		assert.Fail(c, "no monitor says promoted")
	}, time.Minute, 200*time.Millisecond)
	for _, o := range a.Ledger().Ops {
		require.False(t, o.Failed(), "nothing has failed yet: %+v", o)
	}

	failure := account.Failure{At: time.Now(), Resource: "state"}
	run(t, l, promoted.Node, "sh", "-c", "rm /run/Stateful-state*.state")
	var takeover account.Takeover
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		var err error
		takeover, err = account.Split(a.Ledger().Ops, failure)
		assert.NoError(c, err)
	}, time.Minute, 200*time.Millisecond)
	ledger, err := stop()
	require.NoError(t, err)
	require.Empty(t, ledger.Incomplete)
	t.Logf("seen by %s on %s with %d, promoted on %s; agent %v (the cluster's tools %v of it), Pacemaker %v", takeover.Seen.Action,
		takeover.Seen.Node, takeover.Seen.Code, takeover.Promote.Node, takeover.Agent, takeover.Tools, takeover.Pacemaker)
	require.Equal(t, promoted.Node, takeover.Seen.Node)
	require.Equal(t, 7, takeover.Seen.Code)
	require.Positive(t, takeover.Pacemaker)
	require.Zero(t, takeover.SAP)
	require.Positive(t, takeover.Tools, "it sets its score by crm_attribute")
	require.Less(t, takeover.Tools, takeover.Agent)
}

// ranAfter tells that a node ran an agent after a moment.
func ranAfter(l account.Ledger, node string, moment time.Time) bool {
	for _, o := range l.Ops {
		if o.Node == node && o.Began.After(moment) {
			return true
		}
	}
	return false
}

func cost(l account.Ledger, resource string) (sum time.Duration) {
	for _, o := range l.Ops {
		if o.Resource == resource {
			sum += o.CPU
		}
	}
	return sum
}

func summary(l account.Ledger, resource string) string {
	n, programs, wall := 0, 0, time.Duration(0)
	for _, o := range l.Ops {
		if o.Resource == resource {
			n, programs, wall = n+1, programs+o.Programs, wall+o.Ended.Sub(o.Began)
		}
	}
	return fmt.Sprintf("%s: %d operations, %d programs, CPU %v, wall %v; ", resource, n, programs, cost(l, resource), wall)
}
