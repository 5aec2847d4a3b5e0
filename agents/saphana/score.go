package saphana

import (
	"strings"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// Scores that are set outside the tables (saphana.md 9.3), and the table's never. Pacemaker promotes at 0 and above.
const (
	never      = "-INFINITY"
	scoreWait  = "-9000"
	scoreYield = "5"
	scoreStart = "0"
)

// An Actual is a kind of the fourth field of the roles: what the nameserver really does.
type Actual int

// The kinds. Void is a nameserver that does nothing; ConfiguredMaster looks at the third field instead,
// what it was configured for; AnyFields asks only that both fields are there.
const (
	Any Actual = iota
	Master
	Slave
	Void
	ConfiguredMaster
	AnyFields
)

// A Rule is a row of a scoring table. An empty Letter or Sync matches everything.
type Rule struct {
	// Letter is P or S, the second field of the roles.
	Letter string
	Actual Actual
	// Sync is contained in the replication state.
	Sync  string
	Score string
}

// Rules are the scoring tables of saphana.md 9.2; the first row that matches holds. The landscape status,
// the first field, has no influence: cluster decisions rely on that (16.28).
func Rules(p Preference) []Rule {
	switch p {
	case PreferSite:
		return []Rule{
			{"P", Master, "", "150"},
			{"P", ConfiguredMaster, "", "140"},
			{"P", Slave, "", "60"},
			{"P", Void, "", "0"},
			{"S", Master, "SOK", "100"},
			{"S", Master, "PRIM", "100"},
			{"S", Master, "SFAIL", never},
			{"S", Slave, "SOK", "10"},
			{"S", Slave, "SFAIL", never},
			{"S", Void, "", "0"},
			{"", Any, "", "-1"},
		}
	case PreferLocal:
		return []Rule{
			{"P", Master, "", "150"},
			{"P", AnyFields, "", "140"},
			{"S", Master, "SOK", "100"},
			{"S", Master, "PRIM", "100"},
			{"S", Master, "SFAIL", never},
			{"S", Slave, "SOK", "10"},
			{"S", Slave, "SFAIL", never},
			{"S", Void, "", "-1"},
			{"", Any, "", "-1"},
		}
	}
	return []Rule{
		{"P", Master, "", "150"},
		{"", Any, "", never},
	}
}

// Score is what the table makes of the roles and the replication state.
func Score(p Preference, roles, sync string) string { return scoreBy(Rules(p), roles, sync) }

func scoreBy(rules []Rule, roles, sync string) string {
	fields := strings.Split(roles, ":")
	for _, rule := range rules {
		if rule.matches(fields, sync) {
			return rule.Score
		}
	}
	return never
}

func (r Rule) matches(roles []string, sync string) bool {
	field := func(i int) string {
		if i < len(roles) {
			return roles[i]
		}
		return ""
	}
	if r.Letter != "" && field(1) != r.Letter || !strings.Contains(sync, r.Sync) {
		return false
	}
	actual := field(3)
	switch r.Actual {
	case Master:
		return strings.HasPrefix(actual, "master")
	case Slave:
		return strings.HasPrefix(actual, "slave")
	case Void:
		return actual == "" && len(roles) > 4 || strings.HasPrefix(actual, "-") || strings.HasPrefix(actual, "?")
	case ConfiguredMaster:
		return strings.HasPrefix(field(2), "master")
	case AnyFields:
		return len(roles) >= 4
	}
	return true
}

// rate sets the score that the table has for the own roles and that state, and says why.
func (d *decision) rate(sync string) {
	roles := d.standing()
	score := scoreBy(d.rules(d.Policy.Prefer), roles, sync)
	if score != d.Own.Score {
		d.note(ocf.Info, "DEC: score=%s role=%s sync=%s hook=%s poll=%s roles=%s because the table of %s has it",
			score, d.Role, sync, orUnset(d.Own.Hook), orUnset(d.Own.SyncState), orUnset(roles), d.Policy.Prefer)
	}
	d.score(score)
}

// standing are the own roles as the tables have to take them. SAPHanaTopology's word is up to an interval old: a former
// primary that was registered since is still called one there, and with its score it would be promoted in the place of
// the new primary, whose next monitor is still to come (16.30).
func (d *decision) standing() string {
	if d.Role != hana.Secondary {
		return d.Own.Roles
	}
	status, rest, _ := strings.Cut(d.Own.Roles, ":")
	if actual, ok := strings.CutPrefix(rest, "P:"); ok {
		return status + ":S:" + actual
	}
	return d.Own.Roles
}

// orUnset is a value for the log.
func orUnset(value string) string {
	if value == "" {
		return "unset"
	}
	return value
}

// Effective is the replication state that counts (saphana.md 8): the hook's word, or what was polled while
// there is none.
func (n Node) Effective() string {
	switch {
	case n.Hook != "" && n.Hook != "SWAIT":
		return n.Hook
	case n.SyncState != "":
		return n.SyncState
	}
	return "SFAIL"
}

// inSync reports whether the node could take over, or has.
func (n Node) inSync() bool {
	state := n.Effective()
	return state == "SOK" || state == "PRIM"
}
