package synccheck

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

// Every row C1 to C10 of replication-checker.md's test matrix has its name here, but for C9, which is a tool's. Where
// ours answers otherwise on purpose the name says so.
func TestMatrix(t *testing.T) {
	t.Run("starting and stopping", rowsOfActions)
	t.Run("the primary dies", rowsOfDeath)
	t.Run("resync and split brain", rowsOfResync)
	t.Run("the link", rowsOfLink)
}

func rowsOfActions(t *testing.T) {
	both(t, "row C1: start, monitor and stop set, change and remove the attributes, and write only changes", func(w *world) {
		a, b := w.nodes[alfa], w.nodes[bravo]
		require.Equal(w.t, "UP", w.value(alfa, "-link"))
		require.Equal(w.t, "0", w.value(bravo, "-oos"))
		require.Empty(w.t, w.value(bravo, "-since"))
		a.forget()
		w.monitors(alfa)
		require.Empty(w.t, a.wrote())
		w.situation("09-link-cut-written")
		a.forget()
		w.monitors(alfa)
		require.ElementsMatch(w.t, []string{"@bravo=SFAIL", "-link=DOWN", "-oos=30276", "-since=" + w.value(alfa, "-since")}, changed(a.wrote(), "-oos=", "-oos=30276"))
		w.monitors(bravo)
		require.NotEmpty(w.t, w.value(bravo, "-since"))
		w.situation("12-resynced")
		w.monitors(alfa, bravo, alfa)
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
		require.Empty(w.t, w.value(bravo, "-since")+w.value(alfa, "-since"))
		require.Equal(w.t, ocf.Success, b.Call(w.t, "stop").Code)
		for _, name := range []string{"", "-link", "-oos", "-since"} {
			require.Empty(w.t, w.value(bravo, name), name)
		}
		require.Equal(w.t, ocf.NotRunning, b.Call(w.t, "monitor").Code)
		require.Equal(w.t, ocf.Success, b.Call(w.t, "stop").Code, "a second stop")
	})
	both(t, "row C1, ours: a primary's state stays when the agent stops, so that its service does", func(w *world) {
		require.Equal(w.t, ocf.Success, w.nodes[alfa].Call(w.t, "stop").Code)
		require.Equal(w.t, StatePrimary, w.states()[0])
		require.Empty(w.t, w.value(alfa, "-link"))
		require.Equal(w.t, ocf.Success, w.nodes[alfa].Call(w.t, "start").Code)
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
	})
	both(t, "row C1, ours: everything is written once more after ten minutes", func(w *world) {
		a := w.nodes[alfa]
		time.Sleep(9 * time.Minute)
		a.forget()
		w.monitors(alfa)
		require.Empty(w.t, a.wrote())
		time.Sleep(time.Minute)
		a.forget()
		w.monitors(alfa)
		require.ElementsMatch(w.t, []string{"=PRIM", "-link=UP", "-oos=0"}, a.wrote())
	})
	both(t, "row C2: fail_on empty gives 0, and DEGRADED 1 with its reason", func(w *world) {
		w.situation("08-link-cut")
		a := w.nodes[alfa]
		require.Equal(w.t, ocf.Success, a.Call(w.t, "monitor").Code)
		a.Params["fail_on"] = "DEGRADED SPLIT-BRAIN"
		result := a.Call(w.t, "monitor")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "r0 is DEGRADED: ")
		a.Params["fail_on"] = "SYNCING,UNKNOWN"
		require.Equal(w.t, ocf.Success, a.Call(w.t, "monitor").Code)
	})
	both(t, "row C2: degraded_rc is what a degraded state gives", func(w *world) {
		a := w.nodes[alfa]
		for text, code := range map[string]ocf.Code{"0": ocf.Success, "1": ocf.ErrGeneric, "190": ocf.Degraded} {
			a.Params["degraded_rc"] = text
			w.situation("05-healthy")
			require.Equal(w.t, ocf.Success, a.Call(w.t, "monitor").Code)
			w.situation("08-link-cut")
			require.Equal(w.t, code, a.Call(w.t, "monitor").Code)
		}
	})
	both(t, "row C3, ours: there is no helper to be killed or stopped; a killed monitor leaves what the next one mends", func(w *world) {
		w.situation("09-link-cut-written")
		w.nodes[alfa].forget()
		w.monitors(alfa)
		for _, line := range w.nodes[alfa].ran() {
			require.Regexp(w.t, "^(drbdsetup|cibadmin|crm_attribute) ", line, "no program stays behind")
		}
		// As if it had been killed before it wrote.
		w.set(bravo, "", string(StateSync))
		w.monitors(alfa)
		require.Equal(w.t, StateFail, w.states()[1])
	})
}

// changed is the list with the entry that begins so replaced: 9 counts another amount than 8.4.
func changed(list []string, begin, with string) []string {
	var all []string
	for _, entry := range list {
		if len(entry) > len(begin) && entry[:len(begin)] == begin {
			entry = with
		}
		all = append(all, entry)
	}
	return all
}

func rowsOfDeath(t *testing.T) {
	both(t, "row C4: the primary dies, and the secondary stays SOK", func(w *world) {
		w.cluster.Crash(alfa)
		w.sees(bravo, "25-primary-killed")
		for range 10 {
			w.monitors(bravo)
			require.Equal(w.t, StateSync, w.states()[1])
			time.Sleep(10 * time.Second)
		}
		require.NotEmpty(w.t, w.value(bravo, "-since"))
	})
	both(t, "row C4: DRBD notices the death before the cluster does", func(w *world) {
		w.sees(bravo, "25-primary-killed")
		w.monitors(bravo)
		require.Equal(w.t, StateUnknown, w.states()[1])
		w.cluster.Crash(alfa)
		w.monitors(bravo)
		require.Equal(w.t, StateSync, w.states()[1])
		w.sees(bravo, "26-survivor-primary")
		w.monitors(bravo)
		require.Equal(w.t, StatePrimary, w.states()[1])
	})
	both(t, "row C4: the cluster notices the death while the secondary waits for it", func(w *world) {
		w.sees(bravo, "25-primary-killed")
		time.AfterFunc(7500*time.Millisecond, func() { w.cluster.Crash(alfa) })
		began := time.Now()
		w.monitors(bravo)
		require.Equal(w.t, StateSync, w.states()[1])
		require.Equal(w.t, 8*time.Second, time.Since(began))
	})
	both(t, "row C4: the cluster notices the death before DRBD does", func(w *world) {
		w.cluster.Crash(alfa)
		w.monitors(bravo)
		w.sees(bravo, "25-primary-killed")
		w.monitors(bravo)
		require.Equal(w.t, StateSync, w.states()[1])
	})
	both(t, "row C5: the link is lost while both live, then the primary dies: SFAIL", func(w *world) {
		w.situation("09-link-cut-written")
		w.monitors(alfa)
		require.Equal(w.t, [2]State{StatePrimary, StateFail}, w.states(), "the primary says so at once")
		w.monitors(bravo)
		require.Equal(w.t, StateFail, w.states()[1])
		w.cluster.Crash(alfa)
		for range 5 {
			w.monitors(bravo)
			require.Equal(w.t, StateFail, w.states()[1])
			time.Sleep(10 * time.Second)
		}
	})
	both(t, "row C5: the secondary writes what it read before the primary spoke, and then the primary dies", func(w *world) {
		w.situation("09-link-cut-written")
		b := w.nodes[bravo]
		b.before("crm_attribute", func() { w.monitors(alfa) })
		w.monitors(bravo)
		require.Equal(w.t, StateFail, w.states()[1])
		w.cluster.Crash(alfa)
		w.monitors(bravo)
		require.Equal(w.t, StateFail, w.states()[1])
	})
	both(t, "row C5: before the primary has spoken the secondary does not call itself good either", func(w *world) {
		w.situation("09-link-cut-written")
		time.AfterFunc(5500*time.Millisecond, func() { w.monitors(alfa) })
		time.AfterFunc(5*time.Second, func() { require.Equal(w.t, StateUnknown, w.states()[1]) })
		began := time.Now()
		w.monitors(bravo)
		require.Equal(w.t, StateFail, w.states()[1])
		require.Less(w.t, time.Since(began), 7*time.Second)
	})
	both(t, "row C5: a primary that never speaks and never leaves makes it SFAIL after the time of grace", func(w *world) {
		w.situation("09-link-cut-written")
		began := time.Now()
		w.monitors(bravo)
		require.Equal(w.t, StateUnknown, w.states()[1])
		time.Sleep(time.Until(began.Add(31 * time.Second)))
		w.monitors(bravo)
		require.Equal(w.t, StateFail, w.states()[1])
		w.cluster.Crash(alfa)
		w.monitors(bravo)
		require.Equal(w.t, StateFail, w.states()[1], "too late")
	})
	both(t, "row C5: the kernel of the secondary still says Connected when the primary has spoken", func(w *world) {
		w.sees(alfa, "09-link-cut-written")
		w.monitors(alfa)
		for range 3 {
			w.monitors(bravo)
			require.Equal(w.t, StateFail, w.states()[1])
		}
		w.cluster.Crash(alfa)
		w.monitors(bravo)
		require.False(w.t, w.states()[1].usable())
	})
	both(t, "row C5: the secondary reboots, and knows nothing", func(w *world) {
		w.cluster.Crash(alfa)
		w.cluster.Crash(bravo)
		w.cluster.Start(bravo)
		w.nodes[bravo].State = w.t.TempDir()
		w.sees(bravo, "25-primary-killed")
		require.Equal(w.t, ocf.Success, w.nodes[bravo].Call(w.t, "start").Code)
		w.monitors(bravo)
		require.Equal(w.t, StateFail, w.states()[1])
		w.set(bravo, "", string(StateSync))
		w.monitors(bravo)
		require.Equal(w.t, StateSync, w.states()[1], "what the operator says after a cold start stands")
	})
}

func rowsOfResync(t *testing.T) {
	both(t, "row C6: the target of a resync is SWAIT, and SOK one interval after it is done", func(w *world) {
		w.situation("09-link-cut-written")
		w.monitors(alfa, bravo)
		w.situation("10-resync")
		w.monitors(alfa, bravo)
		require.Equal(w.t, [2]State{StatePrimary, StateWait}, w.states())
		require.NotEqual(w.t, "0", w.value(bravo, "-oos"))
		w.situation("12-resynced")
		w.monitors(bravo)
		require.Equal(w.t, StateWait, w.states()[1], "not without the primary")
		w.monitors(alfa)
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
	})
	both(t, "row C6: both secondary need nobody's word", func(w *world) {
		w.situation("16-both-secondary")
		w.set(bravo, "", string(StateWait))
		w.monitors(alfa, bravo)
		require.Equal(w.t, [2]State{StateSync, StateSync}, w.states())
	})
	both(t, "row C6: the roles change places", func(w *world) {
		w.situation("15-switched-over")
		w.monitors(bravo, alfa, bravo)
		require.Equal(w.t, [2]State{StateSync, StatePrimary}, w.states())
	})
	both(t, "row C7: two writers are SBRAIN on both nodes", func(w *world) {
		w.situation("28-split-brain-cut")
		w.monitors(alfa, bravo)
		w.situation("29-split-brain")
		for _, host := range []string{alfa, bravo} {
			w.primary(host)
		}
		w.set(alfa, "", string(StatePrimary))
		w.set(bravo, "", string(StatePrimary))
		w.monitors(alfa, bravo, alfa, bravo)
		require.Equal(w.t, [2]State{StateSplit, StateSplit}, w.states())
	})
	both(t, "row C7, ours: the sole writer of a split brain keeps its service, and the other is SBRAIN", func(w *world) {
		w.situation("29-split-brain")
		w.primary(alfa)
		w.secondary(bravo)
		w.monitors(alfa, bravo, alfa, bravo)
		require.Equal(w.t, [2]State{StatePrimary, StateSplit}, w.states())
	})
	both(t, "row C7: solved, and in sync again", func(w *world) {
		w.situation("29-split-brain")
		w.primary(alfa)
		w.secondary(bravo)
		w.monitors(alfa, bravo)
		w.situation("31-split-brain-solved")
		w.monitors(alfa, bravo, alfa)
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
	})
}

func rowsOfLink(t *testing.T) {
	for name, situation := range map[string]string{
		"the carrier is down":                             "08-link-cut",
		"ours: the port is closed, so nothing connects":   "13-peer-down",
		"the packets are lost and no path is established": "21-link-silent",
	} {
		both(t, "row C8: in mode link, "+name+": DOWN, and no failure", func(w *world) {
			a := w.nodes[alfa]
			require.Equal(w.t, ocf.Success, a.Call(w.t, "stop").Code)
			a.Params = map[string]string{"resource": "r0", "mode": "link", "attr_prefix": "watch-"}
			require.Equal(w.t, ocf.Success, a.Call(w.t, "start").Code)
			before := w.states()
			a.forget()
			w.sees(alfa, situation)
			require.Equal(w.t, ocf.Success, a.Call(w.t, "monitor").Code)
			require.Len(w.t, a.wrote(), 2)
			require.Contains(w.t, a.wrote(), "watch-r0-link=DOWN")
			require.Equal(w.t, before, w.states())
			a.Params["fail_on"] = "DEGRADED"
			require.Equal(w.t, ocf.ErrGeneric, a.Call(w.t, "monitor").Code)
		})
	}
	in(t, "row C10: a steady monitor starts one program", drbdtest.DRBD84, func(w *world) {
		for host, m := range w.nodes {
			w.monitors(host)
			m.forget()
			w.monitors(host)
			require.Equal(w.t, []string{"drbdsetup events2 --now --statistics"}, m.ran(), host)
			time.Sleep(askAgain)
			m.forget()
			w.monitors(host)
			require.Len(w.t, m.ran(), 2, "now and then the cluster is asked")
		}
	})
	in(t, "row C10: a steady monitor starts one program, 9", drbdtest.DRBD9, func(w *world) {
		m := w.nodes[bravo]
		w.monitors(bravo)
		m.forget()
		w.monitors(bravo)
		require.Equal(w.t, []string{"drbdsetup status --json"}, m.ran())
	})
}

// C10 at its size: 64 resources of 4 volumes, in one program and little time of ours.
func TestManyResourcesCostOneProgram(t *testing.T) {
	w := newWorld(t, drbdtest.DRBD84)
	m := w.nodes[bravo]
	m.Params["resource"] = "all"
	m.many(64, 4)
	require.Equal(t, ocf.Success, m.CallWith(t, "start", map[string]string{"OCF_RESKEY_CRM_meta_timeout": "120000"}).Code)
	w.monitors(bravo)
	m.forget()
	began := processorTime(t)
	w.monitors(bravo)
	spent := processorTime(t) - began
	require.Equal(t, []string{"drbdsetup events2 --now --statistics"}, m.ran())
	require.Less(t, spent, 50*time.Millisecond, "row C10: the time of one monitor's own work")
}

// many makes the machine secondary of so many resources, all in sync.
func (m *machine) many(resources, volumes int) {
	proc := "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: F73C670A7EC572DB9CF3E5B \n"
	var events strings.Builder
	for r := range resources {
		name := fmt.Sprintf("r%d", r)
		fmt.Fprintf(&events, "exists resource name:%s role:Secondary suspended:no write-ordering:flush\n", name)
		fmt.Fprintf(&events, "exists connection name:%s peer-node-id:0 conn-name:peer local:ipv4:10.0.0.2:%d peer:ipv4:10.0.0.1:%d connection:Connected role:Primary congested:no\n", name, 7788+r, 7788+r)
		for v := range volumes {
			minor := r*volumes + v
			proc += fmt.Sprintf("%2d: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n", minor)
			fmt.Fprintf(&events, "exists device name:%s volume:%d minor:%d disk:UpToDate size:1024 read:0 written:0 al-writes:0 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:no blocked:no\n", name, v, minor)
			fmt.Fprintf(&events, "exists peer-device name:%s peer-node-id:0 conn-name:peer volume:%d replication:Established peer-disk:UpToDate resync-suspended:no received:0 sent:0 out-of-sync:0 pending:0 unacked:0\n", name, v)
		}
	}
	events.WriteString("exists -\n")
	m.file("proc/drbd", proc)
	m.answer(runtest.Says(0, events.String()))
}

// processorTime is what this process has used. Other tests of the package do not run meanwhile: this one is not parallel.
func processorTime(t *testing.T) time.Duration {
	var usage unix.Rusage
	require.NoError(t, unix.Getrusage(unix.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
