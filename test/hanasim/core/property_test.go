package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// world is a primary and a secondary with a network between them that loses whole connections, and a client
// that remembers what was acknowledged.
type world struct {
	now       time.Time
	mode      Mode
	primary   Log
	source    Source
	secondary Log
	target    Target
	// inFlight is sent and not received; acks are received and not yet heard of.
	inFlight []Entry
	acks     []uint64
	plan     *Plan
	// reports wait for the HA/DR provider: 0 for SOK, or the number of a loss. told is what the cluster was told last.
	reports []int
	told    bool
	acked   uint64
	next    int
}

func newWorld(mode Mode) *world {
	w := &world{now: time.Unix(1e9, 0), mode: mode}
	w.primary.Begin(1)
	w.source = Source{Log: &w.primary, Timeout: 30 * time.Second}
	w.target = Target{Log: &w.secondary}
	w.source.Expect(2, "ROT", mode, false)
	return w
}

func (w *world) connected() bool { return w.source.Links()[0].Connected() }

func (w *world) connect() {
	if w.connected() {
		return
	}
	plan, ok := w.source.Connect(2, w.secondary.Turns, w.secondary.Last(), w.target.Usable())
	if !ok {
		panic("not registered")
	}
	if plan.Full {
		w.reports = append(w.reports, w.source.Loss(2))
	}
	common, _ := w.primary.Common(w.secondary.Turns, w.secondary.Last())
	w.target.Start(plan, w.primary.Turns, common)
	w.plan, w.inFlight, w.acks = &plan, nil, nil
}

func (w *world) send() { w.inFlight = append(w.inFlight, w.source.Next(2, 2)...) }

func (w *world) receive() {
	if !w.connected() {
		return
	}
	if len(w.inFlight) > 0 {
		if err := w.target.Take(w.inFlight[:1]); err != nil {
			panic(err)
		}
		w.inFlight = w.inFlight[1:]
	}
	if w.plan.Full && w.secondary.Last() == w.primary.Last() {
		w.target.Finish()
	}
	if w.target.Usable() {
		w.acks = append(w.acks, w.secondary.Last())
	}
}

func (w *world) hear() {
	if len(w.acks) == 0 {
		return
	}
	if w.source.Ack(2, w.acks[0], w.now) {
		w.reports = append(w.reports, 0)
	}
	w.acks = w.acks[1:]
}

func (w *world) lose() {
	if w.connected() {
		w.drop("CONNECTION CLOSED")
	}
}

func (w *world) drop(details string) {
	if w.source.Lose(2, details) {
		w.reports = append(w.reports, w.source.Loss(2))
	}
	w.inFlight, w.acks = nil, nil
}

// report is the return of the HA/DR provider's oldest call: the cluster knows.
func (w *world) report() {
	if len(w.reports) == 0 {
		return
	}
	w.told = w.reports[0] == 0
	if !w.told {
		w.source.Reported(2, w.reports[0])
	}
	w.reports = w.reports[1:]
}

func (w *world) tick() {
	w.now = w.now.Add(20 * time.Second)
	if len(w.source.Overdue(w.now)) > 0 {
		w.drop("CONNECTION TIMEOUT")
	}
}

func (w *world) write() {
	w.next++
	w.source.Write(Row{Table: "T", Values: []string{fmt.Sprint(w.next)}}, w.now)
}

func (w *world) restart() {
	inSync := w.source.Links()[0].InSync
	w.source = Source{Log: &w.primary, Timeout: 30 * time.Second}
	w.source.Expect(2, "ROT", w.mode, inSync)
	// The calls of a nameserver that died are never made.
	w.inFlight, w.acks, w.reports = nil, nil, nil
}

func (w *world) actions() map[string]func(*rapid.T) {
	step := func(do func()) func(*rapid.T) {
		return func(t *rapid.T) {
			do()
			w.acked = max(w.acked, w.source.Released())
		}
	}
	return map[string]func(*rapid.T){
		"connect": step(w.connect), "send": step(w.send), "receive": step(w.receive), "hear": step(w.hear), "lose": step(w.lose),
		"report": step(w.report), "tick": step(w.tick), "write": step(w.write), "restart": step(w.restart),
	}
}

// While the cluster believes that the secondary is in sync, the secondary has every acknowledged row: whenever a
// takeover is allowed, it loses nothing.
func TestNoAcknowledgedRowIsLostWhileTheClusterSaysSOK(t *testing.T) {
	for _, mode := range []Mode{Sync, SyncMem} {
		rapid.Check(t, func(t *rapid.T) {
			w := newWorld(mode)
			actions := w.actions()
			actions[""] = func(t *rapid.T) {
				if w.told && (w.secondary.Last() < w.acked || w.secondary.Loading) {
					t.Fatalf("acknowledged up to %d, the secondary has %d of %d", w.acked, w.secondary.Last(), w.primary.Last())
				}
				if last := w.secondary.Last(); last > 0 {
					require.Equal(t, w.primary.Entries[:last], w.secondary.Entries)
				}
			}
			t.Repeat(actions)
		})
	}
}

// With full sync, not even a reported loss releases a row that the secondary lacks.
func TestFullSyncAcknowledgesNothingAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(Sync)
		w.source.FullSync = true
		actions := w.actions()
		delete(actions, "restart")
		actions[""] = func(t *rapid.T) {
			if !w.secondary.Loading && w.secondary.Last() < w.source.Released() {
				t.Fatalf("released %d, the secondary has %d", w.source.Released(), w.secondary.Last())
			}
		}
		t.Repeat(actions)
	})
}

// A primary always gets on with its work in the end: a lost secondary never holds up commits for ever.
func TestALostSecondaryIsNotWaitedForForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(Sync)
		actions := w.actions()
		t.Repeat(actions)
		w.lose()
		w.write()
		w.tick()
		w.tick()
		for len(w.reports) > 0 {
			w.report()
		}
		require.Equal(t, w.primary.Last(), w.source.Released())
	})
}
