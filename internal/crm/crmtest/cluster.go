// Package crmtest is a cluster in memory that answers Pacemaker's command lines, and the contract that it
// and a real Pacemaker have to keep alike.
//
// What it answers was observed on Pacemaker 2.1.5: exit codes, messages, and which option wins. It holds
// nodes, attributes, properties and a CIB; it has no scheduler, so where resources run is said with
// [Cluster.Place]. What it does not imitate is an error of the runner, never a made-up answer.
package crmtest

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/beevik/etree"

	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// Version is the Pacemaker that the fake imitates.
const Version = "2.1.5"

// A Cluster is a cluster in memory. As a run.Runner it stands on its first node; see [Cluster.On].
type Cluster struct {
	mu       sync.Mutex
	cib      *etree.Document
	nodes    []*node
	placed   map[string][]place
	programs map[string]runtest.Program
	held     bool
	calls    []run.Cmd
}

type node struct {
	id, name string
	running  bool
	lost     bool
	// attributes are what the attribute daemons keep, written to the CIB or not.
	attributes map[string]string
}

var _ run.Runner = (*Cluster)(nil)

// New is a cluster of the given nodes, all of them online, with nothing configured.
func New(nodes ...string) *Cluster {
	c := &Cluster{cib: emptyCIB(), placed: map[string][]place{}, programs: map[string]runtest.Program{}}
	for i, name := range nodes {
		id := strconv.Itoa(i + 1)
		c.nodes = append(c.nodes, &node{id: id, name: name, attributes: map[string]string{}})
		element := c.section("nodes").CreateElement("node")
		element.CreateAttr("id", id)
		element.CreateAttr("uname", name)
		c.start(c.nodes[i])
	}
	return c
}

// Run answers on the first node.
func (c *Cluster) Run(ctx context.Context, cmd run.Cmd) (run.Result, error) {
	return c.runOn(ctx, c.nodes[0], cmd)
}

// On is the runner of another node.
func (c *Cluster) On(name string) run.Runner {
	n := c.node(name)
	if n == nil {
		panic("crmtest: no node " + name)
	}
	return runner(func(ctx context.Context, cmd run.Cmd) (run.Result, error) { return c.runOn(ctx, n, cmd) })
}

type runner func(context.Context, run.Cmd) (run.Result, error)

func (r runner) Run(ctx context.Context, cmd run.Cmd) (run.Result, error) { return r(ctx, cmd) }

// Override gives the tool of that name another program, on all nodes: runtest.Hangs, runtest.Says,
// Missing, or one of the test's own. A nil program restores the tool.
func (c *Cluster) Override(tool string, program runtest.Program) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.programs[tool] = program
}

// Missing is the program of a tool that is not installed.
func Missing(_ context.Context, cmd run.Cmd) (run.Result, error) {
	return run.Result{}, &run.Error{Cmd: cmd, Err: run.ErrNotFound}
}

// Started is how many programs were started, by the tools' names when there are any.
func (c *Cluster) Started(tools ...string) int {
	n := 0
	for _, call := range c.Calls() {
		if len(tools) == 0 {
			n++
		}
		for _, tool := range tools {
			if path.Base(call.Path) == tool {
				n++
			}
		}
	}
	return n
}

// Calls are the commands run so far, in order.
func (c *Cluster) Calls() []run.Cmd {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]run.Cmd(nil), c.calls...)
}

// Forget clears the record of commands.
func (c *Cluster) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

// A command is one call of a tool on a node.
type command struct {
	*Cluster
	local *node
	cmd   run.Cmd
}

func (c *Cluster) runOn(ctx context.Context, local *node, cmd run.Cmd) (run.Result, error) {
	tool := path.Base(cmd.Path)
	c.mu.Lock()
	c.calls = append(c.calls, cmd)
	program := c.programs[tool]
	c.mu.Unlock()
	if program != nil {
		return program(ctx, cmd)
	}
	if ctx.Err() != nil {
		return run.Result{}, &run.Error{Cmd: cmd, Err: run.ErrTimeout}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, err := (&command{c, local, cmd}).answer(tool)
	if err != nil {
		return run.Result{}, &run.Error{Cmd: cmd, Err: err}
	}
	return answer.result(), nil
}

func (c *command) answer(tool string) (reply, error) {
	switch tool {
	case "crm_attribute":
		return c.crmAttribute(c.cmd.Args)
	case "crm_master":
		return c.crmMaster(c.cmd.Args)
	case "cibadmin":
		return c.cibadmin(c.cmd.Args)
	case "crm_node":
		return c.crmNode(c.cmd.Args)
	case "crm_mon":
		return c.crmMon(c.cmd.Args)
	}
	return reply{}, run.ErrNotFound
}

// env is the value of a variable of the command's environment.
func (c *command) env(name string) (value string) {
	for _, entry := range c.cmd.Env {
		if key, text, _ := strings.Cut(entry, "="); key == name {
			value = text
		}
	}
	return value
}

// A reply is what a tool prints and exits with.
type reply struct {
	code     int
	out, err string
}

func (r reply) result() run.Result {
	return run.Result{Code: r.code, Stdout: []byte(r.out), Stderr: []byte(r.err)}
}

func prints(text string) (reply, error) { return reply{out: text}, nil }

// fails is an exit code with a message on standard error.
func fails(code int, format string, args ...any) (reply, error) {
	return reply{code: code, err: fmt.Sprintf(format, args...) + "\n"}, nil
}

// notImitated is the answer to what a test should not rely on here.
func notImitated(what string) (reply, error) {
	return reply{}, fmt.Errorf("crmtest does not imitate %s", what)
}
