package synccheck

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

const alfa, bravo = drbdtest.Alfa, drbdtest.Bravo

// A world is the pair of the captures: two nodes in a cluster in memory, whose DRBD says what was recorded.
type world struct {
	t       testing.TB
	cluster *crmtest.Cluster
	nodes   map[string]*machine
	folder  string
}

// A machine is one node with the agent. As a Runner it answers DRBD's commands itself.
type machine struct {
	ocftest.Resource
	world *world
	name  string
	root  string

	mu    sync.Mutex
	drbd  map[string]runtest.Program
	first map[string]func()
	calls []run.Cmd
}

// Run answers one command on the machine.
func (m *machine) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	m.mu.Lock()
	m.calls = append(m.calls, c)
	program, ours := m.drbd[c.Path]
	first := m.first[c.Path]
	delete(m.first, c.Path)
	m.mu.Unlock()
	if first != nil {
		first()
	}
	switch {
	case !ours:
		return m.world.cluster.On(m.name).Run(ctx, c)
	case program == nil:
		return runtest.Fails(run.ErrNotFound)(ctx, c)
	case ctx.Err() != nil:
		return runtest.Fails(run.ErrTimeout)(ctx, c)
	}
	return program(ctx, c)
}

// newWorld is a pair of that kernel, in sync, with alfa primary; the agent is not started.
func newWorld(t testing.TB, folder string) *world {
	w := &world{t: t, cluster: crmtest.New(alfa, bravo), nodes: map[string]*machine{}, folder: folder}
	for _, name := range []string{alfa, bravo} {
		m := &machine{world: w, name: name, root: t.TempDir(), drbd: map[string]runtest.Program{"drbdsetup": nil, "drbdadm": nil}}
		agent := Agent
		agent.New = func(p *ocf.Params) ocf.Actions { return bind(p, m.root) }
		m.Resource = ocftest.Resource{Agent: &agent, Runner: m, State: t.TempDir(), Params: map[string]string{"resource": "r0"}}
		m.Env = map[string]string{
			"OCF_RESKEY_CRM_meta_on_node": name, "OCF_RESKEY_CRM_meta_timeout": "30000",
			"OCF_RESKEY_CRM_meta_clone_max": "2", "OCF_RESKEY_CRM_meta_clone_node_max": "1",
			feed.ProcVariable: m.at("proc/drbd"), feed.KmsgVariable: m.at("dev/kmsg"),
		}
		m.file("etc/drbd.conf", "include \"drbd.d/*.res\";\n")
		m.file("etc/drbd.d/r0.res", "resource r0 {\n  on alfa { }\n}\n")
		w.nodes[name] = m
	}
	w.situation("05-healthy")
	return w
}

// running is a pair whose agents are started and have come to rest.
func running(t testing.TB, folder string) *world {
	w := newWorld(t, folder)
	for _, name := range []string{alfa, bravo} {
		require.Equal(t, ocf.Success, w.nodes[name].Call(t, "start").Code)
	}
	w.monitors(alfa, bravo)
	require.Equal(t, [2]State{StatePrimary, StateSync}, w.states())
	return w
}

// in runs a test in a world whose time is its own.
func in(t *testing.T, name, folder string, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(running(t, folder)) })
	})
}

// both runs a test with either kernel's captures.
func both(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	in(t, name+", 8.4", drbdtest.DRBD84, test)
	in(t, name+", 9", drbdtest.DRBD9, test)
}

func (m *machine) at(path string) string { return filepath.Join(m.root, path) }

func (m *machine) file(path, text string) {
	require.NoError(m.world.t, os.MkdirAll(filepath.Dir(m.at(path)), 0o755))
	require.NoError(m.world.t, os.WriteFile(m.at(path), []byte(text), 0o644))
}

// situation makes both machines say what they said in a situation of the captures, one that was recorded of both.
func (w *world) situation(name string) {
	w.sees(alfa, name)
	w.sees(bravo, name)
}

// sees makes one machine say what it said in a situation.
func (w *world) sees(host, situation string) {
	w.t.Helper()
	capture := drbdtest.File(w.folder, situation, host)
	m := w.nodes[host]
	m.file("proc/drbd", capture.Proc()[0])
	m.file("dev/kmsg", capture.Log())
	answers := func(_ context.Context, c run.Cmd) (run.Result, error) {
		block, found := capture.Find("drbdsetup " + strings.Join(c.Args, " "))
		if !found {
			block, found = capture.Find(strings.Join(append([]string{"drbdsetup", c.Args[0], "r0"}, c.Args[1:]...), " "))
		}
		require.True(w.t, found, "%v was not recorded", c)
		return run.Result{Code: block.Code, Stdout: []byte(block.Stdout), Stderr: []byte(block.Stderr)}, nil
	}
	m.answer(answers)
}

// primary and secondary give a machine that stands alone the role.
func (w *world) primary(host string)   { w.role(host, "Primary") }
func (w *world) secondary(host string) { w.role(host, "Secondary") }

// role replaces the machine's own role in what it says.
func (w *world) role(host, role string) {
	m := w.nodes[host]
	replace := func(text string) string {
		for _, was := range []string{"Primary", "Secondary"} {
			for _, form := range []string{"ro:%s/Unknown", "r0 role:%s", `"role": "%s"`} {
				text = strings.ReplaceAll(text, fmt.Sprintf(form, was), fmt.Sprintf(form, role))
			}
		}
		return text
	}
	proc, err := os.ReadFile(m.at("proc/drbd"))
	require.NoError(w.t, err)
	m.file("proc/drbd", replace(string(proc)))
	m.mu.Lock()
	before := m.drbd["drbdsetup"]
	m.mu.Unlock()
	m.answer(func(ctx context.Context, c run.Cmd) (run.Result, error) {
		result, err := before(ctx, c)
		result.Stdout = []byte(replace(string(result.Stdout)))
		return result, err
	})
}

// before lets something happen before the machine's next call of a command.
func (m *machine) before(command string, happens func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.first = map[string]func(){command: happens}
}

// answer gives the machine another drbdsetup.
func (m *machine) answer(program runtest.Program) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drbd["drbdsetup"] = program
}

// monitors runs a monitor on each of the nodes, in their order.
func (w *world) monitors(names ...string) {
	w.t.Helper()
	for _, name := range names {
		result := w.nodes[name].Call(w.t, "monitor")
		require.Equal(w.t, ocf.Success, result.Code, result.Stderr)
	}
}

// value is an attribute of a node, by its name without the prefix and the resource.
func (w *world) value(node, name string) string {
	cluster := crm.Cluster{Runner: w.cluster.On(node)}
	value, _ := cluster.Get(context.Background(), crm.TransientOf(node, defaultPrefix+"r0"+name))
	return value
}

// set gives an attribute a value.
func (w *world) set(node, name, value string) {
	cluster := crm.Cluster{Runner: w.cluster.On(node)}
	require.NoError(w.t, cluster.Set(context.Background(), crm.TransientOf(node, defaultPrefix+"r0"+name), value))
}

// states are what is published of alfa and of bravo.
func (w *world) states() [2]State {
	return [2]State{State(w.value(alfa, "")), State(w.value(bravo, ""))}
}

// forget clears the record of commands.
func (m *machine) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = nil
}

// ran are the commands since forget.
func (m *machine) ran() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, c := range m.calls {
		all = append(all, c.String())
	}
	return all
}

// wrote are the attributes written since forget, as name=value, or name@node=value for another node's.
func (m *machine) wrote() []string {
	all := []string{}
	for _, line := range m.ran() {
		if !strings.HasPrefix(line, "crm_attribute ") {
			continue
		}
		var name, node, value string
		for _, arg := range strings.Fields(line) {
			switch key, text, _ := strings.Cut(arg, "="); key {
			case "--name":
				name = strings.TrimPrefix(text, defaultPrefix+"r0")
			case "--node":
				node = text
			case "--update":
				value = text
			}
		}
		if node != m.name {
			name += "@" + node
		}
		all = append(all, name+"="+value)
	}
	return all
}
