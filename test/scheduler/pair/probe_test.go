package pair

import (
	"testing"

	"ocfbox/test/scheduler"
)

// Pacemaker probes a few resources at a time, and again after a refresh: it may know that SAPHana runs and not yet
// whether SAPHanaTopology does, after which SAPHana has to be started. The restart that it plans waits for the probe of
// the node, and is dropped when the probe finds SAPHanaTopology there. A promoted SAPHana may be demoted before, which
// touches no database.
func TestSAPHanaTopologyIsProbedLast(t *testing.T) {
	t.Parallel()
	const topology = "rsc_SAPHanaTopology_HA1_HDB10"
	p := healthy(t, takeOver)
	late := p.Cluster.Unprobed(topology, First).Unprobed(topology, Second)
	findsIt := func(node string) scheduler.Event { return scheduler.WillFail(topology, "monitor", node, 0) }
	scheduler.Given("SAPHanaTopology is probed last, and finds the databases running", late).
		When(findsIt(First), findsIt(Second)).
		When(findsIt(First), findsIt(Second)).
		When().
		Then(scheduler.Promoted(Resource, First), scheduler.Runs(Resource, First, Second), scheduler.Runs(topology, First, Second)).
		Always(scheduler.Fenced(), scheduler.Runs(Address, First),
			scheduler.Never("stop", "start", "promote "+Resource+" on "+Second)).
		When().Then(scheduler.Nothing()).
		Run(t)
	scheduler.Given("SAPHanaTopology is probed last, and is not running", late).
		When().
		Then(scheduler.InOrder("monitor "+topology+" on "+First, "stop "+Resource+" on "+First, "start "+Resource+" on "+First)).
		Run(t)
}
