package guide

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ocfbox/test/lab/network"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

// trouble are the failures that the guide leaves out.
func trouble() []scenario.Scenario {
	return slices.Concat(hurts(), secondFailures(), bothPrimaries(), splits(), daemonDeaths())
}

// hurts are failures that must not end in a takeover.
func hurts() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("indexserver-killed", "The primary's indexserver is killed and starts again by itself: the cluster moves nothing.", killIndexserver),
		first().named("sudo-denied", "The hook may not write and the secondary is stale: the file that it leaves keeps the secondary from taking over.", denySudo),
	}
}

// neverSince demands that since a state of the follower a node was never seen like this.
func (p *pair) neverSince(at int, host, cell string) {
	for _, s := range p.follower.seen(at) {
		if fits(cell, s[host]) == "" {
			p.Fail("%s was {%s}: %s", host, cell, s)
		}
	}
}

// killIndexserver sees hdbdaemon start the indexserver again, too quickly for the cluster to mind.
func killIndexserver(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	at := p.follower.now()
	was := p.pid(a, "hdbindexserver")
	p.Step("%s:~ # kill -9 %s (hdbindexserver)", a, was)
	p.Broke()
	p.Run(a, "kill", "-9", was)
	p.Await("hdbdaemon starts the indexserver again", patience, func(ctx context.Context) error {
		out, err := p.Lab().Run(ctx, a, "pgrep", "-x", "hdbindexserver")
		if pid := strings.TrimSpace(out); err == nil && (pid == "" || pid == was) {
			err = fmt.Errorf("its process is %q, as before", pid)
		}
		return err
	})
	p.writer.awaitRow(p)
	p.Step("the client is served again")
	p.awaitMonitors(a, b)
	p.end(a, b)
	p.neverSince(at, a, "CS DEMOTED/UNDEFINED/WAITING4REG")
	p.neverSince(at, b, "CS PROMOTED")
	p.requireNoFailures()
}

// pid is the one process of a name.
func (p *pair) pid(on, name string) string {
	pids := strings.Fields(p.Run(on, "pgrep", "-x", name))
	if len(pids) != 1 {
		p.Fail("%s has the processes %v of %s", on, pids, name)
	}
	return pids[0]
}

// awaitMonitors waits until the monitors of both nodes have run: each one of the primary on a writes the last primary
// timestamp, and the secondary's are as frequent.
func (p *pair) awaitMonitors(a, _ string) {
	for range 2 {
		before := p.latest()[a]["LPT"]
		p.Await("the next monitor of the primary on "+a, patience, func(context.Context) error {
			if now := p.latest()[a]["LPT"]; now == before {
				return fmt.Errorf("its timestamp is still %s; the cluster: %s", now, p.latest())
			}
			return nil
		})
	}
}

// The rule that the hook needs, where it is while it is withdrawn, and the file that the hook leaves without it.
const (
	sudoRule      = "/etc/sudoers.d/ocfbox-srhook-ha1"
	withdrawnRule = "/etc/withdrawn.rule"
	fallbackFile  = "/hana/shared/HA1/HDB10/.crm_attribute."
)

// denySudo takes the hook's permission away, lets the secondary fall behind, and crashes the primary database.
func denySudo(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.root(a, "mv "+sudoRule+" "+withdrawnRule)
	at := p.follower.now()
	p.Cut(network.Replication, b)
	file := fallbackFile + sites[b]
	p.Await("the hook leaves "+file, patience, func(ctx context.Context) error {
		text, err := p.Lab().Run(ctx, a, "cat", file)
		if err == nil && strings.TrimSpace(text) != hookPrefix+sites[b]+" = SFAIL" {
			err = fmt.Errorf("it says %q", text)
		}
		return err
	})
	p.Step("the hook may not write and left a file")
	p.expectFrom(at, patience, a, b,
		row{What: "the primary's monitor reads it", A: "R 4P, SC 150, CS PROMOTED", B: "HK SFAIL"},
		row{What: "the secondary may not take over", A: "CS PROMOTED", B: "SC -INFINITY"},
	)
	if _, code := p.tryRoot(a, "test -e "+file); code == 0 {
		p.Fail("%s is still there", file)
	}
	p.writer.awaitRow(p)
	p.Step("rows are accepted that the secondary does not have")
	at = p.follower.now()
	p.as(a, "HDB kill-9")
	p.expectFrom(at, patience, a, b,
		row{What: "the topology sees it down", A: "R 1P", B: "CS DEMOTED"},
		row{What: "the primary is started where it was", A: "R 4P, CS PROMOTED, SC 150", B: "CS DEMOTED, SC -INFINITY"},
	)
	p.served(a)
	p.neverSince(at, b, "CS PROMOTED")
	p.root(a, "mv "+withdrawnRule+" "+sudoRule)
	p.Heal(network.Replication, b)
	p.refresh(a)
	p.end(a, b)
	p.neverSince(at, b, "CS PROMOTED")
	p.requireNoFailures()
}

// off finds the event of a node that lost its power by fencing.
func off(host string) func(rack.Event) bool {
	return func(e rack.Event) bool { return e.What == rack.PowerOff && e.Node == host && e.Detail == "fenced" }
}
