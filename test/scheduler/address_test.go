package scheduler

import (
	"testing"
	"time"
)

const (
	one, two = "suse01", "suse02"
	ip, web  = "ip", "web"
)

// address is a cluster with an address and a program behind it, which run on the first node.
func address(t testing.TB) *Cluster { return boot(t, "testdata/address.crm") }

// addressReports is a monitor of the address on the first node with that exit code.
func addressReports(code int) Event { return Reports(ip, "monitor", 10*time.Second, one, code) }

func addressCases(c *Cluster) []*Case {
	thrice := c.Transient(one, "fail-count-ip#monitor_10000", "2")
	return []*Case{
		Given("a cluster at rest", c).
			When().Then(Nothing(), Runs(ip, one), Runs(web, one)),
		Given("the address is gone", c).
			When(addressReports(7)).
			Then(Fenced(), Runs(ip, one), InOrder("stop web on suse01", "stop ip on suse01", "start ip on suse01",
				"start web on suse01")),
		Given("the address fails for the third time", thrice).
			When(addressReports(7)).
			Then(Fenced(), Runs(ip, two), Runs(web, two), InOrder("stop web on suse01", "stop ip on suse01",
				"start ip on suse02", "start web on suse02")),
		Given("the program behind the address fails", c).
			When(Reports(web, "monitor", 10*time.Second, one, 1)).
			Then(Fenced(), Runs(web, one), Never("stop ip", "start ip")),
		Given("the node of the address goes to standby", c.Standby(one)).
			When().Then(Fenced(), Runs(ip, two), Runs(web, two), InOrder("stop ip on suse01", "start ip on suse02")),
		Given("the other node goes to standby", c.Standby(two)).
			When().Then(Fenced(), Runs(ip, one), Never("stop ip", "stop web")),
		Given("both nodes go to standby", c.Standby(one).Standby(two)).
			When().Then(Fenced(), Runs(ip), Runs(web)),
		Given("the node of the address vanishes", c).
			When(Vanishes(one)).
			Then(Fenced(one), Runs(ip, two), InOrder("fence suse01", "start ip on suse02", "start web on suse02"),
				BlockedUntilFenced(ip, "start")),
		Given("the other node vanishes", c).
			When(Vanishes(two)).Then(Fenced(two), Runs(ip, one), Never("stop ip", "start ip")),
		Given("the node of the address stops its cluster software", c.Leaving(one)).
			When().Then(Fenced(), Runs(ip, two), Runs(web, two), InOrder("stop ip on suse01", "start ip on suse02")),
		Given("the address cannot be stopped", c.Standby(one)).
			When(WillFail(ip, "stop", one, 1)).Then(Runs(ip, one), Never("start ip")).
			When().Then(Fenced(one), Runs(ip, two), InOrder("fence suse01", "start ip on suse02"),
			BlockedUntilFenced(ip, "start")),
		Given("the address cannot be started", c).
			When(addressReports(7), WillFail(ip, "start", one, 1)).Then(Fenced()).
			When().Then(Fenced(), Runs(ip, two), Runs(web, two)),
		Given("the resources are in maintenance while the address is gone", c.Meta("service", "maintenance", "true")).
			When(addressReports(7)).Then(Fenced(), Never("stop", "start")),
		Given("the cluster is in maintenance while the address is gone", c.Property("maintenance-mode", "true")).
			When(addressReports(7)).Then(Fenced(), Never("stop", "start")),
		Given("the partition has no quorum", c.Inquorate()).
			When().Then(Fenced(), Runs(ip), Runs(web)),
		Given("the partition without quorum may fence nobody", c.Unclean(two).Inquorate()).
			When().Then(Fenced(), Runs(ip), Runs(web)),
		Given("the address is found on both nodes", c.Unprobed(ip, two).Did(ip, "monitor", 0, two, 0)).
			When().Then(Fenced(), Runs(ip, one), InOrder("stop ip on suse02", "start ip on suse01")),
		Given("the address is found on the node that should not have it",
			c.Unprobed(ip, one).Unprobed(ip, two).Did(ip, "monitor", 0, one, 7).Did(ip, "monitor", 0, two, 0)).
			When().Then(Fenced(), Runs(ip, one), Runs(web, one), InOrder("stop ip on suse02", "start ip on suse01")),
		Given("the node of the address comes back after it has been fenced", c).
			When(Vanishes(one)).Then(Fenced(one)).
			When(Joins(one)).Then(Fenced(), Runs(ip, two), Never("stop ip", "start ip"), InOrder("monitor ip on suse01")),
	}
}

func TestTheAddressIsWhereItShouldBe(t *testing.T) {
	t.Parallel()
	for _, c := range addressCases(address(t)) {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			c.Always(OneAtATime(ip), OneAtATime(web)).Run(t)
		})
	}
}
