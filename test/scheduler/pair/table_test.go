package pair

import (
	"fmt"

	"ocfbox/agents/saphana"
)

// primaryCrashes ends the primary's database; the monitor finds it.
var primaryCrashes = event{name: "the primary database crashes", monitored: true, happens: func(p *Pair) error {
	p.Crash(First)
	p.Inform()
	return nil
}}

// primaryVanishes takes the primary's node away.
var primaryVanishes = event{name: "the primary's node vanishes", fenced: First, happens: func(p *Pair) error {
	p.Crash(First)
	p.Cluster = p.Cluster.Unclean(First)
	return nil
}}

// A syncRow is a row of the table of hook versus poll (saphana.md 8): what is known of the secondary's replication, and
// the scores that follow for polls that say SOK, SFAIL, PRIM and nothing.
type syncRow struct {
	hook   string
	scores [4]string
}

var polls = [4]string{"SOK", "SFAIL", "PRIM", ""}

const never = "-INFINITY"

var syncTable = []syncRow{
	{"", [4]string{"100", never, "100", never}},
	{"SWAIT", [4]string{"100", never, "100", never}},
	{"SOK", [4]string{"100", "100", "100", "100"}},
	{"SFAIL", [4]string{never, never, never, never}},
	{"SREG", [4]string{"100", never, "100", "-1"}},
	{"PRIM", [4]string{"100", never, "100", "-1"}},
}

// told is the situation in which that is all the cluster knows of the secondary's replication.
func told(hook, poll string) func(*Pair) {
	return func(p *Pair) {
		p.Hooked, p.Mute = false, true
		p.Hook(Second, hook)
		if hook == "" {
			p.Hook(First, "")
		}
		p.Poll(Second, poll)
	}
}

// effective is the state that counts of the two.
func effective(hook, poll string) string {
	switch {
	case hook != "" && hook != "SWAIT":
		return hook
	case poll != "":
		return poll
	}
	return "SFAIL"
}

// syncTrials are the rows of hook versus poll with a primary that is lost with its node, and one whose database is.
func syncTrials() []trial {
	var all []trial
	for _, row := range syncTable {
		for i, poll := range polls {
			for _, by := range []policy{takeOver, restart} {
				name := fmt.Sprintf("%s, hook %q, poll %q: ", by, row.hook, poll)
				state := effective(row.hook, poll)
				situation := told(row.hook, poll)
				all = append(all,
					trial{name + primaryVanishes.name, by, situation, row.scores[i], primaryVanishes, heirOfNode(state)},
					trial{name + primaryCrashes.name, by, situation, row.scores[i], primaryCrashes, heirOfDatabase(by, state)})
			}
		}
	}
	return all
}

// heirOfNode is who is promoted after the primary's node has gone: a secondary in sync, or nobody.
func heirOfNode(state string) string {
	if state == "SOK" {
		return Second
	}
	return ""
}

// heirOfDatabase is who is promoted after the primary's database has gone. A partner said to be primary keeps the
// failed one from starting, and may not be promoted either: the administrator has to look.
func heirOfDatabase(by policy, state string) string {
	switch {
	case by.prefer != saphana.PreferSite:
		return First
	case state == "SOK":
		return Second
	case state == "PRIM":
		return ""
	}
	return First
}
