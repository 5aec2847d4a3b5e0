package guide

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ocfbox/test/hanasim/install"
	"ocfbox/test/lab/scenario"
)

// crowd are more resources: the cluster probes only a few at a time, so that some of those that matter come late.
const crowd = `
primitive first_1 ocf:pacemaker:Dummy op monitor interval=30
primitive first_2 ocf:pacemaker:Dummy op monitor interval=30
primitive first_3 ocf:pacemaker:Dummy op monitor interval=30
primitive a_1 ocf:pacemaker:Dummy op monitor interval=30
primitive a_2 ocf:pacemaker:Dummy op monitor interval=30
primitive z_1 ocf:pacemaker:Dummy op monitor interval=30
primitive z_2 ocf:pacemaker:Dummy op monitor interval=30
primitive z_3 ocf:pacemaker:Dummy op monitor interval=30
primitive z_4 ocf:pacemaker:Dummy op monitor interval=30
group grp_first first_1 first_2 first_3
`

// loading are the ways in which a configuration comes to databases that run.
func loading() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("load-under-pair", "The whole configuration is loaded in one transaction under a healthy pair: nothing moves.",
			loadUnderPair("")),
		first().named("load-under-pair-crowded", "The same with many more resources, so that probes come late: nothing moves.",
			loadUnderPair(crowd)),
		first().named("refresh-under-pair", "The cluster forgets what it knows of its resources, some or all, and probes them again: nothing moves.", refreshUnderPair),
		first().named("load-topology-last", "SAPHanaTopology and its mandatory order come when SAPHana runs already: nothing moves.", loadTopologyLast),
	}
}

func loadUnderPair(more string) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		untouched := p.witnesses(a, b)
		p.begin(setting{more: more}, a, b)
		p.nothingMoved(untouched, a, b)
	}
}

// loadTopologyLast is what a cluster that probes SAPHanaTopology late comes to: SAPHana is known to run, SAPHanaTopology
// is not, and the one may only run after the other. Pacemaker 2.1.5 lets the stop of SAPHana wait for the probe of
// SAPHanaTopology on its node, and thinks again when that finds it running.
func loadTopologyLast(p *pair, a, b string) {
	untouched := p.witnesses(a, b)
	text := setting{}.configuration()
	last := cut(&text, "primitive rsc_SAPHanaTopology", "primitive rsc_SAPHana_") +
		cut(&text, "clone cln_SAPHanaTopology", "colocation") + cut(&text, "order ord_SAPHana", "property")
	p.Step("load the guide's configuration without SAPHanaTopology and without the order: %s", setting{})
	p.load(text + crowd)
	p.expect(a, b, row{What: "SAPHana is known to run", A: "CS PROMOTED/DEMOTED, LPT TS", B: "CS DEMOTED"})
	p.Step("load SAPHanaTopology and the order")
	p.load(last)
	p.commence(a, b)
	p.nothingMoved(untouched, a, b)
}

// cut takes the part of a text away that begins with one word and ends before another.
func cut(text *string, from, to string) string {
	i := strings.Index(*text, from)
	j := i + strings.Index((*text)[i:], to)
	part := (*text)[i:j]
	*text = (*text)[:i] + (*text)[j:]
	return part
}

// refreshUnderPair is what administrators type to get rid of old failures. Pacemaker 2.1.5 demotes a promoted SAPHana for
// as long as it does not know of SAPHanaTopology, which touches neither the database nor its address.
func refreshUnderPair(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	untouched := p.witnesses(a, b)
	for _, what := range []string{" " + topology, " " + promoted, ""} {
		p.root(a, "crm resource refresh"+what)
		p.nothingMoved(untouched, a, b)
	}
}

func (p *pair) nothingMoved(untouched func(), a, b string) {
	p.AwaitSettled()
	p.end(a, b)
	untouched()
	p.requireServedThroughout()
	p.requireNoFailures()
}

// requireServedThroughout demands that every row of the client was accepted.
func (p *pair) requireServedThroughout() {
	answers, err := p.writer.Answers()
	p.Must(err)
	for _, a := range answers {
		if a.Error != "" {
			p.Fail("row %s was refused: %s", a.Row, a.Error)
		}
	}
	p.Step("all %d rows of the client were accepted", len(answers))
}

// coldStarts are those with both databases down.
func coldStarts() []scenario.Scenario {
	cold := first()
	cold.name, cold.plan.State = "guide-cold", install.Registered
	return []scenario.Scenario{
		cold.named("cold-start", "Both nodes start cold: the former primary starts first, the secondary follows.", coldStart),
		cold.named("one-node-back", "Of two nodes that were down only the former primary's is back: nothing starts until the other has joined.",
			oneNodeBack),
	}
}

// coldStart is 13.2 of the specification, after a first start for which there is no history.
func coldStart(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.stopCluster(a, b)
	at := p.follower.now()
	p.shutDown(a, b)
	p.startsAgain(at, a, b)
}

// stopCluster is how the guide's administrator ends everything: the secondary's node first.
func (p *pair) stopCluster(a, b string) {
	at := p.follower.now()
	p.root(b, "crm cluster stop")
	p.expectFrom(at, patience, a, b, row{What: "the primary has lost its secondary", A: "CS PROMOTED", B: "CS gone, LPT 10, HK SFAIL"})
	p.root(a, "crm cluster stop")
	p.Broke()
}

// startsAgain sees the pair come up as 13.2 of the specification has it.
func (p *pair) startsAgain(at int, a, b string) {
	p.expectFrom(at, patience, a, b,
		row{What: "the databases are down", A: "R 1P", Brief: true},
		row{What: "the former primary starts", A: "CS DEMOTED, LPT TS, HK SWAIT", Brief: true},
		row{What: "it is promoted", A: "CS PROMOTED, LPT TS, HK PRIM"},
		row{What: "the secondary starts", B: "CS DEMOTED, SY SFAIL, LPT 10, HK SWAIT", Brief: true},
		settled("both are up"),
	)
	p.end(a, b)
	p.requireNoFailures()
}

// oneNodeBack is the second line of 13.2: with two_node a node that has booted waits for all.
func oneNodeBack(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.stopCluster(a, b)
	before := p.idled(p.Context(), a)
	p.shutDown(a)
	p.Await("the cluster on "+a+" has decided to do nothing without a quorum", bootPatience, func(ctx context.Context) error {
		if now := p.idled(ctx, a); now < before+2 {
			return fmt.Errorf("it has said so %d times", now-before)
		}
		return nil
	})
	p.Step("%s has no quorum", a)
	p.requireDown(a)
	at := p.follower.now()
	p.boot(b)
	p.startsAgain(at, a, b)
}

// idled is how often the scheduler on a node has done nothing for lack of a quorum. It is 0 when the node cannot be asked.
func (p *pair) idled(ctx context.Context, host string) int {
	out, err := p.Lab().Run(ctx, host, "grep", "-c", "disabled due to lack of quorum", "/var/log/pacemaker/pacemaker.log")
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(out))
	return n
}

// requireDown demands that no database runs on a node.
func (p *pair) requireDown(host string) {
	out, err := p.Lab().Run(p.Context(), host, "pgrep", "-l", "-u", "ha1adm", services)
	if p.code(err) == 0 {
		p.Fail("the database on %s was started: %s", host, out)
	}
	p.Step("the database on %s is down", host)
}
