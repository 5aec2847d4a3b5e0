package saphanatopology

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// every calls f with all combinations of what matters to Decide.
func every(f func(o Observation)) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	running := hana.HostRoles{NameServerConfig: "master1", NameServerActual: "master", IndexServerConfig: "worker", IndexServerActual: "master"}
	for _, occasion := range []Occasion{Regular, Probe, Stop} {
		for _, mode := range []hana.Mode{"", hana.ModePrimary, hana.ModeSync, hana.ModeSyncMem, hana.ModeAsync, hana.ModeNone} {
			for _, roles := range []string{"", "4:P:master1:master:worker:master", "1:S:master1::worker:", "4:-::::", "rubbish"} {
				for _, land := range landscapes(running) {
					for _, published := range []Published{{}, {Site: "WDF", VirtualHost: "suse01", RemoteHost: "suse02", SRMode: "sync", Version: "2.00"}, {Action: "T"}} {
						for _, mappings := range [][]hana.Mapping{nil, {{Host: "suse01", Site: "ROT", Partner: "suse02"}}, {{Host: "suse01", Site: "DR1", Partner: "suse09"}}} {
							for _, memory := range []Memory{{}, {Mode: hana.ModePrimary, Seen: 2}, {Mode: hana.ModeSync, Seen: 1, Silent: 2, Defect: 5}} {
								published.Roles = roles
								site := "WDF"
								if mode == "" || mode == hana.ModeNone {
									site = ""
								}
								f(Observation{
									Occasion: occasion, Now: now, SID: "HA1", Node: "suse01", Published: published, Mode: mode, Site: site,
									Peers:        []Peer{{"suse01", "WDF", "suse01"}, {"suse02", "ROT", "suse02"}, {"majority", "", ""}},
									MappingAsked: mappings != nil || memory.Silent > 0, Mappings: mappings,
									VirtualHost: "suse01", Version: "2.00.059.00", Landscape: land, Memory: memory,
								})
							}
						}
					}
				}
			}
		}
	}
}

func landscapes(running hana.HostRoles) []Landscape {
	all := []Landscape{{Answer: Nothing}, {Answer: Hung}, {Answer: Silent, Status: hana.LandscapeError}, {Answer: Silent, Status: hana.LandscapeOK}}
	for status := hana.LandscapeFatal; status <= hana.LandscapeOK; status++ {
		all = append(all, Landscape{Answer: Complete, Status: status, Roles: running})
	}
	return all
}

// What holds whatever was observed.
func TestInvariantsOfDecide(t *testing.T) {
	n := 0
	every(func(o Observation) {
		n++
		v := Decide(o)
		for _, write := range v.Writes {
			name := strings.TrimPrefix(write.Attribute.Name, "hana_ha1_")
			require.NotEmpty(t, write.Value, name)
			require.NotContains(t, write.Value, " ")
			require.Contains(t, []string{"roles", "site", "vhost", "remoteHost", "srmode", "version"}, name, "no attribute of SAPHana's is touched")
			require.Equal(t, name == "roles" || name == "version", write.Attribute.Store == crm.Transient)
			require.True(t, write.Attribute.Node == "suse01" || name == "srmode", "only the mode is written for others")
			invariant(t, o, v, name, write.Value)
		}
		require.Equal(t, v, Decide(o), "the same again")
	})
	require.Greater(t, n, 5000)
}

func invariant(t *testing.T, o Observation, v Verdict, name, value string) {
	switch name {
	case "roles":
		roles, ok := hana.ParseRoles(value)
		require.True(t, ok, value)
		require.NotEqual(t, Nothing, o.Landscape.Answer, "a lost answer changes no roles")
		if o.Occasion != Stop {
			require.NotEqual(t, Hung, o.Landscape.Answer, "a call that hangs changes no roles")
			if o.Mode == "" {
				require.Equal(t, letterOf(o.Published.Roles), roles.Letter, "an unknown state keeps the role")
			}
		}
		if o.Landscape.Answer == Silent && o.Occasion == Regular {
			require.GreaterOrEqual(t, o.Memory.Silent+1, silence)
		}
		if o.Mode != "" {
			require.Equal(t, o.Mode.Role().Letter(), roles.Letter)
		}
	case "srmode":
		require.Equal(t, hana.Secondary, o.Mode.Role())
		require.NotEqual(t, "T", o.Published.Action)
		require.Equal(t, Regular, o.Occasion)
		require.Equal(t, string(o.Mode), value)
	case "remoteHost":
		require.NotEqual(t, "suse01", value, "nobody is his own partner")
		require.NotEqual(t, "suse09", value, "a host outside the cluster is no partner")
		require.NotEmpty(t, v.From)
	}
	if o.Occasion == Stop {
		require.Equal(t, "roles", name)
	}
}

func TestTheModeOfASecondaryReachesEveryNode(t *testing.T) {
	every(func(o Observation) {
		if o.Occasion != Regular || o.Mode.Role() != hana.Secondary || o.Published.Action == "T" || o.Memory.Mode != "" {
			return
		}
		n := 0
		for _, write := range Decide(o).Writes {
			if strings.HasSuffix(write.Attribute.Name, "_srmode") {
				n++
			}
		}
		require.Equal(t, len(o.Peers), n)
	})
}

func TestMemoryIsBounded(t *testing.T) {
	every(func(o Observation) {
		if o.Occasion != Regular {
			return
		}
		once := Decide(o)
		require.LessOrEqual(t, once.Memory.Seen, settled)
		require.LessOrEqual(t, once.Memory.Silent, silence)
		// The same observation again and again comes to rest: then nothing is kept any more.
		for range settled + silence {
			o.Memory = Decide(o).Memory
		}
		require.Equal(t, o.Memory, Decide(o).Memory)
	})
}
