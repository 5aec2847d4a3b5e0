package pair

import (
	"fmt"
	"strings"

	"ocfbox/agents/saphana"
)

// What the rows of the tables are tried with.
var (
	nothing        = event{name: "nothing happens", happens: changed(func(*Pair) {}), monitored: true, quiet: true}
	primaryCrashes = event{name: "the primary database crashes", happens: databaseCrashes(First), monitored: true,
		reports: primaryDown, order: on(First, "demote", "stop", "start")}
	primaryVanishes = event{name: "the primary's node vanishes", happens: nodeVanishes(First), fenced: First,
		order: []string{"fence " + First}}
	secondaryVanishes = event{name: "the secondary's node vanishes", happens: nodeVanishes(Second), fenced: Second}
	primaryUnseen     = event{name: "the cluster's network is cut, as the secondary sees it", happens: unseen(First),
		fenced: First, order: []string{"fence " + First}}
	secondaryUnseen = event{name: "the cluster's network is cut, as the primary sees it", happens: unseen(Second),
		fenced: Second}
	quorumLost = event{name: "the primary's node is alone, without quorum", happens: changed(func(p *Pair) {
		p.Cluster = p.Cluster.Unclean(Second).Inquorate()
	}), order: on(First, "demote", "stop")}
	hookReports = event{name: "the hook reports a loss, and later that all is well", happens: changed(func(p *Pair) {
		p.Hook(Second, "SFAIL")
	}), monitored: true, quiet: true}
	primaryProbed   = event{name: "the primary is refreshed", happens: refreshed(First)}
	primaryStandsBy = event{name: "the primary's node goes to standby", happens: standby(First),
		order: on(First, "demote", "stop")}
	resourceMaintained = event{name: "the primary database crashes while its resource is in maintenance", quiet: true,
		happens: maintained(func(p *Pair) { p.Cluster = p.Cluster.Meta(Clone, "maintenance", "true") })}
)

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

// A roleRow is a row of the scoring tables (saphana.md 9.2): what the topology agent publishes of a secondary that runs,
// and the scores for each policy.
type roleRow struct {
	roles, state string
	site, local  string
}

var roleTable = []roleRow{
	{"4:S:master1:master:worker:master", "SOK", "100", "100"},
	{"3:S:master1:master:worker:master", "SOK", "100", "100"},
	{"2:S:master1:master:worker:master", "SOK", "100", "100"},
	{"4:S:master1:master:worker:master", "SFAIL", never, never},
	{"4:S:slave:slave:worker:slave", "SOK", "10", "10"},
	{"4:S:slave:slave:worker:slave", "SFAIL", never, never},
	{"4:S:slave:slave:worker:slave", "", never, never},
	{"4:S:master1::worker:", "SOK", "0", "-1"},
	{"1:S:-:-:-:-", "SOK", "0", "-1"},
	{"4:N:master1:master:worker:master", "SOK", "-1", "-1"},
	{"4:-:master1:master:worker:master", "SOK", "-1", "-1"},
}

// roleTrials are the rows of the scoring tables with each way to lose the primary.
func roleTrials() []trial {
	var all []trial
	for _, row := range roleTable {
		for _, by := range []policy{takeOver, restart, neverPromote} {
			name := fmt.Sprintf("%s, roles %s, %q: ", by, row.roles, row.state)
			score := row.score(by)
			situation := func(p *Pair) {
				told(row.state, "SFAIL")(p)
				p.With(Second, func(d *Database) { d.Roles = row.roles })
				p.Inform()
			}
			start := trial{name: name, policy: by, situation: situation, secondary: score}
			all = append(all, start.ends(primaryVanishes, heirByScore(score)))
			if score == "100" || score == "10" || score == never {
				all = append(all, start.ends(primaryCrashes, asPreferred(by, row.state == "SOK")))
			}
		}
	}
	return all
}

func (r roleRow) score(by policy) string {
	switch by.prefer {
	case saphana.PreferSite:
		return r.site
	case saphana.PreferLocal:
		return r.local
	}
	return never
}

// heirByScore is who is promoted after the primary's node has gone. Only a negative score bars a secondary: Pacemaker
// promotes at 0 too.
func heirByScore(score string) string {
	if strings.HasPrefix(score, "-") {
		return ""
	}
	return Second
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
				start := trial{name: name, policy: by, situation: told(row.hook, poll), secondary: row.scores[i]}
				all = append(all,
					start.ends(primaryVanishes, heirOfNode(state)),
					start.ends(primaryCrashes, heirOfDatabase(by, state)))
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
