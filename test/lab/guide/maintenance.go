package guide

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/lab/scenario"
)

// maintenance are the procedures of chapter 11, and what administrators do besides.
func maintenance() []scenario.Scenario {
	return slices.Concat([]scenario.Scenario{
		first().test("11.3.2", false, "Both databases are updated under the cluster and swap their roles: it takes them as they are.", seamless),
		first().test("11.3.3-native", false, "The roles are swapped with SAP's tools: the cluster accepts it.", swapByHand),
		first().test("11.3.3-move", false, "crm resource move makes the cluster swap the roles.", swapByMove),
	}, loading(), coldStarts(), printed(), replacing())
}

// seamless is 11.3.2. The update is the usual one without downtime: the secondary first, then a takeover, then the other.
func seamless(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.maintain("")
	p.Step("update the secondary on %s", b)
	p.as(b, "HDB stop")
	p.as(b, "HDB start")
	p.awaitInSync(a)
	p.takeOverByHand(a, b)
	p.Step("update the former primary on %s, and register it", a)
	p.as(a, register(a, b))
	p.as(a, "HDB start")
	p.handBack(a, b)
}

// swapByHand is the first way of 11.3.3.
func swapByHand(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.maintain("")
	p.takeOverByHand(a, b)
	p.as(a, "hdbnsutil -sr_register --remoteHost="+b+" --remoteInstance=10 --replicationMode=sync --name="+sites[a]+
		" --operationMode=logreplay")
	p.as(a, "HDB start")
	p.handBack(a, b)
}

// maintain sets the promotable clone to maintenance, or with " off" back, and waits until the cluster has done so.
func (p *pair) maintain(off string) {
	p.root(p.Members()[0], "crm resource maintenance "+promoted+off)
	p.AwaitSettled()
}

// takeOverByHand stops the primary on a, and takes over on b.
func (p *pair) takeOverByHand(a, b string) {
	p.as(a, "HDB stop")
	p.as(b, "hdbnsutil -sr_takeover")
}

func (p *pair) awaitInSync(primary string) {
	p.Must(hanasim.AwaitStatus(p.Context(), p.Lab(), primary, "ha1adm", 15, patience))
	p.Step("%s has its secondary in sync, says SAP's tool", primary)
}

// handBack gives databases whose roles were swapped to the cluster: it learns by probes what they are, as section 13
// of the specification says, and leaves them as they are.
func (p *pair) handBack(a, b string) {
	p.expect(a, b, row{What: "SAPHanaSR-showAttr has both databases up", A: "R 4S", B: "R 4P"})
	p.awaitInSync(b)
	untouched := p.witnesses(a, b)
	at := p.follower.now()
	p.root(a, "crm resource refresh "+promoted)
	p.expectFrom(at, patience, a, b,
		row{What: "the probes rate them", A: "CS PROMOTED, SC 100, LPT 30", B: "CS DEMOTED, SC 150, HK PRIM"})
	p.AwaitSettled()
	p.requireProbe(a, 8)
	p.requireProbe(b, 0)
	p.resumed = truth.Now()
	p.maintain(" off")
	p.end(b, a)
	untouched()
	p.requireNoFailures()
}

// requireProbe demands that the last probe of the database on a node had a result.
func (p *pair) requireProbe(host string, want int) {
	p.Await(fmt.Sprintf("the probe on %s answers %d", host, want), patience, func(ctx context.Context) error {
		text, err := p.Lab().Run(ctx, p.Members()[0], "cibadmin", "--query", "--scope", "status")
		if err != nil {
			return err
		}
		got, err := lastProbe(text, host)
		if err == nil && got != want {
			err = fmt.Errorf("it answered %d", got)
		}
		return err
	})
	p.Step("the probe on %s answered %d", host, want)
}

// lastProbe is the result of the last probe of the database on a node, by the status section of the CIB.
func lastProbe(status, host string) (int, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(status); err != nil {
		return 0, fmt.Errorf("read the CIB's status: %w", err)
	}
	code, newest := 0, -1
	for _, op := range doc.FindElements("//node_state[@uname='" + host + "']//lrm_resource[@id='" + primitive + "']/lrm_rsc_op") {
		call, err := strconv.Atoi(op.SelectAttrValue("call-id", ""))
		if err != nil || call <= newest || op.SelectAttrValue("operation", "") != "monitor" || op.SelectAttrValue("interval", "") != "0" {
			continue
		}
		newest = call
		if code, err = strconv.Atoi(op.SelectAttrValue("rc-code", "")); err != nil {
			return 0, fmt.Errorf("read the result of a probe: %w", err)
		}
	}
	if newest < 0 {
		return 0, fmt.Errorf("there was no probe on %s", host)
	}
	return code, nil
}

// swapByMove is the second way of 11.3.3.
func swapByMove(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.Broke()
	at := p.follower.now()
	p.root(a, "crm resource move "+promoted+" force")
	p.expectFrom(at, patience, a, b,
		row{What: "the primary is demoted", A: "CS DEMOTED", Brief: true},
		row{What: "it is stopped", A: "CS UNDEFINED"},
		row{What: "the secondary takes over", A: "CS UNDEFINED", B: "CS PROMOTED, LPT TS, HK PRIM"},
		row{What: "SAPHanaSR-showAttr has the roles 1:P and 4:P", A: "R 1P", B: "R 4P"},
		row{What: "its monitor settles it", A: "LPT 10", B: "SY PRIM, SC 150"},
	)
	p.served(b)
	at = p.follower.now()
	p.as(a, register(a, b))
	p.root(a, "crm resource clear "+promoted)
	p.expectFrom(at, patience, a, b,
		row{What: "it starts as secondary", A: "CS DEMOTED, SC 0, SY SFAIL, LPT 10, HK SWAIT", Brief: true},
		row{What: "it runs and is not in sync yet", A: "R 4S, SC -INFINITY", Brief: true},
		row{What: "it is in sync", A: "R 4S, HK SOK, SY SOK, LPT 30, SC 100"},
	)
	p.end(b, a)
	p.requireNoFailures()
}

// shutDown takes the power from all nodes, and brings back some of them.
func (p *pair) shutDown(back ...string) {
	for _, host := range p.Members() {
		p.Crash(host)
	}
	p.boot(back...)
}

// boot gives nodes their power back.
func (p *pair) boot(hosts ...string) {
	for _, host := range hosts {
		p.Step("switch %s on", host)
		p.Must(p.Lab().Boot(p.Context(), host))
	}
}

// bootPatience is how long a node may take until its cluster has an opinion.
const bootPatience = 30 * time.Second
