package guide

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
)

// A pair is a stage with databases.
type pair struct {
	*scenario.Stage
	plan     install.Plan
	follower *follower
	// writer is the client of the first database, writers those of all.
	writer  *writing
	writers []*writing
	// resumed is when the cluster took charge again after a takeover by hand, on the clock of the databases' logs.
	resumed time.Duration
}

// patience is how long a milestone may be away: an interval, a start and a takeover on a busy machine.
const patience = 90 * time.Second

// scene makes a scenario's procedure of one that acts on a pair. Whatever comes of it, the databases' logs are judged.
func (p plant) scene(run func(*pair)) func(*scenario.Stage) {
	return func(s *scenario.Stage) {
		q := &pair{Stage: s, plan: p.plan, follower: &follower{}}
		s.Go(func(ctx context.Context) { q.follower.follow(ctx, s.Lab()) })
		defer q.judge()
		run(q)
	}
}

// virtual is the address of the primary.
func virtual() netip.Addr { return netip.MustParseAddr(address) }

// load adds a text to the configuration, as the guide does with `crm configure load update`. To replace it would also
// delete what the hook has written: crmsh erases everything while no resource runs.
func (p *pair) load(text string) {
	p.Must(p.Lab().LoadConfiguration(p.Context(), p.Members()[0], text))
}

// as runs a command line as ha1adm, which must succeed.
func (p *pair) as(on, command string) string {
	p.Step("%s:ha1adm> %s", on, command)
	out, err := hanasim.As(p.Context(), p.Lab(), on, "ha1adm", command)
	p.Must(err)
	return out
}

// try runs a command line as ha1adm and returns its exit code.
func (p *pair) try(on, command string) (out string, code int) {
	p.Step("%s:ha1adm> %s", on, command)
	out, err := hanasim.As(p.Context(), p.Lab(), on, "ha1adm", command)
	return out, p.code(err)
}

// root types a command line as root, which must succeed.
func (p *pair) root(on, command string) string {
	p.Step("%s:~ # %s", on, command)
	return p.Run(on, strings.Fields(command)...)
}

// tryRoot types a command line as root and returns its exit code.
func (p *pair) tryRoot(on, command string) (out string, code int) {
	p.Step("%s:~ # %s", on, command)
	out, err := p.Lab().Run(p.Context(), on, strings.Fields(command)...)
	return out, p.code(err)
}

// code is the exit code behind an error of Lab.Run.
func (p *pair) code(err error) int {
	if err == nil {
		return 0
	}
	code, ran := node.ExitCode(errors.Unwrap(err))
	if !ran {
		p.Must(err)
	}
	return code
}

// expect waits for milestones in their order. Those whose time has passed already count from an earlier call on.
func (p *pair) expect(a, b string, rows ...row) {
	p.expectFrom(p.follower.now(), patience, a, b, rows...)
}

func (p *pair) expectFrom(at int, within time.Duration, a, b string, rows ...row) {
	w := walk{rows: rows, at: at}
	for !w.done() {
		next := rows[w.next]
		p.Await(fmt.Sprintf("%q: %s {%s}, %s {%s}", next.What, a, next.A, b, next.B), within, func(context.Context) error {
			reached := w.see(p.follower.seen(w.at), a, b)
			for _, r := range reached {
				p.Step("= %s", r.What)
			}
			if w.done() || len(reached) > 0 {
				return nil
			}
			return fmt.Errorf("%s; the cluster: %s", w.why, p.latest())
		})
	}
	if len(w.missed) > 0 {
		p.Step("(too quick to be seen: %s)", strings.Join(w.missed, ", "))
	}
}

// latest is the state that was seen last.
func (p *pair) latest() state {
	if states := p.follower.seen(p.follower.now()); len(states) > 0 {
		return states[0]
	}
	return state{}
}

// settled is the healthy state I(a, b) of section 18: a is the primary, b its secondary in sync.
func settled(what string) row {
	return row{
		What: what,
		A:    "CS PROMOTED, R 4P, SY PRIM, LPT TS, SC 150, HK PRIM",
		B:    "CS DEMOTED, R 4S, SY SOK, LPT 30, SC 100, HK SOK",
	}
}

// begin loads the guide's configuration under a pair that runs, waits until it is healthy, and lets a client write.
func (p *pair) begin(s setting, a, b string) {
	p.Step("load the guide's configuration: %s", s)
	p.load(s.configuration())
	p.commence(a, b)
}

// commence waits until the pair is healthy under the cluster, and lets a client write.
func (p *pair) commence(a, b string) {
	p.expect(a, b, settled("the pair is in sync under the cluster"))
	p.AwaitReached(virtual())
	p.RequireHeldBy(virtual(), a)
	p.write(a)
}

// end sees the pair healthy again with a as primary, and the client served by it.
func (p *pair) end(a, b string) {
	p.expect(a, b, settled(fmt.Sprintf("%s is the primary, %s in sync", a, b)))
	p.AwaitReached(virtual())
	p.RequireHeldBy(virtual(), a)
	p.RequireNeverTwice(virtual())
	p.writer.awaitRow(p)
}

// sql runs a statement in the tenant of a node.
func (p *pair) sql(on, statement string) string {
	out, err := hanasim.As(p.Context(), p.Lab(), on, "ha1adm", `hdbsql -i 10 -u SYSTEM -a "`+statement+`"`)
	p.Must(err)
	return out
}

// sqlAt runs a statement at a port of a node.
func (p *pair) sqlAt(on string, port int, statement string) {
	_, err := hanasim.As(p.Context(), p.Lab(), on, "ha1adm", fmt.Sprintf(`hdbsql -n localhost:%d -u SYSTEM -a "%s"`, port, statement))
	p.Must(err)
}

// openClient opens the client's machine for a program that runs all the time.
func (p *pair) openClient() *os.File {
	process, err := p.Lab().Process(p.Context(), cluster.ClientHost)
	p.Must(err)
	return process
}
