package guide

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ocfbox/test/lab/network"
	"ocfbox/test/lab/scenario"
)

// The laboratories of the guide's procedures: the primary is on the one or on the other node.
var (
	first  = func() plant { return newPlant("guide", wdf) }
	second = func() plant { return newPlant("guide-reversed", rot) }
)

// Scenarios lists all of this package in the order in which they run: those that share a laboratory together.
func Scenarios() []scenario.Scenario {
	return slices.Concat(tests(), maintenance(), arrangements(), broken(), trouble())
}

// tests are the twelve procedures of chapter 10.
func tests() []scenario.Scenario {
	return []scenario.Scenario{
		first().test("10.1.1", true, "The primary database of site A is stopped: the secondary takes over.", stopPrimary("HDB stop")),
		first().test("10.1.3", false, "The primary database of site A crashes: the secondary takes over.", stopPrimary("HDB kill-9")),
		first().test("10.1.5", false, "The node of the primary on site A crashes: the secondary takes over after fencing.", crashPrimary),
		first().test("10.1.7", false, "The secondary database is stopped: it is started where it was.", stopSecondary("HDB stop")),
		first().test("10.1.8", false, "The secondary database crashes: it is started where it was.", stopSecondary("HDB kill-9")),
		first().test("10.1.9", false, "The node of the secondary crashes: it comes back as secondary by itself.", crashSecondary),
		first().test("10.1.10", false, "The replication network fails: nobody may take over until it is back and in sync.", cutReplication),
		first().test("10.2.1", false, "With AUTOMATED_REGISTER the stopped primary of site A comes back as secondary by itself.", registerAfterStop),
		second().test("10.1.2", false, "The primary database of site B is stopped: the secondary takes over.", stopPrimary("HDB stop")),
		second().test("10.1.4", false, "The primary database of site B crashes: the secondary takes over.", stopPrimary("HDB kill-9")),
		second().test("10.1.6", false, "The node of the primary on site B crashes: the secondary takes over after fencing.", crashPrimary),
		second().test("10.2.2", false, "With AUTOMATED_REGISTER the crashed node of site B comes back as secondary by itself.", registerAfterCrash),
	}
}

// test is a procedure with a number of the guide.
func (p plant) test(number string, smoke bool, title string, run func(p *pair, a, b string)) scenario.Scenario {
	s := p.named("guide-"+number, title, run)
	s.Smoke, s.Bar = smoke, barOf(number)
	return s
}

// barOf is what a procedure of chapter 10 may take. The times are those of the shell agents on another simulator with the same
// intervals, the processor time an eighth of theirs.
func barOf(number string) scenario.Bar {
	if !strings.HasPrefix(number, "10.") {
		return scenario.Bar{}
	}
	bar := scenario.Bar{Agent: 500 * time.Millisecond, CPU: 22 * time.Second / 8}
	switch number {
	case "10.1.1":
		bar.Takeover, bar.Address = 16*time.Second, 21*time.Second
	case "10.1.3":
		bar.Takeover, bar.Address = 23*time.Second, 27*time.Second
	case "10.1.5":
		bar.Takeover, bar.Address = 18*time.Second, 28*time.Second
	}
	return bar
}

// named is a procedure that gets the primary's node and the other one.
func (p plant) named(name, title string, run func(p *pair, a, b string)) scenario.Scenario {
	a, b := wdf, rot
	if p.plan.Primary == rot {
		a, b = rot, wdf
	}
	return scenario.Scenario{
		Name: name, Title: title, Kit: p.kit(), Run: p.scene(func(q *pair) { run(q, a, b) }),
		Subject: scenario.Subject{Resource: primitive, Address: vip},
	}
}

// register is the guide's command that makes the former primary on a the secondary of b.
func register(a, b string) string {
	return fmt.Sprintf("hdbnsutil -sr_register --remoteHost=%s --remoteInstance=10 --replicationMode=sync --operationMode=logreplay --name=%s",
		b, sites[a])
}

// refresh lets the cluster forget that the database failed on a node.
func (p *pair) refresh(on string) {
	p.root(on, fmt.Sprintf("crm resource refresh %s %s", primitive, on))
}

// stopPrimary is 10.1.1 to 10.1.4: the command ends the primary database.
func stopPrimary(command string) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.begin(setting{}, a, b)
		p.losePrimary(command, a, b)
	}
}

// losePrimary ends the primary database on a, sees b take over, and brings a back as its secondary.
func (p *pair) losePrimary(command, a, b string) {
	p.Broke()
	at := p.follower.now()
	p.as(a, command)
	p.expectFrom(at, patience, a, b,
		row{What: "the topology sees it down", A: "R 1P"},
		row{What: "the monitor fails", A: "R 1P, SC 5", Brief: true},
		row{What: "its start waits for a registration", A: "CS WAITING4REG, SC -9000", Brief: true},
		row{What: "the secondary takes over", A: "SC -9000", B: "CS PROMOTED, LPT TS, HK PRIM"},
		row{What: "the topology sees the new primary", B: "R 4P"},
		row{What: "its monitor settles it", A: "SY SFAIL, LPT 10", B: "SY PRIM, SC 150"},
		row{What: "the old primary waits for its administrator", A: "R 1P, CS UNDEFINED, HK PRIM, SC -9000", B: "CS PROMOTED"},
	)
	p.served(b)
	p.comesBack(a, b)
}

// served sees the client served at the new primary. A row comes first: right after a failure the address may still be
// where it was.
func (p *pair) served(primary string) {
	p.writer.awaitRow(p)
	p.AwaitReached(virtual())
	p.RequireHeldBy(virtual(), primary)
	p.Step("the client is served by %s", primary)
}

// comesBack is how the guide's administrator makes the former primary on a the secondary of b.
func (p *pair) comesBack(a, b string) {
	at := p.follower.now()
	p.as(a, register(a, b))
	p.refresh(a)
	p.expectFrom(at, patience, a, b,
		row{What: "it is registered", A: "R 1S", Brief: true},
		row{What: "it starts as secondary", A: "CS DEMOTED, SC 0, SY SFAIL, LPT 10, HK SWAIT", Brief: true},
		row{What: "it runs and is not in sync yet", A: "R 4S, SC -INFINITY", Brief: true},
		row{What: "it is in sync", A: "HK SOK, SY SOK, LPT 30, SC 100"},
	)
	p.end(b, a)
	p.requireNoFailures()
}

// crashPrimary is 10.1.5 and 10.1.6.
func crashPrimary(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	p.crashAndTakeOver(a, b)
	at := p.rejoin(a)
	p.expectFrom(at, patience, a, b,
		row{What: "the topology sees a stopped primary", A: "R 1P"},
		row{What: "its start waits for a registration", A: "CS WAITING4REG/UNDEFINED, SC -9000"},
		row{What: "it stays down", A: "CS UNDEFINED, SC -9000", B: "CS PROMOTED"},
	)
	p.comesBack(a, b)
}

// crashAndTakeOver crashes the primary's node and sees the other one take over.
func (p *pair) crashAndTakeOver(a, b string) {
	at := p.follower.now()
	p.sysrq(a)
	p.expectFrom(at, patience, a, b,
		row{What: "the node is lost", A: "CS gone, R gone, SY gone, SC gone, HK PRIM"},
		row{What: "the secondary takes over", B: "CS PROMOTED, LPT TS, HK PRIM"},
		row{What: "the topology sees the new primary", B: "R 4P"},
		row{What: "its monitor settles it", A: "LPT 10", B: "SY PRIM, SC 150"},
	)
	p.served(b)
	p.RequireFencedFirst(virtual(), b, a)
}

// stopSecondary is 10.1.7 and 10.1.8: the command ends the secondary database.
func stopSecondary(command string) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.begin(setting{}, a, b)
		untouched := p.witness(a)
		at := p.follower.now()
		p.as(b, command)
		p.expectFrom(at, patience, a, b,
			row{What: "the hook reports the loss", B: "HK SFAIL"},
			row{What: "the topology sees it down", B: "R 1S", Brief: true},
			row{What: "the primary's monitor sees it", A: "SC 150, CS PROMOTED", B: "SY SFAIL, LPT 10", Brief: true},
			row{What: "it is started again", A: "SC 150", B: "CS DEMOTED, SC 0, SY SFAIL, HK SWAIT", Brief: true},
			row{What: "it runs and is not in sync yet", B: "R 4S, SC -INFINITY", Brief: true},
			row{What: "it is in sync", B: "HK SOK, SY SOK, LPT 30, SC 100"},
		)
		untouched()
		p.refresh(b)
		p.end(a, b)
		p.requireNoFailures()
	}
}

// crashSecondary is 10.1.9.
func crashSecondary(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	untouched := p.witness(a)
	at := p.follower.now()
	p.sysrq(b)
	p.expectFrom(at, patience, a, b,
		row{What: "the node is lost", A: "CS PROMOTED, SC 150", B: "CS gone, SC gone, HK SFAIL"},
		row{What: "the primary's monitor sees it", B: "LPT 10"},
	)
	at = p.rejoin(b)
	p.expectFrom(at, patience, a, b,
		row{What: "the topology sees a stopped secondary", B: "R 1S", Brief: true},
		row{What: "it is started", B: "CS DEMOTED, SC 0, SY SFAIL, HK SWAIT, LPT 10", Brief: true},
		row{What: "it is in sync", B: "R 4S, HK SOK, SY SOK, LPT 30, SC 100, CS DEMOTED"},
	)
	untouched()
	p.end(a, b)
}

// cutReplication is 10.1.10.
func cutReplication(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	untouched := p.witness(a)
	at := p.follower.now()
	p.Cut(network.Replication, b)
	p.expectFrom(at, patience, a, b,
		row{What: "the hook reports the loss", A: "R 4P, SC 150", B: "HK SFAIL, R 4S, CS DEMOTED"},
		row{What: "the primary's monitor sees it", B: "SY SFAIL, LPT 10", Brief: true},
		row{What: "the secondary may not take over", A: "R 4P, SC 150", B: "SC -INFINITY, SY SFAIL"},
	)
	out, _ := p.try(a, "HDBSettings.sh systemReplicationStatus.py")
	p.requireContains(out, "CONNECTION TIMEOUT")
	at = p.follower.now()
	p.Heal(network.Replication, b)
	p.expectFrom(at, patience, a, b, row{What: "it is in sync again", B: "HK SOK, SY SOK, LPT 30, SC 100"})
	untouched()
	p.end(a, b)
}

// registerAfterStop is 10.2.1.
func registerAfterStop(p *pair, a, b string) {
	p.begin(setting{register: true}, a, b)
	p.Broke()
	at := p.follower.now()
	p.as(a, "HDB stop")
	p.expectFrom(at, patience, a, b,
		row{What: "the topology sees it down", A: "R 1P"},
		row{What: "the monitor fails", A: "R 1P, SC 5", Brief: true},
		row{What: "its start waits for the arbitration", A: "CS WAITING4LPA, SC -9000", Brief: true},
		row{What: "the secondary takes over", B: "CS PROMOTED, LPT TS, HK PRIM"},
		row{What: "the topology sees the new primary", B: "R 4P"},
		row{What: "its monitor settles it", A: "LPT 10", B: "SY PRIM, SC 150"},
	)
	p.served(b)
	p.registersItself(at, a, b)
	p.refresh(a)
	p.end(b, a)
	p.requireNoFailures()
}

// registersItself sees the former primary on a come back as the secondary of b without an administrator.
func (p *pair) registersItself(at int, a, b string) {
	p.expectFrom(at, patience, a, b,
		row{What: "it registers itself", A: "R 1S, HK SWAIT, LPT 10, SC 0", B: "CS PROMOTED", Brief: true},
		row{What: "it runs and is not in sync yet", A: "R 4S, SC -INFINITY", B: "CS PROMOTED", Brief: true},
		row{What: "it is in sync", A: "R 4S, CS DEMOTED, HK SOK, SY SOK, LPT 30, SC 100", B: "CS PROMOTED"},
	)
}

// registerAfterCrash is 10.2.2.
func registerAfterCrash(p *pair, a, b string) {
	p.begin(setting{register: true}, a, b)
	p.crashAndTakeOver(a, b)
	at := p.rejoin(a)
	p.registersItself(at, a, b)
	p.refresh(a)
	p.end(b, a)
}
