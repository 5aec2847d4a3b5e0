package pair

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"ocfbox/agents/saphana"
)

// A primaryRow is a row of the scoring tables (saphana.md 9.2) of a primary that runs: what the topology agent publishes
// of it, and the scores for each policy.
type primaryRow struct {
	roles              string
	site, local, never string
	// hung are roles of a landscape call that hung: the demotion fails, and the stop that follows takes a transition.
	hung bool
}

var primaryTable = []primaryRow{
	{roles: "2:P:master1:master:worker:master", site: "150", local: "150", never: "150"},
	{roles: "4:P:master1:slave:worker:slave", site: "140", local: "140", never: never},
	{roles: "1:P:master1::worker:", site: "140", local: "140", never: never},
	{roles: "4:P:slave:slave:worker:slave", site: "60", local: "140", never: never},
	{roles: "1:P::::", site: "0", local: "140", never: never},
	{roles: "1:P:-:-:-:-", site: "0", local: "140", never: never, hung: true},
	{roles: "4:P", site: "-1", local: "-1", never: never},
	{roles: "4:N:master1:master:worker:master", site: "-1", local: "-1", never: never},
}

func (r primaryRow) score(by policy) string {
	return map[saphana.Preference]string{
		saphana.PreferSite: r.site, saphana.PreferLocal: r.local, saphana.PreferNever: r.never,
	}[by.prefer]
}

// A rival says who is promoted after an event, by the scores of the two nodes and by who is preferred.
type rival func(by policy, primary, secondary string) string

// byScore promotes the node with the better score that is not negative: Pacemaker takes a running primary away from a
// node whose score is less than that of a secondary in sync.
func byScore(_ policy, primary, secondary string) string {
	switch first, second := number(primary), number(secondary); {
	case first >= 0 && first >= second:
		return First
	case second >= 0:
		return Second
	}
	return ""
}

// afterCrash is byScore, but for a failed primary that yields to a secondary in sync.
func afterCrash(by policy, primary, secondary string) string {
	if by.prefer == saphana.PreferSite && number(secondary) > 0 {
		return Second
	}
	return byScore(by, primary, secondary)
}

// afterLoss is that a secondary that has just lost its replication is no rival, and is one again when it has it back.
func afterLoss(by policy, primary, secondary string) string {
	return cmp.Or(onlyFirst(by, primary, secondary), onlySecond(by, primary, secondary))
}

func onlyFirst(by policy, primary, _ string) string    { return byScore(by, primary, never) }
func onlySecond(by policy, _, secondary string) string { return byScore(by, never, secondary) }
func frozen(policy, string, string) string             { return First }
func neither(policy, string, string) string            { return "" }

// number is a score to compare.
func number(score string) int {
	n, err := strconv.Atoi(strings.ReplaceAll(score, "INFINITY", "1000000"))
	if err != nil {
		panic(fmt.Sprintf("score %q: %v", score, err))
	}
	return n
}

// primaryEvents are what the primary's scores are tried with. What is to be done at once depends on the scores, so that
// it is checked by the events' own table.
var primaryEvents = []struct {
	event
	ends rival
}{
	{nothing, byScore}, {primaryCrashes, afterCrash}, {primaryVanishes, onlySecond}, {secondaryVanishes, onlyFirst},
	{primaryUnseen, onlySecond}, {secondaryUnseen, onlyFirst}, {quorumLost, neither}, {hookReports, afterLoss},
	{primaryProbed, byScore}, {primaryStandsBy, onlySecond}, {resourceMaintained, frozen},
}

// primaryTrials are the rows of the primary's scores, with a secondary in sync and one that is not, and every event.
// Rows that come to the same are tried with all events once. A policy that never promotes makes no difference between
// the two secondaries.
func primaryTrials() []trial {
	var all []trial
	tried := make(map[string]bool)
	for _, row := range primaryTable {
		for _, by := range []policy{takeOver, restart.automatic(), neverPromote} {
			same := fmt.Sprint(by, row.score(by), row.hung)
			trials := row.trials(by, true)
			switch {
			case tried[same]:
				trials = trials[:1]
			case by.prefer != saphana.PreferNever:
				trials = append(trials, row.trials(by, false)...)
			}
			tried[same] = true
			all = append(all, trials...)
		}
	}
	return all
}

func (r primaryRow) trials(by policy, linked bool) []trial {
	start := trial{policy: by, primary: r.score(by), secondary: never, situation: r.situation(linked)}
	if linked && by.prefer != saphana.PreferNever {
		start.secondary = "100"
	}
	start.name = fmt.Sprintf("%s, primary with %s, secondary with %s: ", by, r.roles, start.secondary)
	var all []trial
	for _, row := range primaryEvents {
		secondary := start.secondary
		e := row.event
		e.order, e.quiet = nil, false
		c := start.ends(e, row.ends(by, start.primary, secondary))
		if e.name == primaryCrashes.name {
			c.failed = r.failed(by, linked)
		}
		if r.hung {
			c.more = 1
		}
		all = append(all, c)
	}
	return all
}

// failed is the score of such a primary when its monitor has found it down: saphana.md 11.9, step B.
func (r primaryRow) failed(by policy, linked bool) string {
	if by.prefer == saphana.PreferSite {
		return cmp.Or(map[bool]string{true: "5"}[linked], r.site)
	}
	return r.score(by)
}

func (r primaryRow) situation(linked bool) func(*Pair) {
	return func(p *Pair) {
		p.Linked = linked
		p.With(First, func(d *Database) { d.Roles = r.roles })
		p.Inform()
	}
}
