package scheduler

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/run"
	"ocfbox/test/lab"
)

func TestAWrongExpectationIsFoundAndExplained(t *testing.T) {
	t.Parallel()
	c := address(t)
	for _, wrong := range []struct {
		want Want
		says string
	}{
		{Runs(ip, one), "want ip on [suse01], have [suse02]"},
		{Promoted(ip, two), "want ip promoted on [suse02], have []"},
		{Runs("nothing", one), "there is no resource nothing"},
		{Fenced(), "want fencing of [], have of [suse01]"},
		{Fenced(two), "want fencing of [suse02], have of [suse01]"},
		{Nothing(), "want no action, have [fence suse01"},
		{Never("fence"), `want no "fence", have "fence suse01"`},
		{InOrder("start ip on suse02", "fence suse01"), `want "fence suse01" after "start ip on suse02", have it before`},
		{InOrder("start ip on suse01"), `want "start ip on suse01", which is not done`},
	} {
		err := Given("the node of the address vanishes", c).When(Vanishes(one)).Then(wrong.want).Play(t.Context())
		require.ErrorContains(t, err, wrong.says)
		require.ErrorContains(t, err, `case "the node of the address vanishes", transition 1: `)
		require.ErrorContains(t, err, "crm_simulate says:\nevents: [node-fail suse01]\n  fence suse01\n")
	}
}

// Without fencing nothing holds the address back, and the bench sees it.
func TestAnAddressThatDoesNotWaitForFencingIsFound(t *testing.T) {
	t.Parallel()
	c := address(t).Property("stonith-enabled", "false")
	err := Given("fencing is off", c).When(Vanishes(one)).Then(BlockedUntilFenced(ip, "start")).Play(t.Context())
	require.ErrorContains(t, err, "want fencing before start of ip, have none")
	transition, err := c.Simulate(t.Context(), Vanishes(one))
	require.NoError(t, err)
	require.Contains(t, transition.WithoutFencing(), Action{Op: "start", Resource: ip, Node: two})
}

func TestAConfigurationThatCrmshCannotReadIsRefused(t *testing.T) {
	t.Parallel()
	address(t)
	_, err := Load(t.Context(), "node suse01\nprimitve ip ocf:heartbeat:IPaddr2\n")
	require.ErrorContains(t, err, "load crm configuration: crm: exit 1: ")
	require.ErrorContains(t, err, "primitve")
}

func TestAConfigurationIsReadByCrmshOnlyOnce(t *testing.T) {
	t.Parallel()
	address(t)
	text := "node suse01\n# " + t.Name() + time.Now().String() + "\n"
	kept, err := cacheFile(text)
	require.NoError(t, err)
	t.Cleanup(func() { os.Remove(kept) })
	first, err := Load(t.Context(), text)
	require.NoError(t, err)
	require.FileExists(t, kept)
	began := time.Now()
	second, err := Load(t.Context(), text)
	require.NoError(t, err)
	require.Less(t, time.Since(began), 100*time.Millisecond)
	require.Equal(t, string(first.XML()), string(second.XML()))
	require.Equal(t, []string{"suse01"}, second.Nodes())
}

func TestAnEventThatCannotBeIsAnError(t *testing.T) {
	t.Parallel()
	c := address(t)
	_, err := c.Simulate(t.Context(), Vanishes("nobody"))
	require.ErrorContains(t, err, `event "node-fail nobody": no node "nobody"`)
	_, err = c.Simulate(t.Context(), Reports("nothing", "monitor", 0, one, 7))
	require.ErrorContains(t, err, `event "op-inject nothing_monitor_0@suse01=7": no primitive "nothing"`)
	rubbish := etree.NewDocument()
	rubbish.CreateElement("rubbish")
	_, err = (&Cluster{doc: rubbish}).Simulate(t.Context())
	require.ErrorContains(t, err, "simulate []: crm_simulate: exit ")
	require.Panics(t, func() { c.Standby("nobody") })
	require.Panics(t, func() { c.Meta("nothing", "maintenance", "true") })
}

// The bench does not check a case's CIB against the schema, to be quick. Here everything that a case can write is.
func TestWhatCasesWriteIsValid(t *testing.T) {
	t.Parallel()
	lab.Need(t, "crm_verify")
	c := address(t).Standby(one).Unclean(one).Inquorate().Property("maintenance-mode", "true").Meta("service", "maintenance", "true").
		Param(ip, "iflabel", "x").Property("hana_ha1_site_srHook_ROT", "SOK").Score(ip, two, "5").
		Unprobed(ip, two).Did(ip, "monitor", 10*time.Second, two, 7).Did(ip, "monitor", 0, two, 0).
		Transient(two, "fail-count-ip#start_0", "INFINITY").Banned("service", "Started", one)
	require.Empty(t, complaints(t, c))
	wrong := c.with(func(cib *etree.Element) { cib.CreateElement("rubbish") })
	require.Contains(t, complaints(t, wrong), "rubbish")
}

// complaints are what crm_verify says of the schema.
func complaints(t *testing.T, c *Cluster) string {
	file := filepath.Join(t.TempDir(), "cib.xml")
	require.NoError(t, os.WriteFile(file, c.XML(), 0o600))
	result, err := system.Run(t.Context(), run.Cmd{Path: "crm_verify", Args: []string{"--xml-file", file, "--verbose"}})
	require.NoError(t, err)
	var said []string
	for line := range strings.Lines(string(result.Stderr)) {
		if strings.Contains(line, "element") || strings.Contains(line, "schema") {
			said = append(said, line)
		}
	}
	return strings.Join(said, "")
}

// What a case changes, the cluster that it started from does not notice.
func TestAClusterNeverChanges(t *testing.T) {
	t.Parallel()
	c := address(t)
	before := string(c.XML())
	changed := c.Standby(one).Score(ip, two, "5").Offline(two).Property("maintenance-mode", "true")
	require.Equal(t, before, string(c.XML()))
	require.NotEqual(t, before, string(changed.XML()))
	require.Equal(t, "true", changed.PropertyValue("maintenance-mode"))
	require.Empty(t, changed.TransientValue(two, "master-ip"), "a node that has left has no transient attributes")
}
