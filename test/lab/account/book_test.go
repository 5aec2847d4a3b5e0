package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A recorded table is what /proc held when the events were recorded.
type recorded struct {
	images map[int]image
	cpu    time.Duration
}

func (r *recorded) name(pid int) string                 { return r.images[pid].path }
func (r *recorded) path(pid int) string                 { return r.images[pid].path }
func (r *recorded) image(pid int) image                 { return r.images[pid] }
func (r *recorded) space(int) string                    { return "pid:[7]" }
func (r *recorded) waited(int) (time.Duration, bool)    { return r.cpu, true }
func (r *recorded) executes(pid int, path string) event { return r.runs(pid, image{path: path}) }

func (r *recorded) runs(pid int, i image) event {
	r.images[pid] = i
	return event{kind: executed, process: pid}
}

func fork(parent, child int) event { return event{kind: forked, parent: parent, process: child} }

func exit(pid, code int) event {
	return event{kind: ended, process: pid, status: unix.WaitStatus(code << 8)}
}

func took(pid int, cpu time.Duration, name string) event {
	return event{kind: spent, process: pid, cpu: cpu, name: name}
}

const daemon = 100

// agentImage is that of a promoted database's monitor.
var agentImage = image{
	path: agentFolder + "suse/SAPHana", args: []string{"/bin/bash", agentFolder + "suse/SAPHana", "monitor"},
	env: map[string]string{
		"OCF_RESOURCE_INSTANCE": "hana:0", "OCF_RESOURCE_TYPE": "SAPHana", "OCF_RESKEY_CRM_meta_interval": "10000",
		"OCF_RESKEY_CRM_meta_role": "Promoted",
	},
}

// keepBook writes down one event a millisecond, the first at second 1, of a node with an executor.
func keepBook(t *testing.T, events func(r *recorded) []event) Ledger {
	t.Helper()
	r := &recorded{images: map[int]image{daemon: {path: executor}}, cpu: time.Second}
	b := newBook(r)
	b.nodes["pid:[7]"] = "a"
	at := time.Second
	b.add(event{kind: executed, at: at, process: daemon})
	// Images are there from the moment of their event on.
	for _, e := range events(r) {
		at += time.Millisecond
		e.at = at
		b.add(e)
	}
	r.cpu += 30 * time.Millisecond
	return b.ledger(start)
}

func TestAnOperationAndItsPrograms(t *testing.T) {
	l := keepBook(t, func(r *recorded) []event {
		return []event{
			fork(daemon, 1), r.runs(1, agentImage),
			fork(1, 2), r.executes(2, "/bin/su"), fork(2, 3), r.executes(3, "/usr/sap/HA1/HDB00/HDBSettings.sh"),
			fork(3, 4), r.executes(4, "/usr/bin/python"), took(4, time.Millisecond, "python"), exit(4, 0), exit(3, 0), exit(2, 0),
			fork(1, 5), r.executes(5, "/usr/sbin/crm_attribute"), exit(5, 0),
			fork(1, 6), exit(6, 0),
			took(1, 2*time.Millisecond, "SAPHana"), exit(1, 8),
			fork(50, 51), r.executes(51, "/usr/sbin/cibadmin"), exit(51, 0),
		}
	})
	require.Empty(t, l.Incomplete)
	require.Len(t, l.Ops, 1)
	o := l.Ops[0]
	require.Equal(t, []any{"a", "hana", "SAPHana", "monitor", 10 * time.Second, 8, 8},
		[]any{o.Node, o.Resource, o.Agent, o.Action, o.Interval, o.Code, o.Expected})
	require.False(t, o.Failed())
	require.Equal(t, []time.Time{at(1.001), at(1.019)}, []time.Time{o.Began, o.Ended})
	require.Equal(t, 4, o.Programs)
	require.Equal(t, 3*time.Millisecond, o.CPU)
	require.Equal(t, spans(1.006, 1.011), o.SAP)
	require.Equal(t, spans(1.014, 1.015), o.Tools)
	require.Equal(t, Totals{Operations: 1, Programs: 4, CPU: 30 * time.Millisecond}, l.Nodes["a"])
}

func TestADaemonIsNoTool(t *testing.T) {
	l := keepBook(t, func(r *recorded) []event {
		return []event{
			fork(daemon, 1), r.runs(1, agentImage),
			fork(1, 2), r.executes(2, "/usr/sap/hostctrl/exe/sapstartsrv"),
			fork(2, 3), r.executes(3, "/bin/sh"), took(3, time.Second, "sh"), exit(3, 0),
			exit(1, 0),
			fork(2, 4), r.executes(4, "/bin/sh"), exit(4, 0),
		}
	})
	require.Equal(t, 1, l.Ops[0].Programs, "the daemon was started by the agent, its programs were not")
	require.Zero(t, l.Ops[0].SAPTime())
	require.Zero(t, l.Ops[0].CPU)
}

func TestAnAgentThatIsKilledHasNoCode(t *testing.T) {
	l := keepBook(t, func(r *recorded) []event {
		return []event{
			fork(daemon, 1), r.runs(1, agentImage), fork(1, 2), r.executes(2, "/usr/sap/HA1/HDB00/HDB"),
			{kind: ended, process: 1, status: unix.WaitStatus(unix.SIGKILL)},
			{kind: ended, process: 2, status: unix.WaitStatus(unix.SIGKILL)},
		}
	})
	require.Equal(t, int(unix.SIGKILL), l.Ops[0].Signal)
	require.True(t, l.Ops[0].Failed())
	require.Equal(t, spans(1.004, 1.005), l.Ops[0].SAP, "what was killed with it was no daemon")
}

func TestAProgramThatCouldNotBeLookedAtHasItsThreadsName(t *testing.T) {
	l := keepBook(t, func(r *recorded) []event {
		return []event{
			fork(daemon, 1), r.runs(1, agentImage), fork(1, 2), r.executes(2, ""), took(2, 0, "cibadmin"), exit(2, 0), exit(1, 8),
		}
	})
	require.Equal(t, spans(1.004, 1.006), l.Ops[0].Tools)
}

func TestAnAgentThatCouldNotBeLookedAtIsSaid(t *testing.T) {
	l := keepBook(t, func(r *recorded) []event {
		return []event{fork(daemon, 1), r.runs(1, image{}), exit(1, 0)}
	})
	require.Len(t, l.Ops, 1)
	require.Contains(t, l.Incomplete, "on a ended before it could be looked at")
}

func TestWhatIsNoOperationIsNotInTheLedger(t *testing.T) {
	for name, events := range map[string]func(r *recorded) []event{
		"a program of the daemon that is no agent": func(r *recorded) []event {
			return []event{fork(daemon, 1), r.executes(1, "/bin/true"), exit(1, 0)}
		},
		"a child of the daemon that executes nothing": func(*recorded) []event {
			return []event{fork(daemon, 1), exit(1, 0)}
		},
		"an operation that has not ended": func(r *recorded) []event {
			return []event{fork(daemon, 1), r.runs(1, agentImage)}
		},
		"an agent that somebody else calls": func(r *recorded) []event {
			return []event{fork(50, 1), r.runs(1, agentImage), exit(1, 0)}
		},
		"a number of a process that is used again": func(r *recorded) []event {
			return []event{exit(daemon, 0), fork(50, daemon), fork(daemon, 1), r.runs(1, agentImage), exit(1, 0)}
		},
	} {
		t.Run(name, func(t *testing.T) { require.Empty(t, keepBook(t, events).Ops) })
	}
}

func TestWhatCountsAsFailed(t *testing.T) {
	for _, c := range []struct {
		name string
		op   Operation
		want bool
	}{
		{"a probe that finds nothing", Operation{Action: "monitor", Code: 7}, false},
		{"a probe that finds it promoted", Operation{Action: "monitor", Code: 8}, false},
		{"a probe that cannot tell", Operation{Action: "monitor", Code: 1}, true},
		{"a probe that was killed", Operation{Action: "monitor", Signal: 9}, true},
		{"a monitor that finds nothing", Operation{Action: "monitor", Interval: 1, Code: 7}, true},
		{"a monitor that finds another role", Operation{Action: "monitor", Interval: 1, Expected: 8}, true},
		{"a stop that fails", Operation{Action: "stop", Code: 1}, true},
	} {
		require.Equal(t, c.want, c.op.Failed(), c.name)
	}
}

func TestClasses(t *testing.T) {
	for path, want := range map[string]class{
		"/usr/sap/HA1/HDB00/exe/hdbnsutil": sap, "/usr/sap/hostctrl/exe/saphostctrl": sap, "hdbnsutil": sap,
		"/hana/shared/HA1/exe/linuxx86_64/hdb/Python/bin/python": sap, "/usr/sbin/crm_attribute": tool, "cibadmin": tool,
		"/bin/su": other, "/usr/bin/python3": other, "": other,
	} {
		require.Equal(t, want, classify(path), path)
	}
	require.Equal(t, sap, sap.within("/usr/sbin/crm_attribute"))
	require.Equal(t, tool, tool.within("/bin/sh"))
}
