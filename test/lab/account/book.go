package account

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// executor is the name of Pacemaker's daemon that runs agents: all its children that execute one.
const executor = "pacemaker-execd"

// A process is one of an operation's tree.
type process struct {
	parent *process
	// began is when it was forked, ended zero while it runs.
	began, ended time.Duration
	code, signal int
	class        class
	programs     []program
	cpu          time.Duration
}

// A program is one that a process executed.
type program struct {
	at    time.Duration
	class class
}

// A call is an operation while it is recorded. The first of its processes is the agent.
type call struct {
	node  string
	image image
	tree  []*process
}

// A life is that of an executor on a node, with the processor time of what it waited for.
type life struct {
	node         string
	first, until time.Duration
}

// A book records events. It is pure but for the table that it asks.
type book struct {
	table table
	// nodes are the names of the nodes by their namespaces, executors the daemons by process.
	nodes     map[string]string
	executors map[int]*life
	// running are the processes in trees, with the call each is of.
	running map[int]entry
	calls   []*call
	lives   []*life
	missing []string
}

type entry struct {
	*process
	*call
}

func newBook(t table) *book {
	return &book{table: t, nodes: map[string]string{}, executors: map[int]*life{}, running: map[int]entry{}}
}

// miss notes, once, why the account is not complete.
func (b *book) miss(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(b.missing, text) {
		b.missing = append(b.missing, text)
	}
}

// employ notes an executor that is there, if it is one of a node.
func (b *book) employ(pid int) {
	node := b.nodes[b.table.space(pid)]
	if node == "" || b.executors[pid] != nil {
		return
	}
	cpu, _ := b.table.waited(pid)
	l := &life{node: node, first: cpu, until: cpu}
	b.executors[pid] = l
	b.lives = append(b.lives, l)
}

func (b *book) add(e event) {
	switch e.kind {
	case forked:
		b.fork(e)
	case executed:
		b.exec(e)
	case ended:
		b.end(e)
	case spent:
		b.spend(e)
	}
}

// fork begins a process, of a new call when its parent is an executor. A number that was used before is the
// new process's from here on.
func (b *book) fork(e event) {
	delete(b.running, e.process)
	delete(b.executors, e.process)
	p := &process{began: e.at}
	parent, inside := b.running[e.parent]
	if l := b.executors[e.parent]; l != nil {
		b.running[e.process] = entry{p, &call{node: l.node, tree: []*process{p}}}
	} else if inside {
		p.parent, p.class = parent.process, parent.class
		parent.call.tree = append(parent.call.tree, p)
		b.running[e.process] = entry{p, parent.call}
	}
}

func (b *book) exec(e event) {
	in, inside := b.running[e.process]
	switch {
	case !inside:
		if b.table.name(e.process) == executor {
			b.employ(e.process)
		}
	case in.parent == nil && len(in.programs) == 0:
		in.call.image = b.table.image(e.process)
		if path := in.call.image.path; path != "" && !strings.HasPrefix(path, agentFolder) {
			// The executor started something that is no agent.
			delete(b.running, e.process)
			return
		}
		in.programs = append(in.programs, program{at: e.at})
		b.calls = append(b.calls, in.call)
	default:
		in.class = in.class.within(b.table.path(e.process))
		in.programs = append(in.programs, program{at: e.at, class: in.class})
	}
}

func (b *book) end(e event) {
	if in, inside := b.running[e.process]; inside {
		in.ended = e.at
		in.code, in.signal = e.status.ExitStatus(), 0
		if e.status.Signaled() {
			in.code, in.signal = 0, int(e.status.Signal())
		}
		if in.parent == nil {
			b.sample()
		}
	}
	delete(b.executors, e.process)
}

// spend adds a thread's time. It may come after the end of its process, whose entry therefore stays until
// the number is used again. The thread's name is all there is of a program that could not be looked at.
func (b *book) spend(e event) {
	in, inside := b.running[e.process]
	if !inside {
		return
	}
	in.cpu += e.cpu
	if n := len(in.programs); n > 0 && in.class == other {
		in.programs[n-1].class = in.class.within(e.name)
		in.class = in.programs[n-1].class
	}
}

// sample asks for the executors' times, of which the last before a crash counts.
func (b *book) sample() {
	for pid, l := range b.executors {
		if cpu, ok := b.table.waited(pid); ok {
			l.until = max(l.until, cpu)
		}
	}
}
