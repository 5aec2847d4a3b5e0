package guide

import (
	"net/netip"
	"slices"
	"strings"

	"ocfbox/test/hanasim"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/scenario"
	"ocfbox/test/topologies"
)

// arrangements are pairs that differ from the guide's example, and pairs with more around them.
func arrangements() []scenario.Scenario {
	return slices.Concat(readEnabled(), costOptimised(), thirdSites(), tenants(), majorityMakers())
}

// The second address, with which clients read from the secondary.
const (
	readVIP     = "rsc_ip_HA1_HDB10_readenabled"
	readAddress = "192.168.1.21"
)

func readEnabled() []scenario.Scenario {
	p := first()
	p.name, p.plan.OperationMode = "guide-read", "logreplay_readaccess"
	return []scenario.Scenario{
		p.named("read-enabled", "Clients read from the secondary through an address of its own, which follows it wherever it goes.", readFromSecondary),
	}
}

// readFromSecondary is 9.2.9.
func readFromSecondary(p *pair, a, b string) {
	p.begin(setting{more: "\n" + topologies.Piece("hana-performance", "crm-re.txt")}, a, b)
	p.readsFrom(b)
	p.Broke()
	at := p.follower.now()
	p.as(a, "HDB stop")
	p.expectFrom(at, patience, a, b,
		row{What: "the secondary takes over", A: "SC -9000", B: "CS PROMOTED, LPT TS, HK PRIM"},
		row{What: "its monitor settles it", A: "LPT 10", B: "R 4P, SY PRIM, SC 150"},
	)
	p.served(b)
	p.Step("there is no secondary: its address may be anywhere")
	p.as(a, strings.Replace(register(a, b), "logreplay", "logreplay_readaccess", 1))
	p.refresh(a)
	p.end(b, a)
	p.readsFrom(a)

	p.sysrq(a)
	p.expect(b, a, row{What: "the node of the secondary is lost", A: "CS PROMOTED, SC 150", B: "CS gone, SC gone, HK SFAIL"})
	p.AwaitOn(readVIP, b)
	p.RequireHeldBy(netip.MustParseAddr(readAddress), b)
	p.readBy(b)
	p.rejoin(a)
	p.end(b, a)
	p.readsFrom(a)
	p.RequireNeverTwice(netip.MustParseAddr(readAddress))
}

// readsFrom sees the address for reading on the secondary's node, and rows through it that must not be written.
func (p *pair) readsFrom(secondary string) {
	p.AwaitOn(readVIP, secondary)
	p.AwaitReached(netip.MustParseAddr(readAddress))
	p.RequireHeldBy(netip.MustParseAddr(readAddress), secondary)
	p.readBy(secondary)
	if out, err := p.client(readAddress, "insert into t values ('no')"); err == nil {
		p.Fail("the secondary on %s takes rows: %s", secondary, out)
	}
	p.Step("the secondary on %s refuses to write", secondary)
}

// readBy reads rows through the address for reading.
func (p *pair) readBy(host string) {
	out, err := p.client(readAddress, "select count(*) from t")
	p.Must(err)
	p.Step("a client reads through %s, from %s: there are %s rows", readAddress, host, strings.TrimSpace(out))
}

// client runs a statement from the client's machine.
func (p *pair) client(address, statement string) (string, error) {
	return p.Lab().Run(p.Context(), cluster.ClientHost, hanasim.Client, "-n", address+":31015", "-u", "SYSTEM", "-a", statement)
}

// qas is a system for tests where the secondary is. It leaves before the secondary becomes primary, as SUSE has it for
// the cost-optimised scenario. The laboratory has one HANA a node, so that a resource that takes its time stands for it.
const qas = `
primitive rsc_SAP_QAS_HDB20 ocf:pacemaker:Dummy \
    params op_sleep=2 \
    op monitor interval=120 timeout=700 \
    op start interval=0 timeout=3600 \
    op stop interval=0 timeout=3600
location loc_QAS_never_suse01 rsc_SAP_QAS_HDB20 -inf: suse01
colocation col_QAS_never_with_PRD_ip -inf: rsc_SAP_QAS_HDB20:Started rsc_ip_HA1_HDB10
order ord_QAS_stop_before_PRD_promote Mandatory: rsc_SAP_QAS_HDB20:stop msl_SAPHana_HA1_HDB10:promote
`

func costOptimised() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("cost-optimised", "With PREFER_SITE_TAKEOVER=false a crashed primary is restarted where it was; a takeover waits until the test system has left.",
			giveWay),
	}
}

func giveWay(p *pair, a, b string) {
	p.begin(setting{local: true, more: qas}, a, b)
	p.AwaitOn("rsc_SAP_QAS_HDB20", b)
	at := p.follower.now()
	p.as(a, "HDB kill-9")
	p.expectFrom(at, patience, a, b,
		row{What: "the topology sees it down", A: "R 1P"},
		row{What: "it is restarted where it was", A: "HK SWAIT", B: "CS DEMOTED", Brief: true},
		row{What: "it is promoted again", A: "R 4P, CS PROMOTED, HK PRIM, SC 150", B: "CS DEMOTED"},
	)
	p.end(a, b)
	p.AwaitOn("rsc_SAP_QAS_HDB20", b)

	p.crashAndTakeOver(a, b)
	p.requireOrder(b, "rsc_SAP_QAS_HDB20 stop", "rsc:"+primitive+" action:promote")
}

// requireOrder demands that what the executor on a node said first came before what it said then, both for the last time.
func (p *pair) requireOrder(host, first, then string) {
	text := p.Run(host, "grep", "-e", first, "-e", then, "/var/log/pacemaker/pacemaker.log")
	i, j := strings.LastIndex(text, first), strings.LastIndex(text, then)
	if i < 0 || j < 0 || i > j {
		p.Fail("%s should have come before %s: %s", first, then, text)
	}
	p.Step("%s came before %s", first, then)
}
