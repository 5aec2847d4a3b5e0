package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"ocfbox/test/lab/account"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/referee"
	"ocfbox/test/lab/trajectory"
)

// Patience is how long a scenario waits for something the cluster does by itself, such as moving a resource
// after a failure: detection, fencing, and an operation or two on a busy machine.
const Patience = 60 * time.Second

// A Stage is where one scenario acts. Methods that cannot do what they say end the scenario.
type Stage struct {
	ctx     context.Context
	lab     *cluster.Lab
	out     io.Writer
	members []string
	began   time.Time

	recorder *trajectory.Recorder
	referee  referee.Referee
	events   events
	client   prober
	watchers sync.WaitGroup
	account  *account.Account
	cost     Cost
	facts    []string
	broke    time.Time
	err      error
}

// Fail ends the scenario.
func (s *Stage) Fail(format string, args ...any) {
	s.Blame(fmt.Errorf(format, args...))
	runtime.Goexit()
}

// Blame makes the scenario a failed one, and lets it go on. Nil is nobody's fault.
func (s *Stage) Blame(err error) { s.err = errors.Join(s.err, err) }

// Must ends the scenario when there is an error.
func (s *Stage) Must(err error) {
	if err != nil {
		s.Fail("%w", err)
	}
}

// Context ends with the scenario.
func (s *Stage) Context() context.Context { return s.ctx }

// Lab is the laboratory.
func (s *Stage) Lab() *cluster.Lab { return s.lab }

// Go lets do watch something until its context ends, which is when the scenario does.
func (s *Stage) Go(do func(context.Context)) {
	s.watchers.Go(func() { do(s.ctx) })
}

// Failed tells whether something has gone wrong already.
func (s *Stage) Failed() bool { return s.err != nil }

// Step says what comes next, on the screen and in the trajectory.
func (s *Stage) Step(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(s.out, "  %5.1f s  %s\n", time.Since(s.began).Seconds(), text)
	s.recorder.Add(trajectory.Entry{Kind: trajectory.Step, What: text})
}

// Fact is a result that a reader wants to know at the end.
func (s *Stage) Fact(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.facts = append(s.facts, text)
	s.Step("%s", text)
}

// Served tells that a client's writes are acknowledged again, or not any more.
func (s *Stage) Served(up bool) {
	s.recorder.Add(trajectory.Entry{Kind: trajectory.Client, Node: cluster.ClientHost, Up: up})
}

// Members are the names of the nodes.
func (s *Stage) Members() []string { return s.members }

// Other is a member that is not the named one.
func (s *Stage) Other(node string) string {
	i := slices.IndexFunc(s.members, func(m string) bool { return m != node })
	return s.members[i]
}

// Run runs a program on a node. It must succeed.
func (s *Stage) Run(on string, args ...string) string {
	out, err := s.lab.Run(s.ctx, on, args...)
	s.Must(err)
	return out
}

// Configure adds crmsh text to the cluster's configuration.
func (s *Stage) Configure(text string) {
	s.Must(s.lab.LoadConfiguration(s.ctx, s.members[0], text))
}

// Standby moves all resources away from a node.
func (s *Stage) Standby(node string) {
	s.Step("put %s into standby", node)
	s.Run(node, "crm_attribute", "--type", "nodes", "--node", node, "--name", "standby", "--update", "on")
}

// Unstandby lets a node run resources again.
func (s *Stage) Unstandby(node string) {
	s.Step("let %s run resources again", node)
	s.Run(node, "crm_attribute", "--type", "nodes", "--node", node, "--name", "standby", "--delete")
}

// Crash takes the power from a node. The time to recover counts from here.
func (s *Stage) Crash(node string) {
	s.Step("take the power from %s", node)
	s.Broke()
	s.Must(s.lab.Crash(s.ctx, node))
}

// Cut cuts the cables of nodes to a local network.
func (s *Stage) Cut(link string, nodes ...string) {
	s.Step("cut the %s network of %v", link, nodes)
	s.Broke()
	for _, n := range nodes {
		s.Must(s.lab.SetLink(s.ctx, n, link, true))
	}
}

// Heal repairs the cables of nodes.
func (s *Stage) Heal(link string, nodes ...string) {
	s.Step("heal the %s network of %v", link, nodes)
	for _, n := range nodes {
		s.Must(s.lab.SetLink(s.ctx, n, link, false))
	}
}

// Fencing makes the fencing device behave so.
func (s *Stage) Fencing(m fence.Mode) {
	s.Step("from now on the fencing device %s", m)
	s.Must(s.lab.SetFencing(s.ctx, m))
}

// Broke marks the begin of the time to recover.
func (s *Stage) Broke() {
	if s.broke.IsZero() {
		s.broke = time.Now()
	}
}
