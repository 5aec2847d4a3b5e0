package scenario

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Lanes runs scenarios in several laboratories at once, a runner each. Scenarios of one kit stay together, in their
// order. Where bars count, scenarios that have one run before all others and one at a time, so that nothing else is
// measured with them. Out gets the text of a scenario while it runs alone, else when it has ended. The results are in
// the order of the scenarios; what had not begun when ctx ended has none.
func Lanes(ctx context.Context, runners []*Runner, chosen []Scenario, out io.Writer) []Result {
	l := lanes{chosen: chosen, results: make([]*Result, len(chosen)), out: out}
	var alone, others []int
	for i, s := range chosen {
		if len(runners) == 1 || runners[0].Bars && s.Bar != (Bar{}) {
			alone = append(alone, i)
		} else {
			others = append(others, i)
		}
	}
	for _, group := range groups(chosen, alone) {
		l.run(ctx, runners[0], group, true)
	}
	work := make(chan []int)
	var all sync.WaitGroup
	for _, r := range runners {
		all.Go(func() {
			for group := range work {
				l.run(ctx, r, group, false)
			}
		})
	}
	for _, group := range groups(chosen, others) {
		work <- group
	}
	close(work)
	all.Wait()
	var done []Result
	for _, result := range l.results {
		if result != nil {
			done = append(done, *result)
		}
	}
	return done
}

// groups sorts scenarios, given by their index, by kit; the kits are in the order of their first scenario.
func groups(chosen []Scenario, which []int) [][]int {
	var list [][]int
	for _, i := range which {
		at := slices.IndexFunc(list, func(group []int) bool { return chosen[group[0]].Kit.Name == chosen[i].Kit.Name })
		if at < 0 {
			list = append(list, nil)
			at = len(list) - 1
		}
		list[at] = append(list[at], i)
	}
	return list
}

// lanes is a run of many scenarios.
type lanes struct {
	chosen  []Scenario
	results []*Result

	mu    sync.Mutex
	out   io.Writer
	ended int
}

// run runs a group one after the other. Alone, its text is seen while it runs.
func (l *lanes) run(ctx context.Context, r *Runner, group []int, alone bool) {
	for _, i := range group {
		if ctx.Err() != nil {
			return
		}
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
