package guide

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/beevik/etree"

	"ocfbox/test/hanasim/truth"
	"ocfbox/test/lab/network"
)

// Each procedure fails soon after a broken agent did its worst, and before it would wait for what cannot come any more:
// the databases' logs are judged in any case.

// crashBehind crashes the primary's node when the secondary lacks rows.
func crashBehind(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	at := p.follower.now()
	p.Cut(network.Replication, b)
	p.expectFrom(at, patience, a, b, row{What: "the cluster knows that the secondary is not in sync", A: "R 4P, CS PROMOTED", B: "HK SFAIL, SY SFAIL"})
	p.acceptsAlone(a, b)
	p.sysrq(a)
	p.rejoin(a)
	p.served(a)
	p.Heal(network.Replication, b)
	p.end(a, b)
}

// acceptsAlone sees a take rows that b does not get.
func (p *pair) acceptsAlone(a, b string) {
	p.writer.awaitRow(p)
	p.Step("%s accepts rows that %s does not have", a, b)
}

// crashWithStaleClient crashes the primary's node, and lets a client find it by its own address when it is back.
func crashWithStaleClient(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.crashAndTakeOver(a, b)
	stale, since := p.staleClient(a), truth.Now()
	p.rejoin(a)
	p.awaitEnded("start", a)
	p.requireRefused(stale, a, since)
	p.comesBack(a, b)
}

// moveWithStaleClient moves the primary away from a, while a client writes to it by its own address.
func moveWithStaleClient(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	stale := p.staleClient(a)
	at := p.follower.now()
	p.Broke()
	p.root(a, "crm resource move "+promoted+" force")
	p.expectFrom(at, patience, a, b, row{What: "the secondary takes over", B: "CS PROMOTED, R 4P, LPT TS"})
	p.requireRefused(stale, a, truth.Now())
	p.served(b)
	p.as(a, register(a, b))
	p.root(a, "crm resource clear "+promoted)
	p.end(b, a)
}

// inTime is how long a takeover may be away: what the guide's procedures need with these intervals, and half of it.
const inTime = 45 * time.Second

// takeOverInTime crashes the primary database.
func takeOverInTime(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	at := p.follower.now()
	p.Broke()
	p.as(a, "HDB kill-9")
	p.expectFrom(at, inTime, a, b, row{What: "the secondary takes over in time", B: "CS PROMOTED, R 4P"})
	p.AwaitOn(vip, b)
	p.RequireHeldBy(virtual(), b)
	p.served(b)
	p.comesBack(a, b)
}

// denySudoAndCrash takes the hook's permission away, and crashes the primary database when the secondary lacks rows. An
// interval lies between the cut and the monitor that finds the hook's file.
func denySudoAndCrash(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.root(a, "mv "+sudoRule+" "+withdrawnRule)
	p.awaitMonitors(a, b)
	p.Cut(network.Replication, b)
	file := fallbackFile + sites[b]
	p.awaitFile(a, file, true)
	p.Step("the hook may not write and left a file")
	p.awaitFile(a, file, false)
	p.Step("the primary's monitor took it")
	p.acceptsAlone(a, b)
	p.Broke()
	p.as(a, "HDB kill-9")
	p.served(a)
	p.root(a, "mv "+withdrawnRule+" "+sudoRule)
	p.Heal(network.Replication, b)
	p.refresh(a)
	p.end(a, b)
	p.requireNoFailures()
}

// awaitFile waits until a node has a file, or has it no more.
func (p *pair) awaitFile(on, file string, want bool) {
	p.Await(fmt.Sprintf("%s on %s: %t", file, on, want), patience, func(ctx context.Context) error {
		_, err := p.Lab().Run(ctx, on, "test", "-e", file)
		if code := p.code(err); (code == 0) != want {
			return fmt.Errorf("test -e says %d", code)
		}
		return nil
	})
}

// staleClient is one that knows a node by its own address. What it is promised there counts for nothing. It waits until
// a primary that has lost its secondary gives up the wait for it.
func (p *pair) staleClient(host string) *writing {
	w := &writing{}
	p.writeRows(p.hostAddress(host)+":31015", 5*time.Second, w)
	p.Step("a client writes rows to %s itself", host)
	return w
}

// requireRefused demands that since a moment a client of a node's own address got no row acknowledged, and gets none, and
// that the database there took none.
func (p *pair) requireRefused(w *writing, host string, since time.Duration) {
	now := truth.Now()
	p.Await("the client of "+host+" is answered", patience, func(context.Context) error {
		answers, err := w.Answers()
		refused := 0
		for _, a := range answers {
			switch {
			case a.Asked >= since && a.Error == "":
				p.Fail("a client of %s was served there", host)
			case a.Asked >= now:
				refused++
			}
		}
		if err == nil && refused < 5 {
			err = fmt.Errorf("%d times", refused)
		}
		return err
	})
	events, err := p.events(p.Context())
	p.Must(err)
	for _, e := range events {
		if e.What == truth.Accepted && e.Host == host && e.At >= since {
			p.Fail("a client of %s was refused there, but its rows were accepted", host)
		}
	}
	p.Step("a client of %s is refused", host)
}

// awaitEnded waits until an operation of the database on a node has ended since it joined the cluster.
func (p *pair) awaitEnded(operation, host string) {
	p.Await(fmt.Sprintf("the %s on %s has ended", operation, host), patience, func(ctx context.Context) error {
		text, err := p.Lab().Run(ctx, p.Other(host), "cibadmin", "--query", "--scope", "status")
		if err != nil {
			return err
		}
		ended, err := hasEnded(text, host, operation)
		if err == nil && !ended {
			err = errors.New("it has not")
		}
		return err
	})
	p.Step("the %s on %s has ended", operation, host)
}

// hasEnded tells whether an operation of the database on a node has a result, by the status section of the CIB.
func hasEnded(status, host, operation string) (bool, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(status); err != nil {
		return false, fmt.Errorf("read the CIB's status: %w", err)
	}
	operations := doc.FindElements("//node_state[@uname='" + host + "']//lrm_resource[@id='" + primitive + "']/lrm_rsc_op[@operation='" + operation + "']")
	return slices.ContainsFunc(operations, func(op *etree.Element) bool { return op.SelectAttrValue("op-status", pending) != pending }), nil
}

// pending is the op-status of an operation that runs.
const pending = "-1"
