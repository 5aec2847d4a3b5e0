package guide

import (
	"context"
	"fmt"
	"strings"

	"ocfbox/test/lab/scenario"
)

// bothPrimaries are those in which the cluster finds two sites that both call themselves primary: somebody took over by
// hand while no cluster ran.
func bothPrimaries() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("both-primaries", "Both sites are primaries when the cluster starts: it starts one, and the other waits for its registration.",
			coldPrimaries(false)),
		first().named("both-primaries-registered", "Both sites are primaries when the cluster starts: it starts one, and registers the other.",
			coldPrimaries(true)),
		first().named("both-primaries-running", "Both sites run as primaries when the configuration is loaded: one goes on, and the other is stopped.",
			warmPrimaries),
	}
}

// twinned stops the cluster, the primary on a last, and takes over by hand on b, which does not have the last rows.
func (p *pair) twinned(s setting, a, b string) {
	p.begin(s, a, b)
	p.root(b, "crm cluster stop")
	p.writer.awaitRow(p)
	p.Step("%s accepts rows that %s does not have", a, b)
	p.root(a, "crm cluster stop")
	p.as(b, "hdbnsutil -sr_takeover")
	p.Broke()
}

// coldPrimaries starts the cluster on both nodes.
func coldPrimaries(registers bool) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.twinned(setting{register: registers}, a, b)
		at := p.follower.now()
		p.root(a, "crm cluster start")
		p.root(b, "crm cluster start")
		p.expectFrom(at, patience, a, b,
			row{What: "the one that ran last wins the arbitration", A: "CS PROMOTED, R 4P, SC 150, LPT TS", B: "LPT 10/30"},
		)
		p.served(a)
		if registers {
			p.expectFrom(at, patience, b, a, row{What: "the other registers itself", A: "R 4S", B: "CS PROMOTED"})
			p.end(a, b)
		} else {
			p.expectFrom(at, patience, b, a, row{What: "the other waits for its administrator", A: "R 1P, CS UNDEFINED, SC -9000", B: "CS PROMOTED"})
			p.requireAdvice(b, register(b, a))
			p.comesBack(b, a)
		}
		p.neverSince(at, b, "CS PROMOTED")
		p.neverSince(at, b, "R 4P")
	}
}

// requireAdvice demands that the cluster shows the administrator what to type, as far as Pacemaker keeps it: 128 bytes.
func (p *pair) requireAdvice(on, command string) {
	command, _, _ = strings.Cut(command, " --replicationMode")
	p.Await("the cluster says "+command, patience, func(ctx context.Context) error {
		out, err := p.Lab().Run(ctx, on, "crm_mon", "-1")
		if err == nil && !strings.Contains(out, command) {
			err = fmt.Errorf("it says %q", out)
		}
		return err
	})
}

// warmPrimaries takes over by hand on b while a goes on, and only then loads the configuration.
func warmPrimaries(p *pair, a, b string) {
	p.as(b, "hdbnsutil -sr_takeover")
	p.Step("both sites run as primaries; load the guide's configuration: %s", setting{})
	at := p.follower.now()
	p.load(setting{}.configuration())
	winner := ""
	p.Await("one of them is promoted", patience, func(ctx context.Context) (err error) {
		if winner, err = p.placed(ctx); err == nil && winner == "" {
			err = fmt.Errorf("none is; the cluster: %s", p.latest())
		}
		return err
	})
	p.AwaitReached(virtual())
	p.RequireHeldBy(virtual(), winner)
	p.write(winner)
	loser := p.Other(winner)
	p.expectFrom(at, patience, winner, loser,
		row{What: "one is promoted", A: "CS PROMOTED, R 4P, SC 150, LPT TS", B: "CS DEMOTED, R 4P"},
		row{What: "the other fails and is stopped", A: "CS PROMOTED, R 4P", B: "LPT 10, R 1P"},
		row{What: "it waits for its administrator", A: "CS PROMOTED", B: "R 1P, CS UNDEFINED, SC -9000"},
	)
	p.requireAdvice(loser, register(loser, winner))
	p.comesBack(loser, winner)
	p.neverSince(at, loser, "CS PROMOTED")
}
