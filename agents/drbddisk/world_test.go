package drbddisk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/desk"
)

const (
	alfa  = desk.Alfa
	bravo = desk.Bravo
)

// A world is one node, alfa, whose DRBD is the simulated pair's, or says what the test wants.
type world struct {
	ocftest.Resource
	t       testing.TB
	root    string
	desk    *desk.Desk
	cluster *crmtest.Cluster

	mu sync.Mutex
	// programs replace the pair's tools, by "drbdadm primary" or the tool's name.
	programs map[string]runtest.Program
	// before happen ahead of the nth call of a command, counted from 1.
	before map[string]func(n int)
	calls  []string
}

// A plan is how the pair is configured.
type plan struct {
	generation          core.Generation
	net, disk, handlers string
}

// newWorld is a pair that is up and in sync, both secondary, in a bubble of time.
func newWorld(t testing.TB, p plan) *world {
	w := bare(t)
	if p.generation == 0 {
		p.generation = core.Gen84
	}
	var err error
	w.desk, err = desk.New(p.generation, w.root, p.net, p.disk, p.handlers)
	require.NoError(t, err)
	require.NoError(t, w.desk.InSync())
	w.refresh()
	return w
}

// bare is a node without a pair: its files are what a test writes.
func bare(t testing.TB) *world {
	w := &world{t: t, root: t.TempDir(), cluster: crmtest.New(alfa, bravo), programs: map[string]runtest.Program{}, before: map[string]func(int){}}
	agent := Agent
	agent.New = func(p *ocf.Params) ocf.Actions { return bind(p, w.root).actions() }
	agent.Heartbeat = &ocf.Heartbeat{Names: []string{"drbddisk"}, Door: func(env *ocf.Env, a *ocf.Agent, program string, args []string) (int, bool) {
		return door{root: w.root}.answer(env, a, program, args)
	}}
	w.Resource = ocftest.Resource{Agent: &agent, Runner: w, State: t.TempDir(), Params: map[string]string{"drbd_resource": "r0"}}
	w.Env = map[string]string{
		"OCF_RESKEY_CRM_meta_on_node": alfa, "OCF_RESKEY_CRM_meta_timeout": "240000",
		feed.ProcVariable: w.at("proc/drbd"), feed.KmsgVariable: w.at("dev/kmsg"),
	}
	w.file("dev/kmsg", "")
	return w
}

func (w *world) at(path string) string { return filepath.Join(w.root, path) }

func (w *world) file(path, text string) {
	require.NoError(w.t, os.MkdirAll(filepath.Dir(w.at(path)), 0o755))
	require.NoError(w.t, os.WriteFile(w.at(path), []byte(text), 0o644))
}

// refresh writes the kernel's file as it is now.
func (w *world) refresh() {
	if text, loaded := w.desk.Proc(alfa); loaded {
		w.file("proc/drbd", text)
	} else {
		_ = os.Remove(w.at("proc/drbd"))
	}
}

// Run answers one command on the node.
func (w *world) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	name := filepath.Base(c.Path)
	if name != "drbdadm" && name != "drbdsetup" {
		return w.cluster.On(alfa).Run(ctx, c)
	}
	verb := verbOf(c.Args)
	w.mu.Lock()
	w.calls = append(w.calls, name+" "+strings.Join(c.Args, " "))
	n := 0
	for _, call := range w.calls {
		if words := strings.Fields(call); words[0] == name && verbOf(words[1:]) == verb {
			n++
		}
	}
	program, ok := w.programs[name+" "+verb]
	if !ok {
		program, ok = w.programs[name]
	}
	before := w.before[name+" "+verb]
	w.mu.Unlock()
	if before != nil {
		before(n)
		w.refresh()
	}
	switch {
	case ctx.Err() != nil:
		return runtest.Fails(run.ErrTimeout)(ctx, c)
	case ok && program == nil:
		return runtest.Fails(run.ErrNotFound)(ctx, c)
	case ok:
		return program(ctx, c)
	case w.desk == nil:
		w.t.Errorf("%v must not be run", c)
		return run.Result{Code: 1}, nil
	}
	return w.pairs(ctx, c)
}

// pairs is the pair's own tool.
func (w *world) pairs(ctx context.Context, c run.Cmd) (run.Result, error) {
	a := w.desk.Run(ctx, alfa, append([]string{filepath.Base(c.Path)}, c.Args...)...)
	w.refresh()
	return run.Result{Code: a.Code, Stdout: []byte(a.Stdout), Stderr: []byte(a.Stderr)}, nil
}

func verbOf(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-c":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return ""
}

// program puts a program in the place of a tool, or of one of its verbs.
func (w *world) program(name string, program runtest.Program) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.programs[name] = program
}

// happens does lines of the desk, in their order.
func (w *world) happens(lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		a := w.desk.Line(context.Background(), line)
		require.Zero(w.t, a.Code, "%s: %s", line, a.Stderr)
	}
	w.refresh()
}

// count is how often a command was called.
func (w *world) count(command string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, call := range w.calls {
		words := strings.Fields(call)
		if words[0]+" "+verbOf(words[1:]) == command {
			n++
		}
	}
	return n
}

// forget clears the record of commands.
func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = nil
}

// heartbeat calls the script as heartbeat does.
func (w *world) heartbeat(words ...string) ocftest.Result {
	w.t.Helper()
	return w.Dispatch(w.t, map[string]string{"OCF_RESKEY_CRM_meta_timeout": "-", "OCF_RESKEY_CRM_meta_on_node": "-"},
		"/etc/ha.d/resource.d/drbddisk", words...)
}

// in runs a test in a world whose time is its own, with 8.4.
func in(t *testing.T, name string, p plan, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(newWorld(t, p)) })
	})
}

// both runs a test with 8.4 and with 9.
func both(t *testing.T, name string, p plan, test func(w *world)) {
	t.Helper()
	for _, g := range []core.Generation{core.Gen84, core.Gen9} {
		p.generation = g
		in(t, fmt.Sprintf("%s, %d", name, g), p, test)
	}
}

// without runs a test in a world without a pair.
func without(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(bare(t)) })
	})
}

// took is how long something takes in the bubble's time.
func took(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

// role is what the pair's kernel on alfa really has.
func (w *world) role() core.Role { return w.desk.Role(alfa, "r0") }

// recorded makes the node say what was recorded of one.
func (w *world) recorded(folder, situation, host string) {
	capture := drbdtest.File(folder, situation, host)
	w.file("proc/drbd", capture.Proc()[0])
	w.file("dev/kmsg", capture.Log())
	w.file("etc/drbd.conf", "resource r0 { device /dev/drbd0; on alfa { } on bravo { } }\n")
	w.program("drbdsetup", func(_ context.Context, c run.Cmd) (run.Result, error) {
		block, found := capture.Find("drbdsetup " + strings.Join(c.Args, " "))
		if !found {
			block, found = capture.Find(strings.Join(append([]string{"drbdsetup", c.Args[0], "r0"}, c.Args[1:]...), " "))
		}
		require.True(w.t, found, "%v was not recorded", c)
		return run.Result{Code: block.Code, Stdout: []byte(block.Stdout), Stderr: []byte(block.Stderr)}, nil
	})
}

// rows makes the node one of 8.4 with these lines of /proc/drbd for r0's minors from 0 on.
func (w *world) rows(version string, lines ...string) {
	text := "version: " + version + " (api:1/proto:86-101)\nsrcversion: F73\n"
	var config strings.Builder
	config.WriteString("resource r0 {\n")
	for i, line := range lines {
		text += fmt.Sprintf("%2d: %s\n", i, line)
		if !strings.Contains(line, "Unconfigured") {
			text += "    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n"
		}
		fmt.Fprintf(&config, "  volume %d { device /dev/drbd%d; }\n", i, i)
	}
	w.file("proc/drbd", text)
	w.file("etc/drbd.conf", config.String()+"  on alfa { } on bravo { }\n}\n")
	w.program("drbdsetup", runtest.Complains(20, "no answer"))
}

// mounted makes a device of minor 0 be mounted.
func (w *world) mounted(options string) {
	w.file("proc/self/mountinfo", "100 1 147:0 / /data "+options+" - ext4 /dev/drbd0 "+options+"\n")
}
