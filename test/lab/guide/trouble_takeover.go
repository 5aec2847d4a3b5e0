package guide

import (
	"ocfbox/test/hanasim"
	"ocfbox/test/lab/scenario"
)

// slowly is the pair at a fifth of the usual speed: a takeover takes 4 s, and can be interrupted.
func slowly() plant {
	p := newPlant("guide-slow", wdf)
	p.plan.Speed = 2
	return p
}

// secondFailures are those of a secondary that is about to take over. AUTOMATED_REGISTER=true lets the former primary
// wait for the arbitration where an administrator would have to clean up a failed start.
func secondFailures() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("second-failure-node",
			"The node that takes over crashes before it is primary: it does not count as one, and the former primary starts again.",
			crashTaker),
		slowly().named("second-failure-database",
			"The database that takes over crashes before it is primary: it does not count as one, and the former primary starts again.",
			killTaker),
	}
}

// beginTakeover crashes the primary database on a and sees the takeover begin on b, which has all rows of a.
func (p *pair) beginTakeover(a, b string) {
	p.as(a, "HDB kill-9")
	p.expect(a, b,
		row{What: "the topology sees it down", A: "R 1P"},
		row{What: "the takeover begins", B: "SRA T, LPT TS, R 4S"},
	)
}

// crashTaker crashes the secondary's node while its takeover waits to begin.
func crashTaker(p *pair, a, b string) {
	p.begin(setting{register: true}, a, b)
	p.Step("the takeover on %s will be slow", b)
	p.Must(hanasim.Switch(p.Context(), p.Lab(), b, "slow:60s", "hdbnsutil", "-sr_takeover"))
	at := p.follower.now()
	p.beginTakeover(a, b)
	p.sysrq(b)
	p.expect(a, b, row{What: "nobody knows whether it has taken over: the former primary waits", A: "CS WAITING4LPA, SC -9000, R 1P", B: "CS gone, R gone"})
	p.rejoin(b)
	p.comesBackAsPrimary(at, a, b)
}

// killTaker kills the nameserver of the secondary in the midst of its takeover, and so its database.
func killTaker(p *pair, a, b string) {
	p.begin(setting{register: true}, a, b)
	at := p.follower.now()
	p.beginTakeover(a, b)
	was := p.pid(b, "hdbnameserver")
	p.Step("%s:~ # kill -9 %s (hdbnameserver)", b, was)
	p.Run(b, "kill", "-9", was)
	p.comesBackAsPrimary(at, a, b)
}

// comesBackAsPrimary sees the former primary on a win the arbitration, because b is a secondary again.
func (p *pair) comesBackAsPrimary(at int, a, b string) {
	p.expect(a, b,
		row{What: "the secondary waits for a primary", B: "CS DEMOTED/WAITING4PRIM, LPT 10, R 1S"},
		row{What: "the former primary starts again", A: "R 4P, CS DEMOTED/PROMOTED, LPT TS", B: "LPT 10/30"},
		row{What: "it is promoted", A: "R 4P, CS PROMOTED, SC 150, HK PRIM"},
	)
	p.served(a)
	p.end(a, b)
	p.neverSince(at, b, "HK PRIM")
	p.neverSince(at, b, "R 4P")
	p.refresh(a)
	p.refresh(b)
	p.end(a, b)
	p.requireNoFailures()
}
