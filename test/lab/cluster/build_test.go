package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/network"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
)

func TestCorosyncConf(t *testing.T) {
	three := Options{Nodes: Names(3)}.members()
	t.Run("two members keep the quorum when one is lost", func(t *testing.T) {
		conf := CorosyncConf(three[:2])
		require.Contains(t, conf, "\ttwo_node: 1\n")
		require.Contains(t, conf, "\texpected_votes: 2\n")
		require.Contains(t, conf, "\t\tname: suse02\n\t\tnodeid: 2\n\t\tring0_addr: 192.168.102.12\n")
	})
	t.Run("three need a majority", func(t *testing.T) {
		conf := CorosyncConf(three)
		require.NotContains(t, conf, "two_node")
		require.Contains(t, conf, "\texpected_votes: 3\n")
	})
	t.Run("braces are balanced", func(t *testing.T) {
		conf := CorosyncConf(three)
		require.Equal(t, strings.Count(conf, "{"), strings.Count(conf, "}"))
	})
}

func TestFirstCIB(t *testing.T) {
	members := Options{Nodes: Names(2)}.members()
	read := func(t *testing.T, withFencing bool) *etree.Document {
		doc := etree.NewDocument()
		require.NoError(t, doc.ReadFromString(FirstCIB(members, withFencing)))
		return doc
	}
	t.Run("fencing is on, with a device for all members", func(t *testing.T) {
		doc := read(t, true)
		require.Equal(t, "true", doc.FindElement("//nvpair[@name='stonith-enabled']").SelectAttrValue("value", ""))
		require.Equal(t, "suse01 suse02", doc.FindElement("//primitive[@id='fencing']//nvpair[@name='pcmk_host_list']").SelectAttrValue("value", ""))
	})
	t.Run("a configuration with its own fencing replaces the device, not the property", func(t *testing.T) {
		doc := read(t, false)
		require.NotNil(t, doc.FindElement("//nvpair[@name='stonith-enabled']"))
		require.Nil(t, doc.FindElement("//primitive"))
	})
}

func TestOurAgentsAreTheDistributionsToo(t *testing.T) {
	paths := func(a Agents) []string {
		files, err := a.files()
		require.NoError(t, err)
		var paths []string
		for _, f := range files {
			paths = append(paths, f.Path)
		}
		return paths
	}
	ours := Agents{Binary: "ocfbox", List: []Agent{{Name: "IPaddr2", Providers: []string{"ocfbox"}, Heartbeat: []string{"IPaddr2"}}}}
	require.Contains(t, paths(ours), "/usr/lib/ocf/resource.d/heartbeat/IPaddr2")
	for _, path := range paths(Agents{Folder: t.TempDir()}) {
		require.NotContains(t, path, "heartbeat", "other agents than ours leave the distribution's alone")
	}
}

func TestEveryMachineIsInTheGuidesNetwork(t *testing.T) {
	require.Equal(t, "192.168.1.12/24", card(network.Client, 2).Addresses[1].String())
	for _, a := range card(network.Cluster, 2).Addresses {
		require.False(t, a.Contains(GuideAddress(2)), "only the client network has it")
	}
}

func TestOptions(t *testing.T) {
	tests := []struct {
		name  string
		nodes []string
		want  string
	}{
		{"the usual two", Names(2), ""},
		{"five", Names(5), ""},
		{"one", Names(1), "2 to 5 nodes"},
		{"six", Names(6), "2 to 5 nodes"},
		{"the same twice", []string{"a", "a"}, `"a" is taken`},
		{"the client's name", []string{"a", "client"}, `"client" is taken`},
		{"an empty name", []string{"a", ""}, "lower case letters"},
		{"a path", []string{"a", "../b"}, "lower case letters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Options{Nodes: tt.nodes}.Check()
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestConfigurationWithItsOwnFencing(t *testing.T) {
	require.True(t, Options{Config: "primitive stonith-sbd stonith:external/sbd params pcmk_delay_max=30"}.ownFencing())
	require.False(t, Options{Config: "primitive vip ocf:ocfbox:IPaddr2 params ip=192.168.101.50"}.ownFencing())
}

func TestAwait(t *testing.T) {
	t.Run("ends when the condition holds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			require.NoError(t, Await(t.Context(), "three questions", time.Minute, func(context.Context) error {
				if asked++; asked < 3 {
					return errors.New("not yet")
				}
				return nil
			}))
		})
	})
	t.Run("says what it saw last", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := Await(t.Context(), "vip runs", time.Minute, func(context.Context) error { return errors.New("it is stopped") })
			require.EqualError(t, err, "vip runs within 1m0s: last: it is stopped")
		})
	})
	t.Run("does not take an interrupted look for the last", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			looks := 0
			err := Await(t.Context(), "vip runs", time.Minute, func(ctx context.Context) error {
				if looks++; looks == 1 {
					return errors.New("it is stopped")
				}
				<-ctx.Done()
				return ctx.Err()
			})
			require.ErrorContains(t, err, "it is stopped")
		})
	})
}

func TestOnlyTheNamedMachinesHaveADisk(t *testing.T) {
	shared := Addition{Disks: []rack.Disk{{Name: "data"}, {Name: "more"}}}
	own := Addition{Disks: []rack.Disk{{Name: "own"}}, Hosts: []string{"suse03"}}
	spec, err := Options{Nodes: Names(2), Outsiders: []string{"suse03"}, Additions: []Addition{shared, own}}.build()
	require.NoError(t, err)
	require.Len(t, spec.Disks, 3)
	disks := map[string][]string{}
	for _, m := range spec.Nodes {
		disks[m.Name] = m.Disks
	}
	require.Equal(t, map[string][]string{"suse01": {"data", "more"}, "suse02": {"data", "more"}, "suse03": {"own"}, ClientHost: nil}, disks)
}

func TestOutsidersAreNoMembers(t *testing.T) {
	database := Addition{Services: []node.Service{{Name: "database"}}, Hosts: []string{"suse02", "suse03"}}
	everywhere := Addition{Services: []node.Service{{Name: "device"}}}
	spec, err := Options{Nodes: Names(2), Outsiders: []string{"suse03"}, Additions: []Addition{database, everywhere}}.build()
	require.NoError(t, err)
	services := map[string][]string{}
	for _, m := range spec.Nodes {
		services[m.Name] = []string{}
		for _, s := range m.Services {
			services[m.Name] = append(services[m.Name], s.Name)
		}
		require.Equal(t, m.Name == "suse03" || m.Name == ClientHost, m.Observer, m.Name)
	}
	require.Equal(t, map[string][]string{
		"suse01": {"device", "sbd", "corosync", "pacemaker"}, "suse02": {"device", "database", "sbd", "corosync", "pacemaker"},
		"suse03": {"database"}, ClientHost: {},
	}, services)
	require.Equal(t, Address(network.Replication, 3), spec.Nodes[2].Addrs[2].Addresses[0].Addr())
	for _, f := range spec.Image {
		switch f.Path {
		case "/etc/hosts":
			require.Contains(t, f.Text, "192.168.101.13\tsuse03\n")
		case "/etc/corosync/corosync.conf":
			require.NotContains(t, f.Text, "suse03")
		}
	}
	require.ErrorContains(t, Options{Nodes: Names(2), Outsiders: []string{"suse02"}}.Check(), "taken")
}
