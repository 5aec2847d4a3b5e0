package scenario

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Lanes runs scenarios in several laboratories at once, a runner each. Where bars count, scenarios that have one run
// before all others and one at a time, so that nothing else is measured with them. Out gets the text of a scenario
// while it runs alone, else when it has ended. The results are in the order of the scenarios; what had not begun when
// ctx ended has none.
func Lanes(ctx context.Context, runners []*Runner, chosen []Scenario, out io.Writer) []Result {
	l := lanes{chosen: chosen, results: make([]*Result, len(chosen)), out: out}
	var alone, others queue
	for i, s := range chosen {
		if len(runners) == 1 || runners[0].Bars && s.Bar != (Bar{}) {
			alone.add(i, s.Kit.Name)
		} else {
			others.add(i, s.Kit.Name)
		}
	}
	l.run(ctx, runners[0], &alone, true)
	var all sync.WaitGroup
	for _, r := range runners {
		all.Go(func() { l.run(ctx, r, &others, false) })
	}
	all.Wait()
	var done []Result
	for _, result := range l.results {
		if result != nil {
			done = append(done, *result)
		}
	}
	return done
}

// A queue hands out scenarios, by their index, so that laboratories are rebuilt rarely.
type queue struct {
	mu      sync.Mutex
	waiting []waiting
	// begun counts the lanes that have come to a kit.
	begun map[string]int
}

type waiting struct {
	index int
	kit   string
}

func (q *queue) add(index int, kit string) { q.waiting = append(q.waiting, waiting{index, kit}) }

// next is the next scenario for a lane whose laboratory is of a kit: one of that kit, or else of the kit that the
// fewest lanes have come to, in the order of adding. It returns false when there is none left.
func (q *queue) next(kit string) (index int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return 0, false
	}
	at := slices.IndexFunc(q.waiting, func(w waiting) bool { return w.kit == kit })
	if at < 0 {
		at = 0
		for i, w := range q.waiting {
			if q.begun[w.kit] < q.begun[q.waiting[at].kit] {
				at = i
			}
		}
		if q.begun == nil {
			q.begun = map[string]int{}
		}
		q.begun[q.waiting[at].kit]++
	}
	chosen := q.waiting[at]
	q.waiting = slices.Delete(q.waiting, at, at+1)
	return chosen.index, true
}

// lanes is a run of many scenarios.
type lanes struct {
	chosen  []Scenario
	results []*Result

	mu    sync.Mutex
	out   io.Writer
	ended int
}

// noKit is what a lane has before its first scenario.
const noKit = "\x00"

// run runs what a queue holds one after the other. Alone, the text is seen while it runs.
func (l *lanes) run(ctx context.Context, r *Runner, q *queue, alone bool) {
	kit := noKit
	for ctx.Err() == nil {
		i, ok := q.next(kit)
		if !ok {
			return
		}
		kit = l.chosen[i].Kit.Name
		var text bytes.Buffer
		r.Out = l.out
		if !alone {
			l.say("%s begins\n", l.chosen[i].Name)
			r.Out = &text
		}
		result := r.Run(ctx, l.chosen[i])
		l.results[i] = &result
		l.say("%s[%d of %d]\n", text.String(), l.count(), len(l.chosen))
	}
}

func (l *lanes) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended++
	return l.ended
}

func (l *lanes) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Nobody is left to tell when the terminal is gone.
	_, _ = fmt.Fprintf(l.out, format, args...)
}
