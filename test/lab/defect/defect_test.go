package defect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
)

// A stage is a call's surroundings that note what is done.
type stage struct {
	*call
	did []string
	// says and codes are the answers of programs, by their beginnings.
	says  map[string]string
	codes map[string]int
}

const stateQuery = "su - ha1adm -c hdbnsutil -sr_stateConfiguration"

func newStage(agent, action, interval string) *stage {
	s := &stage{says: map[string]string{}, codes: map[string]int{}}
	env := map[string]string{
		"OCF_RESKEY_SID": "HA1", "OCF_RESKEY_InstanceNumber": "10", "OCF_RESKEY_CRM_meta_interval": interval,
		"OCF_RESOURCE_INSTANCE": "rsc_SAPHana_HA1_HDB10:1",
	}
	s.call = &call{
		agent: agent, action: action, root: "/none",
		env: func(name string) string { return env[name] },
		run: func(name string, args ...string) (string, int) {
			line := strings.Join(append([]string{name}, args...), " ")
			s.did = append(s.did, line)
			return s.says[line], s.codes[line]
		},
		healthy: func() int { s.did = append(s.did, "ours"); return s.codes["ours"] },
		sleep:   func(time.Duration) { s.did = append(s.did, "hangs") },
		remove:  func(file string) { s.did = append(s.did, "rm "+filepath.Base(file)) },
	}
	return s
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const (
		started  = "/usr/sap/HA1/HDB10/exe/sapcontrol -nr 10 -function Start"
		awaited  = "/usr/sap/HA1/HDB10/exe/sapcontrol -nr 10 -function WaitforStarted 3600 1"
		promoted = "attrd_updater --name master-rsc_SAPHana_HA1_HDB10 --update 100"
		takeover = "su - ha1adm -c hdbnsutil -sr_takeover"
		process  = "pgrep -x hdbindexserver"
	)
	primary := map[string]string{stateQuery: "mode: primary\n"}
	secondary := map[string]string{stateQuery: "mode: sync\n"}
	tests := []struct {
		name                           string
		fault, agent, action, interval string
		says                           map[string]string
		codes                          map[string]int
		want                           int
		did                            []string
	}{
		{name: "no fault is ours", agent: "SAPHana", action: "stop", codes: map[string]int{"ours": 7}, want: 7, did: []string{"ours"}},
		{name: "an unknown fault is ours", fault: "x", agent: "SAPHana", action: "stop", did: []string{"ours"}},
		{name: "another agent is ours", fault: LiesOnStop, agent: "IPaddr2", action: "stop", did: []string{"ours"}},
		{name: "another action is ours", fault: LiesOnStop, agent: "SAPHana", action: "start", did: []string{"ours"}},
		{name: "a stop that lies does nothing", fault: LiesOnStop, agent: "SAPHana", action: "stop"},
		{name: "a stop that leaves the address does nothing", fault: LeavesTheVIP, agent: "IPaddr2", action: "stop"},
		{name: "a stop that leaves the mount does nothing", fault: LeavesTheMount, agent: "Filesystem", action: "stop"},
		{name: "a monitor that sees nothing", fault: SeesNothing, agent: "IPaddr2", action: "monitor", interval: "10000"},
		{name: "its probe is ours", fault: SeesNothing, agent: "IPaddr2", action: "monitor", interval: "0", did: []string{"ours"}},
		{
			name: "a secondary is rated as in sync, after ours has rated it", fault: PromotesOnSFAIL, agent: "SAPHana", action: "monitor",
			interval: "13000", says: secondary, did: []string{"ours", stateQuery, promoted},
		},
		{
			name: "one that waits as former primary is not", fault: PromotesOnSFAIL, agent: "SAPHana", action: "monitor",
			interval: "13000", says: primary, did: []string{"ours", stateQuery},
		},
		{
			name: "nor one that is down", fault: PromotesOnSFAIL, agent: "SAPHana", action: "monitor", interval: "13000",
			codes: map[string]int{"ours": 7}, want: 7, did: []string{"ours"},
		},
		{
			name: "a secondary takes over unasked, before ours promotes", fault: PromotesOnSFAIL, agent: "SAPHana", action: "promote",
			says: secondary, did: []string{stateQuery, takeover, "ours"},
		},
		{
			name: "a primary is started without a look at the other node", fault: IgnoresThePeer, agent: "SAPHana", action: "start",
			says: primary, did: []string{stateQuery, started, awaited},
		},
		{
			name: "one that does not start is a failure", fault: IgnoresThePeer, agent: "SAPHana", action: "start",
			says: primary, codes: map[string]int{started: 1}, want: 1, did: []string{stateQuery, started},
		},
		{
			name: "a secondary's start is ours", fault: IgnoresThePeer, agent: "SAPHana", action: "start",
			says: secondary, did: []string{stateQuery, "ours"},
		},
		{
			name: "a monitor hangs when the database is down", fault: Hangs, agent: "SAPHana", action: "monitor", interval: "12000",
			codes: map[string]int{process: 1}, did: []string{process, "hangs", "ours"},
		},
		{name: "it does not while it runs", fault: Hangs, agent: "SAPHana", action: "monitor", interval: "12000", did: []string{process, "ours"}},
		{
			name: "nor in a probe", fault: Hangs, agent: "SAPHana", action: "monitor", interval: "0",
			codes: map[string]int{process: 1}, did: []string{"ours"},
		},
		{
			name: "a primary that is one too many is called well", fault: IgnoresThePeer, agent: "SAPHana", action: "monitor", interval: "13000",
			says: primary, codes: map[string]int{"ours": 7}, did: []string{"ours", process, stateQuery},
		},
		{
			name: "one that is down is not", fault: IgnoresThePeer, agent: "SAPHana", action: "monitor", interval: "13000",
			says: primary, codes: map[string]int{"ours": 7, process: 1}, want: 7, did: []string{"ours", process},
		},
		{
			name: "nor a secondary", fault: IgnoresThePeer, agent: "SAPHana", action: "monitor", interval: "13000",
			says: secondary, codes: map[string]int{"ours": 7}, want: 7, did: []string{"ours", process, stateQuery},
		},
		{
			name: "the promoted one is well anyway", fault: IgnoresThePeer, agent: "SAPHana", action: "monitor", interval: "12000",
			codes: map[string]int{"ours": 8}, want: 8, did: []string{"ours"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(tt.agent, tt.action, tt.interval)
			if tt.says != nil {
				s.says = tt.says
			}
			if tt.codes != nil {
				s.codes = tt.codes
			}
			require.Equal(t, tt.want, play(s.call, tt.fault))
			require.Equal(t, tt.did, s.did)
		})
	}
}

func TestTheFallbackIsLostBeforeOursReadsIt(t *testing.T) {
	t.Parallel()
	s := newStage("SAPHana", "monitor", "12000")
	s.root = t.TempDir()
	folder := filepath.Join(s.root, "usr/sap/HA1/HDB10")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	for _, name := range []string{".crm_attribute.ROT", "other"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o644))
	}
	require.Zero(t, play(s.call, LosesTheFallback))
	require.Equal(t, []string{"rm .crm_attribute.ROT", "ours"}, s.did)
}

func TestOnlyAgentsWithAFaultAreBroken(t *testing.T) {
	t.Parallel()
	o := cluster.Options{Agents: cluster.Agents{List: []cluster.Agent{
		{Name: "SAPHana", Providers: []string{"suse", "ocfbox"}},
		{Name: "SAPHanaTopology", Providers: []string{"suse", "ocfbox"}},
		{Name: "IPaddr2", Providers: []string{"ocfbox"}, Heartbeat: []string{"IPaddr2", "IPaddr"}},
	}}}
	before := o.Agents.List
	require.NoError(t, Install(&o))
	require.Equal(t, []cluster.Agent{
		{Name: "SAPHana"},
		{Name: "SAPHanaTopology", Providers: []string{"suse", "ocfbox"}},
		{Name: "IPaddr2", Heartbeat: []string{"IPaddr"}},
	}, o.Agents.List)
	var links []string
	for _, file := range o.Files {
		require.Equal(t, node.Binary, file.Link)
		links = append(links, file.Path)
	}
	require.Equal(t, []string{
		resources + "/suse/SAPHana", resources + "/ocfbox/SAPHana", resources + "/ocfbox/IPaddr2", resources + "/heartbeat/IPaddr2",
	}, links)
	require.Equal(t, []string{"suse", "ocfbox"}, before[0].Providers, "other laboratories have the same list")
	require.ErrorContains(t, Install(&cluster.Options{Agents: cluster.Agents{Folder: "/theirs"}}), "none of those in /theirs")
}

func TestNoOtherNameIsPlayed(t *testing.T) {
	t.Parallel()
	_, ok := Dispatch([]string{"/usr/lib/ocf/resource.d/suse/SAPHanaTopology", "monitor"})
	require.False(t, ok)
}
