package scheduler

import (
	"fmt"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"
)

// The names of the mirror's configuration: the clone of synccheck, the group that uses the mirror, and what the rule
// asks for.
const (
	check, disk, database = "check", "disk", "database"
	copied                = "ocfbox-drbd-r0"
)

// The rules that the manual page shows. Both keep the service from a node that says nothing.
var mirrorRules = []string{"testdata/mirror.crm", "testdata/mirror-ne.crm"}

// mirror is a cluster whose service runs on the first node, with the second one's copy in that state; "" is none.
func mirror(t testing.TB, file, state string) *Cluster {
	t.Helper()
	c, err := boot(t, file).Transient(one, copied, "PRIM").Settle(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{one}, nodesOf(t, c, disk))
	return publishes(c, two, state)
}

// publishes is the cluster after a node has said that of its copy, or nothing.
func publishes(c *Cluster, node, state string) *Cluster {
	if state != "" {
		return c.Transient(node, copied, state)
	}
	return c.with(func(cib *etree.Element) {
		for _, set := range nodeState(cib, node).FindElements("transient_attributes/instance_attributes") {
			for _, pair := range set.SelectElements("nvpair") {
				if pair.SelectAttrValue("name", "") == copied {
					set.RemoveChild(pair)
				}
			}
		}
	})
}

func nodesOf(t testing.TB, c *Cluster, resource string) []string {
	t.Helper()
	transition, err := c.Simulate(t.Context())
	require.NoError(t, err)
	return transition.Nodes(resource, "")
}

// usable are the states of a copy, and whether the service may run on it.
var usable = map[string]bool{"PRIM": true, "SOK": true, "SWAIT": false, "SFAIL": false, "SBRAIN": false, "UNKNOWN": false, "": false}

// Rows C4, C5, C6 and C7: where the service goes by what the other node says, when its own node vanishes.
func TestTheServiceGoesOnlyToAGoodCopy(t *testing.T) {
	t.Parallel()
	for _, file := range mirrorRules {
		for state, good := range usable {
			t.Run(fmt.Sprintf("%s, %q", file, state), func(t *testing.T) {
				t.Parallel()
				c := mirror(t, file, state)
				on := []string{}
				if good {
					on = []string{two}
				}
				want := []Want{Fenced(one), Runs(disk, on...), Runs(database, on...)}
				if good {
					want = append(want, InOrder("fence suse01", "start disk on suse02"), BlockedUntilFenced(disk, "start"))
				}
				Given("the node of the service vanishes", c).When(Vanishes(one)).Then(want...).
					Always(OneAtATime(disk)).Run(t)
				Given("the node of the service goes to standby", c.Standby(one)).When().
					Then(Fenced(), Runs(disk, on...), Runs(database, on...)).Run(t)
			})
		}
	}
}

// The node that has the service keeps it whatever becomes of the other's copy, and loses it with its own.
func TestTheServiceStaysWithItsOwnGoodCopy(t *testing.T) {
	t.Parallel()
	for _, file := range mirrorRules {
		for state, good := range usable {
			t.Run(fmt.Sprintf("%s, %q", file, state), func(t *testing.T) {
				t.Parallel()
				c := mirror(t, file, state)
				Given("the other copy is in that state", c).When().Then(Nothing(), Runs(disk, one)).Run(t)
				own := publishes(mirror(t, file, "SOK"), one, state)
				on := one
				if !good {
					on = two
				}
				Given("the own copy is in that state, and the other is good", own).When().
					Then(Fenced(), Runs(disk, on), Runs(database, on), OneAtATime(disk)).Run(t)
			})
		}
	}
}

// A node that was passed over gets the service as soon as its copy is said to be good.
func TestTheServiceStartsWhenACopyIsGoodAgain(t *testing.T) {
	t.Parallel()
	for _, file := range mirrorRules {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			lost, err := mirror(t, file, "SFAIL").Simulate(t.Context(), Vanishes(one))
			require.NoError(t, err)
			require.Empty(t, lost.Nodes(disk, ""))
			back, err := lost.Cluster().Simulate(t.Context(), Joins(one))
			require.NoError(t, err)
			require.Empty(t, back.Nodes(disk, ""), "a node that has booted has said nothing")
			Given("the node with the good copy is back", publishes(back.Cluster(), one, "SOK")).When().
				Then(Runs(disk, one), Never("start disk on suse02")).Run(t)
		})
	}
}

// After a cold start nobody has said anything: with not_defined the service waits, without it goes anywhere.
func TestAColdStartWaitsForWhatTheNodesSay(t *testing.T) {
	t.Parallel()
	for file, starts := range map[string]bool{"testdata/mirror.crm": false, "testdata/mirror-ne.crm": false, "testdata/mirror-cold.crm": true} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			c := boot(t, file)
			require.Equal(t, starts, len(nodesOf(t, c, disk)) == 1)
			alone := publishes(c.Offline(one), two, "SOK")
			Given("one node alone says that its copy is good", alone).When().Then(Runs(disk, two)).Run(t)
		})
	}
}

// The clone of the agent takes nothing from the service: when it ends and the primary's state stays, as the agent
// leaves it, the service stays too.
func TestTheServiceStaysWhenTheAgentIsStopped(t *testing.T) {
	t.Parallel()
	for _, file := range mirrorRules {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			c := mirror(t, file, "").Meta("cl-check", "target-role", "Stopped")
			Given("the clone is stopped", c).When().Then(Runs(check), Runs(disk, one), Never("stop disk", "stop database")).Run(t)
		})
	}
}
