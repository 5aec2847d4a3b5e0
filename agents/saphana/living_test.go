package saphana

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/ocf"
)

// A demoted database goes on as primary: only one that was stopped, or is known to be down, leaves its place.
func TestNoTakeoverFromADatabaseThatMayStillBePrimary(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		partner Node
		refused bool
	}{
		"row 104: demoted, and its attributes are lost, ours: refused": {Node{Online: true, Started: true, CloneState: "DEMOTED"}, true},
		"demoted, and not even that is known":                          {Node{Online: true, Started: true}, true},
		"demoted, and it runs":                                         {Node{Online: true, Started: true, CloneState: "DEMOTED", Roles: primaryUp, Score: "150"}, true},
		"demoted, and its state is not known":                          {Node{Online: true, Started: true, CloneState: "DEMOTED", Roles: "0:P:master1::worker:"}, true},
		"found running, and never promoted":                            {Node{Online: true, Started: true, Roles: primaryUp}, true},
		"demoted, because its monitor found it down":                   {Node{Online: true, Started: true, CloneState: "DEMOTED", Roles: primaryUp, Score: scoreYield}, false},
		"demoted, and the topology found it down":                      {Node{Online: true, Started: true, CloneState: "DEMOTED", Roles: primaryDown, Score: "150"}, false},
		"stopped, and the topology has not seen it":                    {Node{Online: true, CloneState: "UNDEFINED", Roles: primaryUp, Score: "150"}, false},
		"it waits for the arbitration, so it is down":                  {Node{Online: true, Started: true, CloneState: "WAITING4LPA", Roles: primaryUp}, false},
		"a secondary by now":                                           {Node{Online: true, Started: true, CloneState: "DEMOTED", Roles: secondaryUp}, false},
		"its node is lost, and fenced":                                 {Node{Started: true, CloneState: "DEMOTED", Roles: primaryUp}, false},
		"never started there, as on a node in standby":                 {Node{Online: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := steadySecondary()
			o.Occasion, c.partner.Name = Promote, o.Partner.Name
			o.Partner = c.partner
			v := Decide(o)
			if !c.refused {
				require.Equal(t, AwaitPermission, v.Next)
				return
			}
			require.Equal(t, Done, v.Next)
			require.Equal(t, ocf.ErrGeneric, v.Code)
			require.Contains(t, v.Reason, "no takeover: the database on")
			require.Equal(t, o.Own.LPT, o.Apply(v).Own.LPT)
		})
	}
}

// When the attribute daemon dies, all that Pacemaker knows of a primary is gone: its next monitor brings back what keeps
// it promoted, before the topology's agent has run.
func TestALostScoreComesBackWithTheNextMonitor(t *testing.T) {
	t.Parallel()
	in(t, func(w *world) {
		for _, name := range []string{"roles", "clone_state", "sync_state", "sra", "srah"} {
			w.Reboot("suse01", name, "")
		}
		w.score("")
		require.Contains(t, w.wrote(func() { w.Call(t, "monitor") }), "score=150")
	})
}

func TestWhatStartedAResourceIsItsLastOperation(t *testing.T) {
	t.Parallel()
	op := func(call, task, interval, rc string) crm.Operation {
		return crm.Operation{Node: "n", Resource: "r", Call: call, Task: task, Interval: interval, RC: rc}
	}
	for name, c := range map[string]struct {
		operations []crm.Operation
		want       bool
	}{
		"none":                        {nil, false},
		"a probe that found it":       {[]crm.Operation{op("5", "monitor", "0", "8")}, true},
		"a probe that did not":        {[]crm.Operation{op("5", "monitor", "0", "7")}, false},
		"a start":                     {[]crm.Operation{op("9", "start", "0", "0"), op("10", "monitor", "12000", "7")}, true},
		"a start that failed":         {[]crm.Operation{op("9", "start", "0", "7")}, false},
		"a promote that failed":       {[]crm.Operation{op("9", "promote", "0", "1")}, true},
		"a demote":                    {[]crm.Operation{op("11", "demote", "0", "0"), op("10", "start", "0", "7")}, true},
		"a stop after a failed start": {[]crm.Operation{op("9", "start", "0", "7"), op("10", "stop", "0", "0")}, false},
		"another resource's": {[]crm.Operation{
			{Node: "n", Resource: "other", Call: "9", Task: "start", Interval: "0", RC: "0"},
			{Node: "m", Resource: "r", Call: "9", Task: "start", Interval: "0", RC: "0"},
		}, false},
		"an instance with its number": {[]crm.Operation{{Node: "n", Resource: "r:1", Call: "9", Task: "start", Interval: "0", RC: "0"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, started(c.operations, "n", "r"))
		})
	}
}
