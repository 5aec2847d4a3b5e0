package guide

import (
	"slices"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/defect"
	"ocfbox/test/lab/scenario"
)

// A trial is a procedure that agents of ours pass and that a broken variant of theirs fails: two scenarios.
type trial struct {
	// twin is the name of the procedure with our agents, which must be green, and title what it shows.
	twin, title string
	run         func(p *pair, a, b string)
	// faults are those under which it turns red.
	faults []fault
}

// A fault is one of package defect.
type fault struct {
	name, title string
	// red is what has to be said of the run.
	red string
}

// trials lists them.
func trials() []trial {
	return []trial{
		{
			twin: "behind-when-node-crashes", run: crashBehind,
			title: "The secondary lacks rows when the primary's node crashes: nobody takes over, and the primary starts again.",
			faults: []fault{{
				name: defect.PromotesOnSFAIL, red: "accepted rows are lost",
				title: "An agent that promotes a secondary whatever its state loses rows.",
			}},
		}, {
			twin: "stale-client-after-crash", run: crashWithStaleClient,
			title: "A client that knows the crashed node by its own address is refused there when it is back.",
			faults: []fault{{
				name: defect.IgnoresThePeer, red: "two primaries accepted rows",
				title: "An agent that starts a former primary without a look at the other node makes two primaries.",
			}},
		}, {
			twin: "stale-client-after-move", run: moveWithStaleClient,
			title: "A client that knows the former primary by its own address is refused there after crm resource move.",
			faults: []fault{{
				name: defect.LiesOnStop, red: "two primaries accepted rows",
				title: "An agent that says a database is stopped, and it is not, makes two primaries.",
			}},
		}, {
			twin: "takeover-in-time", run: takeOverInTime,
			title: "The primary database crashes: within 45 s the secondary is the primary and has the address, alone.",
			faults: []fault{{
				name: defect.Hangs, red: "the secondary takes over in time",
				title: "An agent whose monitor hangs when the database is down holds up the takeover.",
			}, {
				name: defect.LeavesTheVIP, red: "the kernel has it on [suse01 suse02]",
				title: "An agent that leaves the address where it was has it on two nodes.",
			}},
		}, {
			twin: "sudo-denied-stale", run: denySudoAndCrash,
			title: "The hook may not write, the secondary lacks rows, and the primary crashes: it starts again where it was.",
			faults: []fault{{
				name: defect.LosesTheFallback, red: "accepted rows are lost",
				title: "An agent that loses what the hook left in a file takes over with a stale secondary, and loses rows.",
			}},
		},
	}
}

// broken are the trials: first with our agents, then with the broken ones.
func broken() []scenario.Scenario {
	var green, red []scenario.Scenario
	for _, t := range trials() {
		green = append(green, first().named(t.twin, t.title, t.run))
		for _, f := range t.faults {
			s := first().named("broken-"+f.name, f.title+" The same as "+t.twin+".", func(p *pair, a, b string) {
				p.breakAgents(f.name)
				t.run(p, a, b)
			})
			s.Red, s.Kit = f.red, breakable(s.Kit)
			red = append(red, s)
		}
	}
	return slices.Concat(green, red)
}

// breakable lets the agents of a kit's laboratory be broken.
func breakable(k scenario.Kit) scenario.Kit {
	change := k.Change
	k.Name += "-broken"
	k.Change = func(o *cluster.Options) error {
		if err := defect.Install(o); err != nil {
			return err
		}
		return change(o)
	}
	return k
}

// breakAgents gives the agents of all nodes a fault.
func (p *pair) breakAgents(name string) {
	p.Step("the agents are broken: %s", name)
	for _, host := range p.Members() {
		_, err := p.Lab().RunWith(p.Context(), name, host, "dd", "status=none", "of="+defect.File)
		p.Must(err)
	}
}

// hostAddress is a node's own address in the network of the clients.
func (p *pair) hostAddress(host string) string {
	return cluster.GuideAddress(slices.Index(p.Members(), host) + 1).String()
}
