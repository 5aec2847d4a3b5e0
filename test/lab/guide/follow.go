package guide

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ocfbox/test/lab/cluster"
)

// A row is a milestone of a trajectory: what holds on the first and on the second node at the same time.
type row struct {
	// What happens, as the specification's table says.
	What string
	// A and B are the cells of the nodes, such as "CS PROMOTED, SC 150"; empty is anything.
	A, B string
	// Brief is a milestone that may pass between two looks: it is skipped when a later one is seen.
	Brief bool
}

// lookEvery is how often the cluster's attributes are read.
const lookEvery = 400 * time.Millisecond

// A follower keeps every state that the cluster was seen in.
type follower struct {
	mu     sync.Mutex
	states []state
}

// follow reads the attributes until ctx ends.
func (f *follower) follow(ctx context.Context, lab *cluster.Lab) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if s, err := look(ctx, lab); err == nil {
			f.add(s)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look asks the first node that answers.
func look(ctx context.Context, lab *cluster.Lab) (state, error) {
	nodes, err := lab.Running(ctx)
	if err != nil {
		return nil, err
	}
	err = fmt.Errorf("no node is on")
	for _, n := range nodes {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		var text string
		text, err = lab.Look(ctx, n, "cibadmin", "--query", "--local")
		cancel()
		if err == nil {
			return readState(text)
		}
	}
	return nil, err
}

func (f *follower) add(s state) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.states); n > 0 && f.states[n-1].String() == s.String() {
		return
	}
	f.states = append(f.states, s)
}

// seen returns the states from an index on.
func (f *follower) seen(from int) []state {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.states[min(from, len(f.states)):]
}

// now is the index of the latest state.
func (f *follower) now() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(0, len(f.states)-1)
}

// A walk is where the checking of a trajectory has come to.
type walk struct {
	rows []row
	// next is the first row that is not reached, at the first state that is not looked at.
	next, at int
	// missed are brief rows that nobody saw; why is what the next row lacked last.
	missed []string
	why    string
}

// see takes the states that are new; a is the node of the first column, b that of the second. It returns the rows
// that were reached.
func (w *walk) see(states []state, a, b string) []row {
	var reached []row
	for _, s := range states {
		for w.next < len(w.rows) {
			i := w.match(s, a, b)
			if i < 0 {
				break
			}
			for _, skipped := range w.rows[w.next:i] {
				w.missed = append(w.missed, skipped.What)
			}
			reached = append(reached, w.rows[i])
			w.next = i + 1
		}
		w.at++
	}
	return reached
}

// match finds the row that a state reaches: the next one, or a later one with only brief ones before.
func (w *walk) match(s state, a, b string) int {
	for i := w.next; i < len(w.rows); i++ {
		lacking := fits(w.rows[i].A, s[a])
		if lacking != "" {
			lacking = a + ": " + lacking
		} else if lacking = fits(w.rows[i].B, s[b]); lacking != "" {
			lacking = b + ": " + lacking
		}
		if lacking == "" {
			return i
		}
		if i == w.next {
			w.why = lacking
		}
		if !w.rows[i].Brief {
			return -1
		}
	}
	return -1
}

func (w *walk) done() bool { return w.next == len(w.rows) }
