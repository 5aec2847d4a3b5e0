package saphana

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

func stamp() time.Time { return time.Unix(1_700_000_000, 0) }

func steadyPrimary() Observation {
	now := stamp()
	return Observation{
		Occasion: Monitor, Now: now, SID: "HA1", Instance: "10", Resource: "rsc",
		Policy: Policy{Prefer: PreferSite, DuplicateTimeout: 7200, UnknownLimit: 3},
		Role:   hana.Primary, Landscape: Landscape{Known: true, Status: hana.LandscapeOK},
		Poll: Poll{Answer: Active}, FirstLPT: ago(now, 60),
		Own: Node{Name: "suse01", Site: "WDF", RemoteHost: "suse02", Roles: primaryUp, CloneState: "PROMOTED", SyncState: "PRIM",
			LPT: ago(now, 60), Score: "150", Hook: "PRIM", Online: true, Seen: true},
		Partner: Node{Name: "suse02", Site: "ROT", Roles: secondaryUp, CloneState: "DEMOTED", SyncState: "SOK", LPT: "30", Hook: "SOK",
			Online: true, Seen: true},
	}
}

func steadySecondary() Observation {
	o := steadyPrimary()
	o.Own, o.Partner = o.Partner, o.Own
	o.Role, o.Own.Score, o.Own.RemoteHost, o.OtherPrimary, o.FirstLPT = hana.Secondary, "100", "suse01", true, "30"
	o.Poll = Poll{}
	return o
}

func ago(now time.Time, seconds int64) string { return strconv.FormatInt(now.Unix()-seconds, 10) }

// An invariant is a sentence about every observation and what Decide makes of it.
type invariant struct {
	name string
	// holds gets the observation, the verdict and the observation after its writes.
	holds func(o Observation, v Verdict, after Observation) bool
}

// invariants are what must never break, whatever the tables say.
func invariants() []invariant {
	return []invariant{
		{"a takeover needs SOK, and a secondary", func(o Observation, v Verdict, _ Observation) bool {
			return v.Next != TakeOver && v.Next != AwaitPermission || o.Role == hana.Secondary && o.Own.Effective() == "SOK" && !o.Blind
		}},
		{"a secondary that is SFAIL is never promotable", func(o Observation, v Verdict, after Observation) bool {
			score, wrote := v.Score()
			n, _ := crm.ParseScore(score)
			// A start writes 0, and its promotion would be refused.
			starting := score == scoreStart && (o.Occasion == Start || o.After != Done || v.Next != Done)
			return !wrote || o.Role != hana.Secondary || after.Own.Effective() != "SFAIL" || n < 0 || starting
		}},
		{"an instance that is started with its database down has no score at which Pacemaker promotes", func(o Observation, v Verdict, after Observation) bool {
			started := v.Next == Done && v.Code == ocf.Success && (o.Occasion == Start || o.Occasion == Monitor || o.Occasion == Probe)
			down := o.Landscape.Down() && (o.After != Launch || !o.OK)
			// Waiting goes on with the score that the start has set.
			_, wrote := v.Score()
			old := !wrote && o.Occasion != Start && o.After == Done
			n, err := crm.ParseScore(after.Own.Score)
			return !started || !down || old || err != nil || n < 0
		}},
		{"a primary that is known to be down is not promoted", func(o Observation, v Verdict, _ Observation) bool {
			return o.Occasion != Promote || o.Role != hana.Primary || o.After != Done || !o.Landscape.Down() || v.Code == ocf.ErrGeneric
		}},
		{"not knowing demotes no healthy primary", func(o Observation, v Verdict, after Observation) bool {
			healthy := o.Occasion == Monitor && o.Role == hana.Primary && o.Own.CloneState == "PROMOTED"
			unknown := !o.Landscape.Known && o.Unknown+1 < o.Policy.UnknownLimit
			return !healthy || !unknown || v.Code == ocf.RunningPromoted && after.Own.Score == o.Own.Score && v.Next == Done
		}},
		{"not knowing starts, registers and takes over nothing", func(o Observation, v Verdict, _ Observation) bool {
			return o.Landscape.Known || o.Role != hana.Primary || o.Occasion == Stop || v.Next == Done || v.Next == AskRole
		}},
		{"a score is the table's or one of section 9.3", func(o Observation, v Verdict, after Observation) bool {
			score, wrote := v.Score()
			if !wrote {
				return true
			}
			roles := o.Own.Roles
			if o.Role == hana.Secondary {
				// What the topology says may be older (16.30).
				roles = strings.Replace(roles, ":P:", ":S:", 1)
			}
			for _, sync := range []string{after.Own.Effective(), after.Own.SyncState} {
				if score == Score(o.Policy.Prefer, roles, sync) {
					return true
				}
			}
			return strings.Contains(" 5 0 -9000 -INFINITY ", " "+score+" ")
		}},
		{"nobody yields to a partner whose loss of sync a file has kept", func(o Observation, v Verdict, _ Observation) bool {
			event := len(o.HookFiles) > 0 && o.Partner.Hook == "SOK" && o.Partner.CloneState != "PROMOTED" && !o.Own.waiting()
			score, _ := v.Score()
			return !event || o.Occasion == Probe || score != scoreYield && !strings.Contains(v.Waits, "shall take over")
		}},
		{"a waiting state names what it waits for", func(o Observation, v Verdict, after Observation) bool {
			waits := strings.HasPrefix(after.Own.CloneState, "WAITING") && v.Next == Done && (o.Occasion == Monitor || o.Occasion == Start)
			limit := v.Unknown > 0 && v.Unknown >= o.Policy.UnknownLimit
			return !waits || v.Waits != "" || limit || v.Code == ocf.ErrGeneric
		}},
		{"a probe starts nothing and registers nothing", func(o Observation, v Verdict, _ Observation) bool {
			return o.Occasion != Probe || v.Next == Done
		}},
		{"a failure has a reason", func(o Observation, v Verdict, _ Observation) bool {
			fine := v.Code == ocf.Success || v.Code == ocf.RunningPromoted || v.Code == ocf.NotRunning && o.Occasion == Probe
			return v.Next != Done || fine || v.Reason != ""
		}},
		{"a write changes something and names somebody", func(o Observation, v Verdict, _ Observation) bool {
			for _, write := range v.Writes {
				if write.Value == "" || write.Attribute.Name == "" || write.Attribute.Store != crm.Property && write.Attribute.Node == "" {
					return false
				}
			}
			return true
		}},
		{"only a primary that runs polls, and only for its partner", func(o Observation, v Verdict, _ Observation) bool {
			for _, write := range v.Writes {
				if write.Attribute.Node == o.Partner.Name && write.Attribute.Name == "hana_ha1_sync_state" && (o.Role != hana.Primary || !o.Landscape.Up()) {
					return false
				}
			}
			return true
		}},
	}
}

func occasions() []Occasion { return []Occasion{Monitor, Probe, Start, Promote, Demote, Stop} }

// every calls do with every combination of role, replication state, LPT, hook, score and history.
func every(occasions []Occasion, do func(Observation)) {
	now := stamp()
	for _, occasion := range occasions {
		for _, role := range []hana.Role{hana.RoleUnknown, hana.Primary, hana.Secondary, hana.Standalone} {
			for _, clone := range []string{"", "PROMOTED", "DEMOTED", "UNDEFINED", "WAITING4LPA", "WAITING4PRIM"} {
				for _, land := range []Landscape{{}, {Known: true, Status: 1}, {Known: true, Status: 2}, {Known: true, Status: 4}} {
					for _, hook := range []string{"", "SWAIT", "SOK", "SFAIL", "PRIM"} {
						for _, poll := range []string{"", "SOK", "SFAIL", "PRIM"} {
							for _, lpt := range [][2]string{{"", ""}, {"10", "20"}, {ago(now, 60), "30"}, {ago(now, 90), ago(now, 60)}} {
								for _, partner := range []string{primaryUp, secondaryUp, ""} {
									if role != hana.Primary && lpt[0] != "10" {
										continue
									}
									o := steadyPrimary()
									o.Occasion, o.Role, o.Landscape = occasion, role, land
									o.Own.CloneState, o.Own.Hook, o.Own.SyncState, o.Own.LPT, o.FirstLPT = clone, hook, poll, lpt[0], lpt[0]
									o.Partner.LPT, o.Partner.Roles, o.OtherPrimary = lpt[1], partner, partner == primaryUp
									do(o)
								}
							}
						}
					}
				}
			}
		}
	}
}

// variants are the policies and histories that multiply every.
func variants(o Observation, do func(Observation)) {
	for _, prefer := range []Preference{PreferLocal, PreferSite, PreferNever} {
		for _, auto := range []bool{false, true} {
			if auto && o.Role != hana.Primary {
				continue
			}
			for _, score := range []string{"", "150"} {
				o.Policy.Prefer, o.Policy.AutoRegister, o.Own.Score = prefer, auto, score
				letter := o.Role.Letter()
				o.Own.Roles = strconv.Itoa(int(o.Landscape.Status)) + ":" + letter + ":master1:master:worker:master"
				o.Unknown, o.HookFiles = 0, nil
				do(o)
				if prefer == PreferSite && o.Role == hana.Primary {
					lost := o
					lost.HookFiles = []HookFile{{Path: ".crm_attribute.ROT", Text: "hana_ha1_site_srHook_ROT = SFAIL"}}
					do(lost)
				}
				if !o.Landscape.Known {
					o.Unknown = 2
					do(o)
				}
			}
		}
	}
}

// broken is the first invariant that does not hold under these tables, with its observation; and how many
// observations there were.
func broken(occasions []Occasion, rules func(Preference) []Rule) (name string, at Observation, n int) {
	all := invariants()
	every(occasions, func(base Observation) {
		if name != "" {
			return
		}
		variants(base, func(o Observation) {
			n++
			if name != "" {
				return
			}
			v := decideBy(rules, o)
			after := o.Apply(v)
			for _, rule := range all {
				if !rule.holds(o, v, after) {
					name, at = rule.name, o
					return
				}
			}
		})
	})
	return name, at, n
}

func TestInvariantsHoldForEveryObservation(t *testing.T) {
	t.Parallel()
	for _, occasion := range occasions() {
		t.Run(occasion.String(), func(t *testing.T) {
			t.Parallel()
			name, at, n := broken([]Occasion{occasion}, Rules)
			require.Empty(t, name, "%+v", at)
			t.Logf("%d observations", n)
		})
	}
}

// A fault planted in a table is found: the invariants would notice.
func TestAFaultInTheTableIsFound(t *testing.T) {
	t.Parallel()
	for row, rule := range Rules(PreferSite) {
		if rule.Actual != Master || rule.Sync == "SFAIL" {
			// The exhaustive test has only active masters, and SFAIL is barred before the table.
			continue
		}
		name, _, _ := broken(occasions(), func(p Preference) []Rule {
			rules := Rules(p)
			if p == PreferSite {
				rules[row].Score = "99"
			}
			return rules
		})
		require.NotEmpty(t, name, "row %d %+v", row, rule)
	}
}

// Two nodes as each sees the other, with what the monitor of each makes of it.
func TestNeverTwoPromotableNodes(t *testing.T) {
	t.Parallel()
	names := func(o Observation) string { return fmt.Sprintf("%+v", o) }
	for _, prefer := range []Preference{PreferLocal, PreferSite, PreferNever} {
		for _, hook := range []string{"", "SWAIT", "SOK", "SFAIL", "PRIM"} {
			for _, poll := range []string{"", "SOK", "SFAIL", "PRIM"} {
				for _, status := range []hana.LandscapeStatus{1, 2, 3, 4} {
					p, s := steadyPrimary(), steadySecondary()
					p.Policy.Prefer, s.Policy.Prefer = prefer, prefer
					p.Partner.Hook, s.Own.Hook, p.Partner.SyncState, s.Own.SyncState = hook, hook, poll, poll
					p.Landscape.Status = status
					if status == 1 {
						p.Own.Roles, s.Partner.Roles = primaryDown, primaryDown
					}
					s.Own.Score = ""
					first, second := p.Apply(Decide(p)), s.Apply(Decide(s))
					a, _ := crm.ParseScore(first.Own.Score)
					b, _ := crm.ParseScore(second.Own.Score)
					require.False(t, a == b && a > 0, "equal scores: %s %s", names(first), names(second))
					if status >= 2 {
						require.Greater(t, a, b, "a running primary keeps its place: %s", names(first))
					}
					if second.Own.Effective() == "SFAIL" {
						require.LessOrEqual(t, int(b), 0)
					}
					// Whoever is asked to take over, with these states, does so only with SOK.
					s.Occasion = Promote
					require.Equal(t, s.Own.Effective() == "SOK", Decide(s).Next == AwaitPermission)
				}
			}
		}
	}
}

// Every action comes to an end, whatever the effects come to, and no invariant is broken on the way.
func TestEveryActionEnds(t *testing.T) {
	t.Parallel()
	every(occasions(), func(o Observation) {
		if o.Own.Hook != "SOK" || o.Own.SyncState != "SOK" {
			return
		}
		o.Policy.AutoRegister = true
		rules := invariants()
		var follow func(o Observation, depth int)
		follow = func(o Observation, depth int) {
			require.Less(t, depth, mostEffects, "%+v", o)
			v := Decide(o)
			after := o.Apply(v)
			for _, rule := range rules {
				if !rule.holds(o, v, after) {
					require.FailNow(t, rule.name, "%+v", o)
				}
			}
			if v.Next == Done {
				return
			}
			for _, ok := range []bool{true, false} {
				then := after
				then.After, then.OK = v.Next, ok
				switch {
				case v.Next == Launch && ok:
					then.Landscape = Landscape{Known: true, Status: hana.LandscapeOK}
				case v.Next == TakeOver && ok:
					then.Role = hana.Primary
				case v.Next == Register && ok:
					then.Role = hana.Secondary
				}
				follow(then, depth+1)
			}
		}
		follow(o, 0)
	})
}
