package guide

import (
	"context"
	"fmt"
	"strings"

	"ocfbox/test/hanasim"
	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

// splits are those in which the nodes lose sight of each other while both databases live. With two_node each half has a
// quorum: only fencing keeps the primary single.
func splits() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("split-brain", "The cluster network is cut and the replication lives: one node is fenced, and no row is lost.",
			splitCluster(network.Cluster)),
		// A primary that is cut off waits logshipping_timeout, 30 s with SAP's times, and then takes rows alone: what
		// it takes until it is fenced is lost. At the usual speed that is 3 s, and fencing is not always quicker.
		slowly().named("split-brain-both", "The cluster and the replication network are cut: one node is fenced, and no row is lost.",
			splitCluster(network.Cluster, network.Replication)),
		first().named("fencing-fails", "While the fencing device refuses, nobody takes over from a primary that lives.", splitUnfenced(fence.Fails, 3)),
		first().named("fencing-hangs", "While the fencing device hangs, nobody takes over from a primary that lives.", splitUnfenced(fence.Hangs, 2)),
		first().named("fencing-lies", "A fencing device that lies is found out: nobody takes over from a primary that lives.", splitUnfenced(fence.Lies, 2)),
		sworn(),
	}
}

// splitCluster cuts networks of the primary's node.
func splitCluster(links ...string) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.begin(setting{}, a, b)
		for _, link := range links {
			p.Cut(link, a)
		}
		p.outlive(a, b, links...)
	}
}

// outlive sees one of the nodes fenced, the other one be the primary, and the fenced one come back as the guide says.
// The primary was on a, and the networks are cut until the fenced node is off.
func (p *pair) outlive(a, b string, links ...string) {
	loser := p.AwaitEvent("one node is fenced", 1, func(e rack.Event) bool { return off(a)(e) || off(b)(e) }).Node
	winner := p.Other(loser)
	p.Step("%s fenced %s", winner, loser)
	for _, link := range links {
		p.Heal(link, a)
	}
	if loser == a {
		p.expect(winner, loser, row{What: "the secondary takes over", A: "CS PROMOTED, LPT TS, HK PRIM, R 4P, SY PRIM, SC 150", B: "LPT 10, CS gone"})
		p.RequireFencedFirst(virtual(), winner, loser)
	}
	p.served(winner)
	at := p.rejoin(loser)
	if loser == a {
		p.expectFrom(at, patience, a, b, row{What: "the former primary stays down", A: "R 1P, CS UNDEFINED, SC -9000", B: "CS PROMOTED"})
		p.comesBack(a, b)
		return
	}
	p.end(a, b)
}

// brisk begins with fencing that gives up soon.
func (p *pair) brisk(a, b string) {
	p.begin(setting{}, a, b)
	p.root(a, "crm configure property stonith-timeout=20s")
}

// splitUnfenced cuts the cluster network of the primary's node while fencing does not do its work, sees the other node
// try a number of times, and repairs the device.
func splitUnfenced(mode fence.Mode, attempts int) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.brisk(a, b)
		untouched := p.witness(a)
		at := p.follower.now()
		p.Fencing(mode)
		p.Cut(network.Cluster, a)
		p.AwaitEvent(fmt.Sprintf("%s tries to fence %s %d times", b, a, attempts), attempts, func(e rack.Event) bool {
			return e.What == rack.Fencing && e.Node == a && strings.HasPrefix(e.Detail, b+" asked for off")
		})
		p.Step("%s asked %d times for %s to be switched off, in vain", b, attempts, a)
		p.requireDemoted(b)
		p.neverSince(at, b, "CS PROMOTED")
		p.served(a)
		untouched()
		p.Fencing(fence.Works)
		p.outlive(a, b, network.Cluster)
	}
}

// requireDemoted demands that a node itself does not think that it is the primary: the follower may look at the other.
func (p *pair) requireDemoted(host string) {
	view, err := p.Lab().View(p.Context(), host)
	p.Must(err)
	if state := view.Attributes[host]["hana_ha1_clone_state"]; state != "DEMOTED" {
		p.Fail("%s has clone_state %q, says its own cluster", host, state)
	}
	p.Step("%s did not take over", host)
}

// sworn is a device that nobody can find out. What protects rows then is HANA's replication alone: the old primary goes
// on without its secondary, and a client that still reaches it is served.
func sworn() scenario.Scenario {
	s := first().named("fencing-swears",
		"A fencing device that lies about the state as well cannot be found out: there are two primaries, and the referee sees them.",
		func(p *pair, a, b string) {
			p.brisk(a, b)
			p.Fencing(fence.Swears)
			p.Cut(network.Cluster, a)
			p.Await(b+" takes over", patience, func(ctx context.Context) error {
				_, err := hanasim.As(ctx, p.Lab(), b, "ha1adm", `hdbsql -i 10 -u SYSTEM "insert into t values ('new')"`)
				return err
			})
			p.Step("%s has taken over, and %s was never off", b, a)
			p.sql(a, "insert into t values ('old')")
			p.sql(b, "insert into t values ('newer')")
			p.Step("both accept rows")
		})
	s.Red = "two primaries accepted rows"
	return s
}
