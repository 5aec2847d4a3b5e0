// Package hana_test measures the monitors of the HANA agents where they run: on the nodes of a cluster that
// is alive, with a pair of simulated databases in sync, beside the monitors that Pacemaker makes.
//
// It needs root.
package hana_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run"
	"ocfbox/test/bench"
	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/meter"
	"ocfbox/test/lab/multicall"
	"ocfbox/test/lab/node"
)

// TestMain lets the test binary be the laboratory, and the meter in it.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == meter.Name {
		os.Exit(meter.Main(os.Args[1:]))
	}
	multicall.Dispatch()
	if os.Getenv("OCFBOX_BENCH") != "1" {
		fmt.Println("SKIP: benchmarks run by `make bench`")
		return
	}
	os.Exit(m.Run())
}

const (
	// mostPrograms is how many programs a monitor may execute, SAP's included, and mostQueries how much
	// processor time of its own it may take, in that of one question to the cluster.
	mostPrograms = 15
	mostQueries  = 2.0
	// rounds are the calls whose time is measured, looks those whose programs are counted.
	rounds, looks = 40, 5
)

// A monitor is one of the calls under test.
type monitor struct {
	agent, role, on string
	want            int
	env             map[string]string
	// programs are those of the call that had most of them, and guards the processor time of our guards
	// in the call in which they took most.
	programs []meter.Program
	guards   time.Duration
}

func monitors() []*monitor {
	var all []*monitor
	for _, of := range []struct {
		on, role, word string
		want           int
	}{{wdf, "primary", "Promoted", 8}, {rot, "secondary", "Unpromoted", 0}} {
		all = append(all,
			&monitor{agent: "SAPHana", role: of.role, on: of.on, want: of.want, env: map[string]string{
				"OCF_RESKEY_PREFER_SITE_TAKEOVER": "true", "OCF_RESKEY_AUTOMATED_REGISTER": "false",
				"OCF_RESKEY_DUPLICATE_PRIMARY_TIMEOUT": "7200", "OCF_RESKEY_CRM_meta_role": of.word,
				"OCF_RESKEY_CRM_meta_promotable": "true", "OCF_RESKEY_CRM_meta_timeout": "700000",
				"OCF_RESKEY_CRM_meta_interval": "60000",
			}},
			&monitor{agent: "SAPHanaTopology", role: of.role, on: of.on, env: map[string]string{
				"OCF_RESKEY_CRM_meta_timeout": "300000", "OCF_RESKEY_CRM_meta_interval": "10000",
			}})
	}
	return all
}

func (m *monitor) name() string { return m.agent + " monitor, " + m.role }

// environment is what Pacemaker gives to the agent.
func (m *monitor) environment() []string {
	env := map[string]string{
		"OCF_ROOT": "/usr/lib/ocf", "OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "1",
		"OCF_RESOURCE_INSTANCE": "rsc_" + m.agent + "_HA1_HDB10", "OCF_RESOURCE_TYPE": m.agent,
		"OCF_RESOURCE_PROVIDER": "suse", "OCF_RESKEY_SID": "HA1", "OCF_RESKEY_InstanceNumber": "10",
		"OCF_RESKEY_CRM_meta_clone": "0", "OCF_RESKEY_CRM_meta_clone_max": "2", "OCF_RESKEY_CRM_meta_clone_node_max": "1",
		"OCF_RESKEY_CRM_meta_on_node": m.on, "OCF_RESKEY_crm_feature_set": "3.16.2",
		"HA_LOGFACILITY": "daemon", "LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
	}
	maps.Copy(env, m.env)
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

func (m *monitor) command() []string {
	return []string{"/usr/lib/ocf/resource.d/suse/" + m.agent, "monitor"}
}

// TestBarHANA holds the bars of the HANA agents' monitors: the programs that they execute, and the processor
// time of their own against that of one question to the cluster on the same node.
func TestBarHANA(t *testing.T) {
	lab.Need(t, "root", "corosync", "pacemakerd", "crm_attribute", "crm", "python3")
	l := pair(t)
	all := monitors()
	for _, m := range all {
		m.count(t, l)
	}
	listPrograms(all)
	for _, on := range []string{wdf, rot} {
		query := &bench.Contestant{Name: "crm_attribute --query", Measure: func(t *testing.T) bench.Sample {
			return timed(t, l, on, node.Environment(), question(on)...)
		}}
		contestants := []*bench.Contestant{query}
		for _, m := range all {
			if m.on == on {
				contestants = append(contestants, m.contestant(l))
			}
		}
		bench.Run(t, rounds, contestants...)
		bench.Table(os.Stdout, "monitors on "+on+": CPU of the agent and its guards, without other children", contestants...)
		for _, c := range contestants[1:] {
			bench.Bar(t, c, mostQueries, query)
		}
	}
	for _, m := range all {
		bench.BarCount(t, m.name(), len(m.programs), mostPrograms, "programs")
	}
}

// question is one crm_attribute --query.
func question(on string) []string {
	return []string{"crm_attribute", "--query", "--quiet", "--node=" + on, "--lifetime=forever", "--name=hana_ha1_site"}
}

// count has the monitor's programs listed, once the attributes are those of a pair in sync. Of several calls
// the one with most programs counts.
func (m *monitor) count(t *testing.T, l *cluster.Lab) {
	t.Helper()
	timed(t, l, m.on, m.environment(), m.command()...)
	for range looks {
		m.nextSecond()
		reading := read(t, l, m.on, m.environment(), append([]string{meter.Programs}, m.command()...)...)
		require.Equal(t, m.want, reading.Code, m.name())
		var guards time.Duration
		for _, p := range reading.Programs {
			if p.Args[0] == run.GuardName {
				guards += p.Own
			}
		}
		m.guards = max(m.guards, guards)
		if len(reading.Programs) > len(m.programs) {
			m.programs = reading.Programs
		}
	}
}

// contestant is the monitor with its own time. The guards are ours, so theirs is added, as it was when
// programs were counted: a call that is traced is slower, and has as many guards or more.
func (m *monitor) contestant(l *cluster.Lab) *bench.Contestant {
	return &bench.Contestant{Name: m.name(), Want: m.want, Before: m.nextSecond, Measure: func(t *testing.T) bench.Sample {
		sample := timed(t, l, m.on, m.environment(), m.command()...)
		sample.CPU += m.guards
		return sample
	}}
}

// nextSecond waits until the clock shows another second. SAPHana writes the time at each monitor of a primary,
// which costs a program, and two monitors in one second would write it once.
func (m *monitor) nextSecond() {
	if m.agent != "SAPHana" || m.role != "primary" {
		return
	}
	now := time.Now()
	time.Sleep(now.Truncate(time.Second).Add(time.Second).Sub(now))
}

func timed(t *testing.T, l *cluster.Lab, on string, env []string, command ...string) bench.Sample {
	t.Helper()
	reading := read(t, l, on, env, append([]string{meter.Time}, command...)...)
	return bench.Sample{CPU: reading.Own, Wall: reading.Wall, Code: reading.Code, Output: reading.Output}
}

// read calls the meter on a node.
func read(t *testing.T, l *cluster.Lab, on string, env []string, args ...string) meter.Reading {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	process, err := l.Process(ctx, on)
	require.NoError(t, err)
	defer process.Close()
	var stdout, stderr bytes.Buffer
	cmd := node.Command(ctx, node.Binary)
	cmd.Args = append([]string{meter.Name}, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &stdout, &stderr
	require.NoError(t, node.Run(process, cmd), "%s: %s", strings.Join(args, " "), stderr.String())
	reading, err := meter.Parse(stdout.Bytes())
	require.NoError(t, err)
	return reading
}

// listPrograms prints what the monitors execute: themselves, and through SAP's tools.
func listPrograms(all []*monitor) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nprograms\tby the agent\tits guards\tCPU of guards\tof which monitor\n")
	for _, m := range all {
		own, guards := 0, 0
		for _, p := range m.programs {
			if p.Child {
				own++
			}
			if p.Args[0] == run.GuardName {
				guards++
			}
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%v\t%s\n", len(m.programs), own, guards, m.guards.Round(10*time.Microsecond), m.name())
	}
	w.Flush()
	for _, m := range all {
		fmt.Printf("\n%s executes\n", m.name())
		var lines []string
		for _, p := range m.programs {
			by := "agent"
			if !p.Child {
				by = "below"
			}
			lines = append(lines, "  "+by+"  "+strings.Join(p.Args, " "))
		}
		slices.Sort(lines)
		fmt.Println(strings.Join(lines, "\n"))
	}
}
