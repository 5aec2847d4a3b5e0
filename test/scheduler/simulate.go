package scheduler

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/beevik/etree"

	"ocfbox/internal/run"
)

// Simulate tells crm_simulate what happens to the cluster and returns what the scheduler does about it.
func (c *Cluster) Simulate(ctx context.Context, events ...Event) (*Transition, error) {
	for _, event := range events {
		if err := c.check(event); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	folder, err := os.MkdirTemp("", "ocfbox-scheduler-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	files := simulationFiles{
		before: filepath.Join(folder, "before.xml"),
		after:  filepath.Join(folder, "after.xml"),
		graph:  filepath.Join(folder, "graph.xml"),
	}
	if err := os.WriteFile(files.before, c.unchecked().XML(), 0o600); err != nil {
		return nil, err
	}
	result, err := system.Run(ctx, run.Cmd{Path: "crm_simulate", Args: files.arguments(events), Dir: folder})
	if err == nil && !result.OK() {
		err = fmt.Errorf("crm_simulate: exit %d: %s%s", result.Code, result.FirstError(), said(result.Stdout))
	}
	if err != nil {
		return nil, fmt.Errorf("simulate %v: %w", events, err)
	}
	return files.read(result.Stdout, events)
}

// unchecked is the cluster without a schema. Checking it takes a third of crm_simulate's time.
func (c *Cluster) unchecked() *Cluster {
	return c.with(func(cib *etree.Element) { cib.CreateAttr("validate-with", "none") })
}

// simulationFiles are where crm_simulate reads the CIB, and writes that after the transition and the graph of it.
type simulationFiles struct{ before, after, graph string }

func (f simulationFiles) arguments(events []Event) []string {
	args := []string{
		"--xml-file", f.before, "--simulate", "--show-scores", "--output-as", "xml",
		"--save-output", f.after, "--save-graph", f.graph,
	}
	for _, event := range events {
		args = append(args, event.flag, event.value())
	}
	return args
}

func (f simulationFiles) read(output []byte, events []Event) (*Transition, error) {
	said, after, graph := etree.NewDocument(), etree.NewDocument(), etree.NewDocument()
	err := errors.Join(said.ReadFromBytes(output), after.ReadFromFile(f.after), graph.ReadFromFile(f.graph))
	if err != nil {
		return nil, fmt.Errorf("read the results of crm_simulate: %w", err)
	}
	if said.FindElement("/pacemaker-result/revised_cluster_status") == nil {
		return nil, fmt.Errorf("read the results of crm_simulate: no revised status in %q", output)
	}
	t := parseTransition(said.Root())
	t.events = events
	t.graph = parseGraph(graph.Root())
	after.Root().CreateAttr("validate-with", schema)
	t.after = &Cluster{doc: after}
	t.settle()
	return t, nil
}

// said are the errors in the XML of a crm_simulate that failed.
func said(output []byte) string {
	doc := etree.NewDocument()
	if doc.ReadFromBytes(output) != nil {
		return ""
	}
	var all []string
	for _, e := range doc.FindElements("/pacemaker-result/status//error") {
		all = append(all, strings.TrimSpace(e.Text()))
	}
	return strings.Join(all, "; ")
}

// settle makes of the results what a controller would have. crm_simulate writes each operation down and forgets none,
// so that a failed monitor still counts after the stop that it has led to: a controller forgets the recurring monitors
// of what it stops, starts, promotes or demotes, and counts a failed start as fatal.
func (t *Transition) settle() {
	t.after = t.after.with(func(cib *etree.Element) {
		for _, history := range cib.FindElements("status/node_state/lrm/lrm_resources/lrm_resource") {
			forgetMonitors(history)
		}
	})
	for _, e := range t.events {
		if e.flag != "--op-fail" || !t.after.failed(e.resource, e.operation, e.node) {
			continue
		}
		if e.operation == "start" {
			t.after = t.after.Transient(e.node, failCount(e.resource, "start"), "INFINITY")
		}
		if e.operation != "demote" {
			t.markFailed(e.resource, e.node)
		}
	}
}

// markFailed says of a resource that it is not what the scheduler has to take it for, to be safe.
func (t *Transition) markFailed(resource, node string) {
	for i, place := range t.After[resource] {
		if place.Node == node {
			t.After[resource][i].Role = "Failed"
		}
	}
}

// failed reports whether that is the last operation of the resource that failed on the node.
func (c *Cluster) failed(resource, operation, node string) bool {
	path := fmt.Sprintf("/cib/status/node_state[@uname='%s']//lrm_rsc_op[@id='%s_last_failure_0']", node, resource)
	entry := c.doc.FindElement(path)
	return entry != nil && entry.SelectAttrValue("operation", "") == operation
}

// settleRounds bounds the transitions of a cluster that comes to rest; a start from nothing takes three.
const settleRounds = 8

// Settle lets the scheduler work until it has nothing to do.
func (c *Cluster) Settle(ctx context.Context) (*Cluster, error) {
	for range settleRounds {
		t, err := c.Simulate(ctx)
		if err != nil {
			return nil, err
		}
		if t.Quiet() {
			return c, nil
		}
		c = t.Cluster()
	}
	return nil, fmt.Errorf("no rest after %d transitions", settleRounds)
}

// Boot is the cluster with all its nodes up and at rest.
func (c *Cluster) Boot(ctx context.Context) (*Cluster, error) {
	for _, node := range c.Nodes() {
		c = c.Online(node)
	}
	return c.Settle(ctx)
}
