package account

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/lab/trajectory"
)

// An Operation is one call of an agent by Pacemaker.
type Operation struct {
	Node string
	// Resource is the instance's identifier, Agent its type, such as IPaddr2.
	Resource, Agent string
	Action          string
	// Interval is zero for what does not recur, probes among them.
	Interval time.Duration
	// Expected is the exit code that says all is well: 8 of a recurring monitor for the promoted role,
	// otherwise 0.
	Expected     int
	Began, Ended time.Time
	// Code is the exit code; a Signal other than zero ended the agent, which has no code then.
	Code, Signal int
	// Programs is how many were started by the agent and by what it started, without the agent itself. What a
	// process that outlived the operation started is not in it.
	Programs int
	// CPU is the processor time of the agent and of all that it started and that ended with it. It is sampled
	// by ticks of some milliseconds: a sum over many operations is good, a single short one is not.
	CPU time.Duration
	// SAP is when tools of SAP's ran, and Tools when tools of the cluster ran otherwise. Both are disjoint and
	// in order. A process that outlived the operation is no tool.
	SAP, Tools []Span
}

// SAPTime is how long tools of SAP's ran.
func (o Operation) SAPTime() time.Duration { return length(o.SAP) }

// AgentTime is the rest of the operation.
func (o Operation) AgentTime() time.Duration { return o.Ended.Sub(o.Began) - o.SAPTime() }

// ToolTime is how long tools of the cluster ran while no tool of SAP's did.
func (o Operation) ToolTime() time.Duration { return length(o.Tools) }

// probe tells that it asks for a state of which Pacemaker expects nothing that the agent is told.
func (o Operation) probe() bool { return o.Action == "monitor" && o.Interval == 0 }

// Failed tells that the code was not the expected one. To a probe all states are as good: running, not
// running (7), promoted (8).
func (o Operation) Failed() bool {
	if o.Signal == 0 && o.probe() {
		return !slices.Contains([]int{0, 7, 8}, o.Code)
	}
	return o.Signal != 0 || o.Code != o.Expected
}

// Totals are those of many operations.
type Totals struct {
	Operations, Programs int
	// CPU is exact within 20 ms: the kernel's sum for what Pacemaker's executors waited for, with all that
	// was waited for by that. Of a node that crashed, the operations in its last moments are not in it.
	CPU time.Duration
}

// A Ledger is the account of a scenario.
type Ledger struct {
	// Ops are the operations that ended, in the order of their begin. What ran already when watching began
	// is not among them, nor is meta-data, which Pacemaker's controller asks for.
	Ops []Operation
	// Incomplete says why something is missing, "" when nothing is.
	Incomplete string
	// Nodes are the totals of each node.
	Nodes map[string]Totals
}

// CPU is the processor time of all agents, with everything that they started and waited for.
func (l Ledger) CPU() (sum time.Duration) {
	for _, t := range l.Nodes {
		sum += t.CPU
	}
	return sum
}

// Programs is how many programs all agents started.
func (l Ledger) Programs() (sum int) {
	for _, t := range l.Nodes {
		sum += t.Programs
	}
	return sum
}

// Entries are the operations for a trajectory, each at its end.
func (l Ledger) Entries() []trajectory.Entry {
	var entries []trajectory.Entry
	for _, o := range l.Ops {
		entries = append(entries, trajectory.Entry{
			Time: o.Ended, Kind: trajectory.Done, Node: o.Node,
			Operation: &trajectory.Operation{
				Resource: o.Resource, Agent: o.Agent, Action: o.Action, Interval: o.Interval.Seconds(), Began: o.Began,
				Code: o.Code, Signal: o.Signal, Failed: o.Failed(), Programs: o.Programs, CPU: o.CPU.Seconds(),
				SAP: o.SAPTime().Seconds(), Tools: o.ToolTime().Seconds(),
			},
		})
	}
	return entries
}

// ledger makes the account of what was recorded; epoch is when monotonic time was zero.
func (b *book) ledger(epoch time.Time) Ledger {
	b.sample()
	l := Ledger{Nodes: map[string]Totals{}}
	for _, node := range b.nodes {
		l.Nodes[node] = Totals{}
	}
	for _, c := range b.calls {
		if c.tree[0].ended == 0 {
			continue
		}
		o := c.operation(epoch)
		l.Ops = append(l.Ops, o)
		t := l.Nodes[o.Node]
		t.Operations++
		t.Programs += o.Programs
		l.Nodes[o.Node] = t
		if c.image.path == "" {
			b.miss("an operation on %s ended before it could be looked at", c.node)
		}
	}
	for _, e := range b.lives {
		t := l.Nodes[e.node]
		t.CPU += e.until - e.first
		l.Nodes[e.node] = t
	}
	slices.SortStableFunc(l.Ops, func(a, b Operation) int { return a.Began.Compare(b.Began) })
	l.Incomplete = strings.Join(b.missing, "; ")
	return l
}

// lingering is how long after the agent a process may end that is not left behind: what is killed together
// does not end at once.
const lingering = 200 * time.Millisecond

func (c *call) operation(epoch time.Time) Operation {
	agent := c.tree[0]
	o := describe(c.image)
	o.Node, o.Began, o.Ended = c.node, epoch.Add(agent.began), epoch.Add(agent.ended)
	o.Code, o.Signal = agent.code, agent.signal
	o.Programs = -1
	spans := map[class][]Span{}
	for _, p := range c.tree {
		if p.began > agent.ended || p.strange(agent.ended) {
			continue
		}
		o.Programs += p.started(agent.ended)
		if p.left(agent.ended) {
			continue
		}
		o.CPU += p.cpu
		for _, s := range p.spans() {
			spans[s.class] = append(spans[s.class], Span{epoch.Add(s.at), epoch.Add(min(s.until, agent.ended))})
		}
	}
	whole := Span{o.Began, o.Ended}
	o.SAP = clip(union(spans[sap]), whole)
	o.Tools = without(clip(union(spans[tool]), whole), o.SAP)
	return o
}

// left tells that a process outlived its operation.
func (p *process) left(end time.Duration) bool { return p.ended == 0 || p.ended > end+lingering }

// strange tells that a process belongs to one that was left behind: it was forked after that had become
// what it stayed.
func (p *process) strange(end time.Duration) bool {
	for a := p.parent; a != nil; a = a.parent {
		if a.left(end) && p.began > a.settled(end) {
			return true
		}
	}
	return false
}

// settled is when a process began or last executed a program within the operation.
func (p *process) settled(end time.Duration) time.Duration {
	at := p.began
	for _, g := range p.programs {
		if g.at <= end {
			at = g.at
		}
	}
	return at
}

// started is how many programs it executed within the operation.
func (p *process) started(end time.Duration) (n int) {
	for _, g := range p.programs {
		if g.at <= end {
			n++
		}
	}
	return n
}

// A stay is how long a process was a program.
type stay struct {
	program
	until time.Duration
}

func (p *process) spans() []stay {
	var all []stay
	for i, g := range p.programs {
		until := p.ended
		if i+1 < len(p.programs) {
			until = p.programs[i+1].at
		}
		all = append(all, stay{g, until})
	}
	return all
}

// describe reads what Pacemaker tells an agent in its environment and its first argument.
func describe(i image) Operation {
	// What does not recur has none.
	interval, _ := strconv.Atoi(i.env["OCF_RESKEY_CRM_meta_interval"])
	o := Operation{
		Resource: i.env["OCF_RESOURCE_INSTANCE"], Agent: i.env["OCF_RESOURCE_TYPE"],
		Interval: time.Duration(interval) * time.Millisecond,
	}
	// An anonymous clone's instance has a number to some versions of Pacemaker.
	o.Resource, _, _ = strings.Cut(o.Resource, ":")
	// A script has its interpreter in front.
	if n := len(i.args); n > 1 {
		o.Action = i.args[n-1]
	}
	if role := i.env["OCF_RESKEY_CRM_meta_role"]; interval > 0 && (role == "Promoted" || role == "Master") {
		o.Expected = 8
	}
	return o
}
