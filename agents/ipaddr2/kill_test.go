package ipaddr2

import (
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

// killsPerAction times two actions times the scenarios is how often the agent is killed: 240 times.
const killsPerAction = 20

// A killScenario is a resource whose start and stop are killed.
type killScenario struct {
	name    string
	params  map[string]string
	env     map[string]string
	prepare func(w *world)
	// nic and as are where the address is when it is held.
	nic, as string
	// check looks at what start takes away and stop gives back.
	check func(w *world, held bool)
}

func killScenarios() []killScenario {
	return []killScenario{
		{name: "an IPv4 address", params: p("ip", v4), nic: "eth0", as: v4 + "/24"},
		{
			name: "an IPv4 address with a twin on the loopback interface", params: full("lvs_support", "true"),
			nic: "eth0", as: v4 + "/24",
			prepare: func(w *world) { w.ip("address", "add", v4+"/32", "dev", "lo", "label", "lo:vip") },
			check: func(w *world, held bool) {
				if held {
					w.lacks("lo", v4+"/32")
					return
				}
				require.Equal(w.t, "lo:vip", w.has("lo", v4+"/32").Label)
				require.Empty(w.t, w.has("lo", v4+"/32").Broadcast)
			},
		},
		{
			name: "the first IPv4 address of a subnet", params: p("ip", "10.77.0.5", "nic", "eth1", "cidr_netmask", "24"),
			nic: "eth1", as: "10.77.0.5/24",
			prepare: func(w *world) { w.promoteSecondaries("0") },
			check:   new(second).check,
		},
		{
			name: "an IPv6 address without duplicate address detection", params: p("ip", v6, "nodad", "true"),
			nic: "eth0", as: v6 + "/64", check: labelled,
		},
		{
			name: "an IPv6 address with duplicate address detection", params: p("ip", v6),
			nic: "eth0", as: v6 + "/64", prepare: quickDAD, check: labelled,
		},
		{
			name: "a load-sharing clone", params: p("ip", v4), env: cloneEnv("2", "0", "true"),
			nic: "eth0", as: v4 + "/24",
			check: func(w *world, held bool) {
				if held {
					w.hears(1)
					return
				}
				w.spotless()
			},
		},
	}
}

// A second is another address of the subnet, which comes after the first and must survive it.
type second struct{ there bool }

func (s *second) check(w *world, held bool) {
	if s.there {
		require.Equal(w.t, "eth1:b", w.has("eth1", "10.77.0.6/24").Label)
	}
	if held == s.there {
		return
	}
	s.there = held
	verb := "del"
	if held {
		verb = "add"
	}
	w.ip("address", verb, "10.77.0.6/24", "dev", "eth1", "label", "eth1:b")
}

// quickDAD makes duplicate address detection last a fifth of a second.
func quickDAD(w *world) {
	w.inside(func() {
		for file, value := range map[string]string{
			"conf/eth0/router_solicitation_delay": "0", "neigh/eth0/retrans_time_ms": "200",
		} {
			require.NoError(w.t, os.WriteFile("/proc/sys/net/ipv6/"+file, []byte(value), 0o644))
		}
	})
}

// labelled requires the address label just when the address is held.
func labelled(w *world, held bool) {
	require.Equal(w.t, held, len(w.labels(v6)) == 1)
}

// Wherever start and stop are killed, what follows is right (F36, row 87): monitor tells the truth, stop
// leaves nothing, start holds the address.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	for i := range killScenarios() {
		for _, action := range []string{"start", "stop"} {
			s := killScenarios()[i] // whose state is its own
			row(t, fmt.Sprintf("row 87: %s, %s killed", s.name, action), func(w *world) { s.run(w, action) })
		}
	}
}

func (s killScenario) run(w *world, action string) {
	if s.prepare != nil {
		s.prepare(w)
	}
	r := w.resource(s.params)
	r.Env = s.env
	r.Params["arp_interval"] = "30"
	whole := s.lasts(r, action)
	random := rand.New(rand.NewPCG(87, uint64(len(s.name)+len(action))))
	kills := 0
	for attempt := 0; kills < killsPerAction; attempt++ {
		require.Less(w.t, attempt, 4*killsPerAction, "only %d kills came in time within %v", kills, whole)
		if action == "stop" {
			s.start(r)
		}
		// The kills are spread evenly over the whole duration.
		share := (float64(kills) + random.Float64()) / killsPerAction
		if took, ended := killed(r, action, time.Duration(share*float64(whole))); ended {
			whole = min(whole, took) // the machine is less busy than when it was measured
		} else {
			kills++
		}
		s.tellsTruth(r)
		if attempt%2 == 0 {
			s.stop(r)
		}
		s.start(r)
		s.stop(r)
	}
}

// lasts is how long the action takes at least, with the other one after it.
func (s killScenario) lasts(r *resource, action string) time.Duration {
	whole := time.Hour
	for range 3 {
		if action == "stop" {
			s.start(r)
		}
		began := time.Now()
		r.runs(action, ocf.Success)
		whole = min(whole, time.Since(began))
		s.stop(r)
	}
	return whole
}

func (s killScenario) start(r *resource) {
	r.runs("start", ocf.Success)
	r.w.has(s.nic, s.as)
	r.runs("monitor", ocf.Success)
	if s.check != nil {
		s.check(r.w, true)
	}
}

func (s killScenario) stop(r *resource) {
	r.runs("stop", ocf.Success)
	r.w.lacks(s.nic, s.as)
	for _, worker := range r.w.workers() {
		requireGone(r.w.t, worker)
	}
	if s.check != nil {
		s.check(r.w, false)
	}
}

// tellsTruth requires a monitor that agrees with iproute2.
func (s killScenario) tellsTruth(r *resource) {
	want := ocf.NotRunning
	for _, e := range r.w.entries(s.nic) {
		if e.is() == s.as {
			want = ocf.Success
		}
	}
	r.runs("monitor", want)
}

// killed runs the action and kills its process group after a while, as Pacemaker does; or tells how long
// the action took that had ended by itself before.
func killed(r *resource, action string, after time.Duration) (took time.Duration, ended bool) {
	cmd := r.process(action)
	began := time.Now()
	r.w.starts(cmd)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-done:
		return time.Since(began), true
	case <-timer.C:
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	<-done
	return time.Since(began), cmd.ProcessState.Exited()
}
