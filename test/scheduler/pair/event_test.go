package pair

import "ocfbox/agents/saphana"

// changed is an event that changes the pair, and that no monitor has to find.
func changed(change func(*Pair)) func(*Pair) error {
	return func(p *Pair) error {
		change(p)
		return nil
	}
}

// databaseCrashes ends the database of a node.
func databaseCrashes(node string) func(*Pair) error {
	return changed(func(p *Pair) {
		p.Crash(node)
		p.Inform()
	})
}

// nodeVanishes takes a node away with its database.
func nodeVanishes(node string) func(*Pair) error {
	return changed(func(p *Pair) {
		p.Crash(node)
		p.Cluster = p.Cluster.Unclean(node)
	})
}

func standby(node string) func(*Pair) error {
	return changed(func(p *Pair) { p.Cluster = p.Cluster.Standby(node) })
}

// leaves stops the cluster software of a node in good order.
func leaves(node string) func(*Pair) error {
	return changed(func(p *Pair) { p.Cluster = p.Cluster.Leaving(node) })
}

// maintained crashes the primary's database while the cluster must keep its hands off.
func maintained(change func(*Pair)) func(*Pair) error {
	return changed(func(p *Pair) {
		change(p)
		p.Crash(First)
		p.Inform()
	})
}

// stuck lets something else happen to a pair of which a database will not do a thing.
func stuck(node string, effect saphana.Effect, then func(*Pair) error) func(*Pair) error {
	return func(p *Pair) error {
		p.With(node, func(d *Database) { d.Stuck = effect })
		return then(p)
	}
}

func refreshed(node string) func(*Pair) error {
	return func(p *Pair) error { return p.Refresh(node) }
}

// banned moves the primary away as the guide's 11.3.3 does.
func banned(role string) func(*Pair) error {
	return changed(func(p *Pair) { p.Cluster = p.Cluster.Banned(Clone, role, First) })
}

// unseen cuts the cluster's network: a node is no longer seen by the other, and its database goes on.
func unseen(node string) func(*Pair) error {
	return changed(func(p *Pair) { p.Cluster = p.Cluster.Unclean(node) })
}

// What the monitors of a database that is down must report: failed as promoted, and not running.
const (
	primaryDown   = "op-inject " + Resource + "_monitor_60000@" + First + "=9"
	secondaryDown = "op-inject " + Resource + "_monitor_61000@" + Second + "=7"
)

// on are the agent's operations on a node, as the scheduler's actions.
func on(node string, operations ...string) []string {
	var all []string
	for _, operation := range operations {
		all = append(all, operation+" "+Resource+" on "+node)
	}
	return all
}

// An outcome says who is promoted in the end, by the policy and by whether the secondary was in sync.
type outcome func(by policy, inSync bool) string

// stays is that the primary stays where it is.
func stays(policy, bool) string { return First }

// takesOver is that the secondary is promoted if it may be; the primary cannot come back.
func takesOver(by policy, inSync bool) string {
	if inSync && by.prefer != saphana.PreferNever {
		return Second
	}
	return ""
}

// asPreferred is that the secondary takes over if it may and is preferred; else the primary comes back.
func asPreferred(by policy, inSync bool) string {
	if inSync && by.prefer == saphana.PreferSite {
		return Second
	}
	return First
}

func nobody(policy, bool) string { return "" }

// An eventRow is something that happens, and how it must end.
type eventRow struct {
	event
	ends outcome
}

// eventTable is what can happen to the pair.
var eventTable = []eventRow{
	{nothing, stays},
	{primaryCrashes, asPreferred},
	{event{name: "the secondary database crashes", happens: databaseCrashes(Second), monitored: true,
		reports: secondaryDown, order: on(Second, "start")}, stays},
	{primaryVanishes, takesOver},
	{secondaryVanishes, stays},
	{primaryUnseen, takesOver},
	{secondaryUnseen, stays},
	{quorumLost, nobody},
	{hookReports, stays},
	{primaryStandsBy, takesOver},
	{event{name: "the secondary's node goes to standby", happens: standby(Second)}, stays},
	{event{name: "the primary's node leaves", happens: leaves(First),
		order: on(First, "demote", "stop")}, takesOver},
	{event{name: "the secondary's node leaves", happens: leaves(Second)}, stays},
	{event{name: "the primary is moved away", happens: banned("")}, takesOver},
	{event{name: "the primary's promotion is banned", happens: banned("Promoted")}, takesOver},
	{resourceMaintained, stays},
	{event{name: "the primary database crashes while the cluster is in maintenance", quiet: true,
		happens: maintained(func(p *Pair) { p.Cluster = p.Cluster.Property("maintenance-mode", "true") })}, stays},
	{event{name: "the primary database crashes while its node is in maintenance", quiet: true,
		happens: maintained(func(p *Pair) { p.Cluster = p.Cluster.Permanent(First, "maintenance", "true") })}, stays},
	{primaryProbed, stays},
	{event{name: "the secondary is refreshed", happens: refreshed(Second)}, stays},
	{event{name: "the primary does not say how it is", monitored: true, quiet: true,
		happens: changed(func(p *Pair) { p.With(First, func(d *Database) { d.Silent = true }) })}, stays},
	{event{name: "the secondary does not say how it is", monitored: true, quiet: true,
		happens: changed(func(p *Pair) { p.With(Second, func(d *Database) { d.Silent = true }) })}, stays},
	{event{name: "the primary cannot be stopped", fenced: First,
		happens: stuck(First, saphana.Halt, standby(First))}, takesOver},
	{event{name: "the secondary cannot be stopped", fenced: Second,
		happens: stuck(Second, saphana.Halt, standby(Second))}, stays},
	{event{name: "the takeover has no effect", fenced: First,
		happens: stuck(Second, saphana.TakeOver, nodeVanishes(First))}, nobody},
	{event{name: "the primary crashes and cannot be started", monitored: true, reports: primaryDown,
		happens: stuck(First, saphana.Launch, databaseCrashes(First))}, takesOver},
	{event{name: "the secondary crashes and cannot be started", monitored: true, reports: secondaryDown,
		happens: stuck(Second, saphana.Launch, databaseCrashes(Second))}, stays},
}

// policies are all that an administrator can set.
var policies = []policy{takeOver, takeOver.automatic(), restart, restart.automatic(), neverPromote}

// eventTrials are all events, for all policies, with a secondary in sync and with one behind a broken network.
func eventTrials() []trial {
	var all []trial
	for _, row := range eventTable {
		for _, by := range policies {
			healthy := trial{name: by.String() + ", in sync: ", policy: by}
			broken := trial{name: by.String() + ", not in sync: ", policy: by, situation: cutOff, secondary: never}
			all = append(all, healthy.ends(row.event, row.ends(by, true)), broken.ends(row.event, row.ends(by, false)))
		}
	}
	return all
}

// cutOff breaks the replication network: guide 10.1.10.
func cutOff(p *Pair) {
	p.Linked = false
	p.Inform()
}
