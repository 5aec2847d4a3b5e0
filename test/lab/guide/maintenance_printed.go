package guide

import (
	"ocfbox/test/lab/scenario"
	"ocfbox/test/topologies"
)

// printed are the guide's own steps, with its own intervals.
func printed() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("printed-intervals",
			"The configuration of chapter 9 is loaded piece by piece as printed; 10.1.1 with its monitors a minute apart.", printedIntervals),
	}
}

func printedIntervals(p *pair, a, b string) {
	untouched := p.witnesses(a, b)
	for _, piece := range []string{"crm-bs.txt", "crm-sbd.txt", "crm-saphanatop.txt", "crm-saphana.txt", "crm-vip.txt", "crm-cs.txt"} {
		p.loadPiece(a, piece)
	}
	p.commence(a, b)
	untouched()
	p.losePrimary("HDB stop", a, b)
}

// loadPiece loads a file of the guide's chapter 9.
func (p *pair) loadPiece(on, piece string) {
	p.Step("%s:~ # crm configure load update %s", on, piece)
	p.load(topologies.Piece("hana-performance", piece))
}
