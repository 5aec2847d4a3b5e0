// Package hana_test runs the simulated HANA in laboratories: its processes are killed, its network is cut, its
// nodes lose power, and what becomes of the rows is read from the logs of accepted writes.
//
// It needs root.
package hana_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/simtest"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/multicall"
	"ocfbox/test/lab/node"
)

// TestMain lets the test binary be the laboratory, and everything of HANA in it.
func TestMain(m *testing.M) {
	multicall.Dispatch()
	os.Exit(m.Run())
}

// The nodes and their sites.
const (
	wdf = "suse01"
	rot = "suse02"
	dr1 = "suse03"
)

// A pair is a laboratory with databases: two, or three.
type pair struct {
	*testing.T
	lab   *cluster.Lab
	plan  install.Plan
	nodes []string
}

// newPair brings up a laboratory for a plan, which change may alter.
func newPair(t *testing.T, nodes int, change func(*install.Plan)) *pair {
	t.Helper()
	lab.Need(t, "root", "corosync", "pacemakerd", "crm_mon", "crm", "python3")
	plan := install.Default()
	plan.State = install.Running
	if change != nil {
		change(&plan)
	}
	o := cluster.Options{Nodes: cluster.Names(nodes), Agents: cluster.Agents{Folder: "/usr/lib/ocf/resource.d/pacemaker"}}
	l := simtest.Up(t, "hana-"+strings.ToLower(t.Name()[len("Test"):][:8]), o, plan)
	return &pair{T: t, lab: l, plan: plan, nodes: o.Nodes}
}

// with is the pair in a subtest.
func (p *pair) with(t *testing.T) *pair {
	q := *p
	q.T = t
	return &q
}

// try runs a command line as ha1adm.
func (p *pair) try(on, command string) (out string, code int) {
	p.Helper()
	return p.root(on, "su", "-", "ha1adm", "-c", command)
}

// root runs a program as root.
func (p *pair) root(on string, args ...string) (out string, code int) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	process, err := p.lab.Process(ctx, on)
	require.NoError(p, err)
	defer process.Close()
	var all strings.Builder
	cmd := node.Command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &all, &all
	code, ran := node.ExitCode(node.Run(process, cmd))
	require.True(p, ran, "%s on %s: %s", strings.Join(args, " "), on, all.String())
	return all.String(), code
}

// do runs a command line as ha1adm, which must succeed.
func (p *pair) do(on, command string) string {
	p.Helper()
	out, code := p.try(on, command)
	require.Zero(p, code, "%s on %s: %s", command, on, out)
	return out
}

// sql runs a statement in the tenant.
func (p *pair) sql(on, statement string) string {
	p.Helper()
	return p.do(on, `hdbsql -i 10 -u SYSTEM -a "`+statement+`"`)
}

// status is the exit code of systemReplicationStatus.py.
func (p *pair) status(on string) int {
	_, code := p.try(on, "HDBSettings.sh systemReplicationStatus.py")
	return code
}

// await waits for a condition.
func (p *pair) await(what string, check func() error) {
	p.Helper()
	require.NoError(p, cluster.Await(p.Context(), what, 30*time.Second, func(context.Context) error { return check() }))
}

func (p *pair) awaitStatus(on string, want core.Status) {
	p.Helper()
	p.await(fmt.Sprintf("replication status %d on %s", want, on), func() error {
		if got := p.status(on); got != int(want) {
			return fmt.Errorf("it is %d", got)
		}
		return nil
	})
}

// awaitLandscape waits for the exit code of landscapeHostConfiguration.py.
func (p *pair) awaitLandscape(on string, want int) {
	p.Helper()
	p.await(fmt.Sprintf("landscape %d on %s", want, on), func() error {
		if out, got := p.try(on, "HDBSettings.sh landscapeHostConfiguration.py"); got != want {
			return fmt.Errorf("it is %d: %s", got, out)
		}
		return nil
	})
}

// pid finds the process of a database program on a node.
func (p *pair) pid(on, pattern string) string {
	p.Helper()
	out, _ := p.root(on, "pgrep", "-u", "ha1adm", "-of", pattern)
	require.NotEmpty(p, out, "no process %s on %s", pattern, on)
	return strings.TrimSpace(out)
}

// signal sends a signal to a database program.
func (p *pair) signal(on, signal, pattern string) {
	p.Helper()
	_, code := p.root(on, "kill", "-"+signal, p.pid(on, pattern))
	require.Zero(p, code)
}

// accepted reads the log of accepted writes of a node.
func (p *pair) accepted(on string) []truth.Event {
	p.Helper()
	text, err := p.lab.Run(p.Context(), on, "cat", p.plan.System(on).AcceptedFile())
	require.NoError(p, err)
	events, err := truth.Read(strings.NewReader(text))
	require.NoError(p, err)
	return events
}

// journal reads what the tenant of a node holds on its disk.
func (p *pair) journal(on string) *core.Log {
	p.Helper()
	s := p.plan.System(on)
	i := 0
	for n, v := range s.Volumes() {
		if v.Database == "HA1" && v.Name == "indexserver" {
			i = n
		}
	}
	text, err := p.lab.Run(p.Context(), on, "cat", s.Journal(s.Volumes()[i]))
	require.NoError(p, err)
	path := p.TempDir() + "/journal"
	require.NoError(p, os.WriteFile(path, []byte(text), 0o600))
	log, _, err := process.ReadJournal(path)
	require.NoError(p, err)
	return log
}

// writes lists all rows that any of the nodes accepted for the tenant.
func (p *pair) writes(nodes ...string) []truth.Write {
	var events []truth.Event
	for _, n := range nodes {
		events = append(events, p.accepted(n)...)
	}
	return truth.Writes(events, "HA1")
}

// contains is a check for await.
func contains(text, part string) error {
	if !strings.Contains(text, part) {
		return fmt.Errorf("%q is not in %s", part, text)
	}
	return nil
}
