package pair

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
	"ocfbox/internal/hana"
)

// A stalemate is a cold start with two primaries: their last primary timestamps (saphana.md 10.4), and who wins.
type stalemate struct {
	name string
	// first and second are LPTs; those after a minus sign are seconds before now, and "" is none.
	first, second string
	wins          string
}

var stalemates = []stalemate{
	{"equal times", "-60", "-60", ""},
	{"times that are close", "-60", "-150", ""},
	{"times as far apart as the time-out", "-60", "-7260", ""},
	{"times further apart than the time-out", "-60", "-7261", First},
	{"times further apart the other way", "-7261", "-60", Second},
	{"a time and a loser", "-60", "10", First},
	{"a time and a secondary", "-60", "30", First},
	{"an old time and a secondary", "-900000", "30", First},
	{"a secondary and a time", "30", "-60", Second},
	{"a primary without history and a time", "20", "-60", Second},
	{"a primary without history and a loser", "20", "10", First},
	{"a loser and a primary without history", "10", "20", Second},
	{"a secondary and a loser", "30", "10", First},
	{"a primary without history and a secondary", "20", "30", Second},
	{"two losers", "10", "10", ""},
	{"two primaries without history", "20", "20", ""},
	{"two secondaries", "30", "30", ""},
	{"nothing at all", "", "", ""},
}

// lpt is the attribute of the last primary timestamp.
const lpt = "lpa_ha1_lpt"

// coldStart is a cluster that starts on both nodes, with a primary on each.
func coldStart(p *Pair, first, second string, up bool) error {
	for node, value := range map[string]string{First: first, Second: second} {
		if ago, err := strconv.ParseInt(value, 10, 64); err == nil && ago < 0 {
			value = fmt.Sprint(p.clock.Unix() + ago)
		}
		p.With(node, func(d *Database) { d.Role, d.Up = hana.Primary, up })
		p.Cluster = p.Cluster.Offline(node).Online(node).Permanent(node, lpt, value)
		delete(p.files, node)
	}
	p.places = nil
	p.Inform()
	return errors.Join(p.Refresh(First), p.Refresh(Second))
}

// ends are the clone states and scores, and the databases' parts, that the arbitration comes to.
func (s stalemate) ends(register bool, node string) ([2]string, Database) {
	switch {
	case s.wins == node:
		return promoted, Database{Role: hana.Primary, Up: true}
	case s.wins != "" && register:
		return inSync, Database{Role: hana.Secondary, Up: true}
	case register:
		return waitsForLPA, Database{Role: hana.Primary}
	}
	return waitsToReg, Database{Role: hana.Primary}
}

var waitsForLPA = [2]string{"WAITING4LPA", "-9000"}

func TestTwoPrimariesAreArbitrated(t *testing.T) {
	t.Parallel()
	for _, s := range stalemates {
		for _, by := range []policy{takeOver, takeOver.automatic(), restart, restart.automatic()} {
			// Who is preferred makes no difference to the arbitration, nor does whether the databases run already.
			up := by.prefer == saphana.PreferLocal
			t.Run(fmt.Sprintf("%s, %s, databases up: %v", by, s.name, up), func(t *testing.T) {
				t.Parallel()
				p := healthy(t, by)
				require.NoError(t, coldStart(p, s.first, s.second, up))
				s.settle(t, p)
			})
		}
	}
}

func (s stalemate) settle(t *testing.T, p *Pair) {
	all, err := p.Settle(t.Context())
	require.NoError(t, err, "%v", all)
	for _, node := range []string{First, Second} {
		state, database := s.ends(p.Policy.AutoRegister, node)
		n := p.node(node)
		require.Equal(t, state, [2]string{n.CloneState, n.Score}, "%s: %v", node, all)
		require.Equal(t, database, p.Databases[node], node)
	}
}

// longAfter lets so much time pass that times that were close are not.
func longAfter(p *Pair) error {
	p.clock = p.clock.Add(time.Duration(p.Policy.DuplicateTimeout)*time.Second + time.Minute)
	return nil
}

// startedByHand is an administrator's start of a database.
func startedByHand(node string) func(*Pair) error {
	return func(p *Pair) error {
		p.With(node, func(d *Database) { d.Up = true })
		p.Inform()
		return nil
	}
}

// mute lets the primary's poll say nothing, so that it does not mark its partner's timestamp as lost.
func mute(then func(*Pair) error) func(*Pair) error {
	return func(p *Pair) error {
		p.Mute = true
		return then(p)
	}
}

// cold is a cold start with these timestamps and databases that are down.
func cold(first, second string) func(*Pair) error {
	return func(p *Pair) error { return coldStart(p, first, second, false) }
}

// filed is a cold start in which the first node's timestamp is in its local file alone.
func filed(p *Pair) error {
	now := fmt.Sprint(p.clock.Unix() - 60)
	err := coldStart(p, "", "30", false)
	p.files[First] = now
	return err
}

// The first node's start is the first in these plans: it writes down that it has no history before the other compares.
var endings = []procedure{
	{"10.4", "the other side has not reported: neither starts", takeOver, []step{
		{cold("-60", ""), "", "", waitsToReg, waitsToReg},
	}},
	{"10.4", "a primary without timestamp loses to a time", takeOver, []step{
		{cold("", "-60"), "", Second, waitsToReg, promoted},
	}},
	{"10.2", "a timestamp that is in the local file alone counts", takeOver.automatic(), []step{
		{filed, "", First, promoted, inSync},
	}},
	{"10.4", "the time alone ends no stalemate of two that are down", takeOver.automatic(), []step{
		{cold("-60", "-150"), "", "", waitsForLPA, waitsForLPA},
		{longAfter, "", "", waitsForLPA, waitsForLPA},
	}},
	{"10.6", "an administrator starts one, which wins when its time is far enough ahead", takeOver.automatic(), []step{
		{cold("-60", "-150"), "", "", waitsForLPA, waitsForLPA},
		{startedByHand(First), "", "", waitsForLPA, waitsForLPA},
		{longAfter, "", First, promoted, inSync},
	}},
	{"10.6", "an administrator starts the one with the older time, which wins as well", restart.automatic(), []step{
		{cold("-60", "-150"), "", "", waitsForLPA, waitsForLPA},
		{startedByHand(Second), "", "", waitsForLPA, waitsForLPA},
		{longAfter, "", Second, inSync, promoted},
	}},
	{"10.6", "an administrator starts one, refreshes it, and registers the other", takeOver, []step{
		{cold("-60", "-150"), "", "", waitsToReg, waitsToReg},
		{startedByHand(First), "", "", waitsToReg, waitsToReg},
		{refreshed(First), "", First, promoted, waitsToReg},
		{registers(Second), "", First, promoted, inSync},
	}},
	{"10.2.2", "a former primary whose time is close waits until it is not, and registers", takeOver.automatic(), []step{
		{mute(nodeVanishes(First)), First, Second, absent, promoted},
		{returns(First), "", Second, waitsForLPA, promoted},
		{longAfter, "", Second, inSync, promoted},
	}},
	{"10.1.5", "a former primary whose time is close waits for an administrator, however long", takeOver, []step{
		{mute(nodeVanishes(First)), First, Second, absent, promoted},
		{returns(First), "", Second, waitsToReg, promoted},
		{longAfter, "", Second, waitsToReg, promoted},
		{registers(First), "", Second, inSync, promoted},
	}},
}

func TestWhatEndsAStalemate(t *testing.T) {
	t.Parallel()
	for _, procedure := range endings {
		t.Run(procedure.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, procedure.play(t.Context(), healthy(t, procedure.policy)))
		})
	}
}
