package scheduler

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/cmd/ocfbox/convert"
	"ocfbox/test/lab"
)

// converted is a cluster with the configuration that haresources and ha.cf become, up and at rest. The translation must
// be complete, and what crm_verify has no complaint about.
func converted(t *testing.T, haresources, hacf string) *Cluster {
	t.Helper()
	lab.Need(t, append(Programs, "crm_verify")...)
	r := convert.Convert(convert.Options{
		Haresources: "haresources", HaresourcesText: haresources, HaCf: "ha.cf", HaCfText: hacf, Services: "lsb",
	})
	require.True(t, r.Complete(), "%v", r.Remarks)
	c, err := Load(t.Context(), "node suse01\nnode suse02\n"+r.Config)
	require.NoError(t, err, r.Config)
	require.Empty(t, complaints(t, c), r.Config)
	c, err = c.Boot(t.Context())
	require.NoError(t, err)
	return c
}

// The guide's two files: a service, and two that have their homes on different nodes.
const (
	single = "suse01 192.168.123.170 drbddisk::drbd0 Filesystem::/dev/drbd0::/data1::reiserfs mysqld\n"
	cross  = "suse01 192.168.123.170 drbddisk::drbd0 Filesystem::/dev/drbd0::/data1::reiserfs oracle::TEST01\n" +
		"suse02 192.168.123.171 drbddisk::drbd1 Filesystem::/dev/drbd1::/data2::reiserfs oracle::TEST02\n"
	address1, disk1, files1 = "ip-192.168.123.170", "drbddisk-drbd0", "fs-data1"
	address2, disk2, files2 = "ip-192.168.123.171", "drbddisk-drbd1", "fs-data2"

	// Only of a node that was fenced does the bench forget what ran there.
	withFencing = "stonith_host * external/ssh suse01 suse02\n"
)

// From left to right, and back: the order of haresources.
func TestAConvertedServiceIsTakenOverAsAWhole(t *testing.T) {
	t.Parallel()
	c := converted(t, single, withFencing+"auto_failback on\n")
	Given("the node of the service vanishes, and comes back", c).
		When().Then(Nothing(), Runs(address1, one), Runs(disk1, one), Runs(files1, one), Runs("mysqld", one)).
		When(Vanishes(one)).Then(Runs("mysqld", two), InOrder("start "+address1+" on suse02", "start "+disk1+" on suse02",
		"start "+files1+" on suse02", "start mysqld on suse02")).
		When(Joins(one)).Then(Runs("mysqld", one), InOrder("stop mysqld on suse02", "stop "+files1+" on suse02",
		"stop "+disk1+" on suse02", "stop "+address1+" on suse02", "start "+address1+" on suse01", "start mysqld on suse01")).
		Run(t)
}

// As with heartbeat, nobody waits for anything but the dead time.
func TestAConvertedServiceWithoutFencingIsTakenOver(t *testing.T) {
	t.Parallel()
	c := converted(t, single, "node suse01 suse02\ndeadtime 5\n")
	require.Equal(t, "false", c.PropertyValue("stonith-enabled"))
	Given("the node of the service vanishes", c).When(Vanishes(one)).Then(Fenced(), Runs("mysqld", two)).Run(t)
}

func TestAConvertedServiceStaysWithoutFailback(t *testing.T) {
	t.Parallel()
	c := converted(t, single, withFencing+"auto_failback off\n")
	Given("the node of the service vanishes, and comes back", c).
		When().Then(Nothing(), Runs("mysqld", one)).
		When(Vanishes(one)).Then(Runs("mysqld", two)).
		When(Joins(one)).Then(Runs("mysqld", two), Never("stop mysqld")).
		Run(t)
}

func TestConvertedServicesCrossOver(t *testing.T) {
	t.Parallel()
	c := converted(t, cross, withFencing+"auto_failback on\n")
	Given("each node vanishes in turn", c).
		When().Then(Nothing(), Runs("oracle-TEST01", one), Runs("oracle-TEST02", two)).
		When(Vanishes(one)).Then(Runs("oracle-TEST01", two), Runs("oracle-TEST02", two), Never("stop oracle-TEST02")).
		When(Joins(one)).Then(Runs("oracle-TEST01", one), Runs("oracle-TEST02", two), Never("stop oracle-TEST02")).
		When(Vanishes(two)).Then(Runs("oracle-TEST01", one), Runs(address2, one), Runs(disk2, one), Runs(files2, one)).
		When(Joins(two)).Then(Runs("oracle-TEST01", one), Runs("oracle-TEST02", two), Never("stop oracle-TEST01")).
		Run(t)
}

// What ipfail did: a node that reaches more ping nodes gets the service, whether it is its home or not.
func TestConvertedPingNodesDecide(t *testing.T) {
	t.Parallel()
	hacf := "ping 10.0.0.1 10.0.0.2\nping_group doors 10.1.0.1 10.1.0.2\nrespawn hacluster /usr/lib/heartbeat/ipfail\n"
	for _, failback := range []string{"auto_failback on\n", "auto_failback off\n"} {
		c := converted(t, single, failback+hacf)
		reached := func(c *Cluster, node, hosts, doors string) *Cluster {
			return c.Transient(node, "ping", hosts).Transient(node, "ping_doors", doors)
		}
		both := reached(reached(c, one, "20000", "10000"), two, "20000", "10000")
		Given("both nodes reach all of them", both).When().Then(Runs("mysqld", one), Never("stop mysqld")).Run(t)
		Given("the node of the service loses one", reached(both, one, "10000", "10000")).When().Then(Runs("mysqld", two)).Run(t)
		Given("the node of the service loses the whole group", reached(both, one, "20000", "0")).When().Then(Runs("mysqld", two)).Run(t)
		Given("the other node loses one", reached(both, two, "10000", "10000")).When().Then(Runs("mysqld", one), Never("stop mysqld")).Run(t)
		Given("both lose the same", reached(reached(c, one, "10000", "0"), two, "10000", "0")).When().
			Then(Runs("mysqld", one), Never("stop mysqld")).Run(t)
	}
}

// With a device nobody takes over before the other node is off.
func TestConvertedFencingComesFirst(t *testing.T) {
	t.Parallel()
	c := converted(t, single, withFencing)
	require.Equal(t, "true", c.PropertyValue("stonith-enabled"))
	Given("the node of the service vanishes", c).
		When().Then(Nothing(), Runs("mysqld", one)).
		When(Vanishes(one)).Then(Fenced(one), Runs("mysqld", two), BlockedUntilFenced(address1, "start")).
		Run(t)
}

// A device that is attached to one node is used from there.
func TestAConvertedDeviceRunsWhereItIsAttached(t *testing.T) {
	t.Parallel()
	c := converted(t, single, "stonith_host suse01 rps10 /dev/ttyS1 suse02 0\nstonith_host suse02 rps10 /dev/ttyS1 suse01 0\n")
	Given("two serial switches", c).When().Then(Runs("fencing-1", one), Runs("fencing-2", two)).Run(t)
}

// What is not whole does not start, and is what crmsh and Pacemaker can read.
func TestAServiceThatLacksSomethingDoesNotStart(t *testing.T) {
	t.Parallel()
	lab.Need(t, append(Programs, "crm_verify")...)
	r := convert.Convert(convert.Options{
		Haresources: "haresources", Services: "lsb",
		HaresourcesText: "suse01 192.168.123.170 oractl\nsuse02 192.168.123.171 smb\n",
	})
	require.False(t, r.Complete())
	c, err := Load(t.Context(), "node suse01\nnode suse02\n"+r.Config+"property stonith-enabled=false\n")
	require.NoError(t, err, r.Config)
	require.Empty(t, complaints(t, c))
	require.Equal(t, 1, strings.Count(string(c.XML()), `value="Stopped"`))
	c, err = c.Boot(t.Context())
	require.NoError(t, err)
	Given("the translation lacks the database", c).When().Then(Runs("ip-192.168.123.170"), Runs("smb", two)).
		When(Reports("smb", "monitor", 30*time.Second, two, 7)).Then(Runs("smb", two)).Run(t)
}
