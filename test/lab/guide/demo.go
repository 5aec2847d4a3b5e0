package guide

import "ocfbox/test/lab/scenario"

// DemoAddress is the address that Demo moves, DemoSID and DemoResource what it is about.
const (
	DemoAddress  = address
	DemoSID      = "HA1"
	DemoResource = primitive
)

// Demo is the show for newcomers: the guide's cluster, whose primary database is killed. It registers the old one by
// itself, so that there is a pair in sync again at the end.
func Demo() scenario.Scenario {
	s := first().named("demo-hana", "The primary of SAP HANA is killed: its secondary takes over, and it comes back as the new secondary.", demo)
	s.Kit.Name = "demo"
	return s
}

func demo(p *pair, a, b string) {
	p.begin(setting{register: true}, a, b)
	p.Broke()
	at := p.follower.now()
	p.as(a, "HDB kill-9")
	p.expectFrom(at, patience, a, b,
		row{What: "the cluster has noticed", A: "SC 5", Brief: true},
		row{What: "the secondary takes over", B: "CS PROMOTED, HK PRIM"},
		row{What: "it is the primary", B: "R 4P, SY PRIM, SC 150"},
	)
	p.served(b)
	p.registersItself(at, a, b)
	p.end(b, a)
}
