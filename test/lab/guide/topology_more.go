package guide

import (
	"context"
	"fmt"
	"strings"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/core"
	"ocfbox/test/lab/scenario"
)

// thirdSites are pairs with a third site, which is no member of the cluster.
func thirdSites() []scenario.Scenario {
	tier, target := first(), first()
	tier.name, tier.databases, tier.plan.Chain, tier.plan.Primary = "guide-tier", 3, true, ""
	target.name, target.databases = "guide-target", 3
	return []scenario.Scenario{
		tier.named("multi-tier", "A third site behind the secondary changes nothing; it stays behind the new primary after a takeover.", multiTier),
		target.named("multi-target", "A third site behind the primary changes nothing; after a takeover its administrator registers it.", multiTarget),
	}
}

// multiTier has the third site replicate from b.
func multiTier(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.loseThird(a, b, b)
	p.losePrimary("HDB stop", a, b)
	p.awaitInSync(b)
	p.loseThird(b, a, b)
}

// multiTarget has it replicate from a.
func multiTarget(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.loseThird(a, b, a)
	p.losePrimary("HDB kill-9", a, b)
	p.as(dr1, "HDB stop")
	p.as(dr1, register(dr1, b))
	p.as(dr1, "HDB start")
	p.awaitThird("SOK")
	p.awaitInSync(b)
	p.loseThird(b, a, b)
}

// loseThird ends the third site's database, which replicates from source, and brings it back: the cluster of a and its
// secondary b must not mind. Only the primary calls the hook.
func (p *pair) loseThird(a, b, source string) {
	untouched := p.witnesses(a, b)
	at := p.follower.now()
	p.as(dr1, "HDB kill-9")
	p.Must(hanasim.AwaitStatus(p.Context(), p.Lab(), source, "ha1adm", int(core.Error), patience))
	p.Step("%s has lost the third site, says SAP's tool", source)
	if source == a {
		p.awaitThird("SFAIL")
	}
	p.awaitMonitorOf(a)
	p.as(dr1, "HDB start")
	p.awaitInSync(source)
	if source == a {
		p.awaitThird("SOK")
	}
	p.end(a, b)
	for _, s := range p.follower.seen(at) {
		if why := fits("SC 100, HK SOK, SY SOK", s[b]); why != "" {
			p.Fail("the loss of the third site was taken for one of %s: %s", b, why)
		}
	}
	untouched()
	p.requireNoFailures()
}

// awaitThird waits for the hook's word on the third site.
func (p *pair) awaitThird(want string) {
	p.Await("the hook says that the third site is "+want, patience, func(context.Context) error {
		if got := p.latest()[dr1]["HK"]; got != want {
			return fmt.Errorf("it says %q", got)
		}
		return nil
	})
	p.Step("the hook says that the third site is %s", want)
}

// awaitMonitorOf waits until the primary has been monitored again.
func (p *pair) awaitMonitorOf(primary string) {
	stamp := p.latest()[primary]["LPT"]
	p.Await("the primary is monitored", patience, func(context.Context) error {
		if now := p.latest()[primary]["LPT"]; now == stamp {
			return fmt.Errorf("its time stamp is %s still", now)
		}
		return nil
	})
}

// tenants are pairs with more databases than one.
func tenants() []scenario.Scenario {
	many := first()
	many.name, many.plan.Tenants = "guide-tenants", []string{"T01", "T02"}
	return []scenario.Scenario{
		many.named("tenants", "A takeover loses no row of any tenant.", func(p *pair, a, b string) {
			p.begin(setting{}, a, b)
			p.losePrimary("HDB kill-9", a, b)
			for _, w := range p.writers {
				w.awaitRow(p)
			}
		}),
	}
}

// apart keeps the resources of HANA from the third node, whose vote is all that it gives.
const apart = `
location loc_SAPHana_not_on_majority_maker msl_SAPHana_HA1_HDB10 -inf: suse03
location loc_SAPHanaTop_not_on_majority_maker cln_SAPHanaTopology_HA1_HDB10 -inf: suse03
location loc_ip_not_on_majority_maker rsc_ip_HA1_HDB10 -inf: suse03
`

func majorityMakers() []scenario.Scenario {
	three := first()
	three.name, three.nodes = "guide-three", 3
	return []scenario.Scenario{
		three.named("three-nodes", "A third node without HANA keeps the majority: the primary's node may crash, and so may the third.", threeNodes),
	}
}

func threeNodes(p *pair, a, b string) {
	p.begin(setting{more: apart}, a, b)
	p.requireNoFailures()
	// Of two other nodes, the partner is the one that SAPHanaTopology has named.
	p.awaitPartners()
	p.crashAndTakeOver(a, b)
	at := p.rejoin(a)
	p.expectFrom(at, patience, a, b, row{What: "the former primary stays down", A: "R 1P, CS UNDEFINED, SC -9000", B: "CS PROMOTED"})
	p.comesBack(a, b)

	untouched := p.witnesses(a, b)
	at = p.follower.now()
	p.sysrq(dr1)
	p.awaitMonitorOf(b)
	p.end(b, a)
	untouched()
	for _, s := range p.follower.seen(at) {
		if why := fits("CS PROMOTED, SC 150", s[b]); why != "" {
			p.Fail("the crash of the majority maker was felt on %s: %s", b, why)
		}
	}
	p.rejoin(dr1)
	p.AwaitReady()
	p.AwaitSettled()
	if extra := p.placedOn(dr1); len(extra) > 0 {
		p.Fail("%s runs %s", dr1, strings.Join(extra, ", "))
	}
}

// placedOn are the resources that are active on a node, but for fencing.
func (p *pair) placedOn(host string) []string {
	view, err := p.Lab().View(p.Context(), p.Members()[0])
	p.Must(err)
	var list []string
	for _, r := range view.Resources {
		if r.Node == host && !strings.HasPrefix(r.ID, "stonith") {
			list = append(list, r.ID)
		}
	}
	return list
}
