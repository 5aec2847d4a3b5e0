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
// order. Out gets the text of each scenario when that has ended, and a line when it begins; the results are in the
// order of the scenarios. What had not begun when ctx ended has no result.
func Lanes(ctx context.Context, runners []*Runner, chosen []Scenario, out io.Writer) []Result {
	work := make(chan []int)
	results := make([]*Result, len(chosen))
	sayer := printer{out: out, total: len(chosen)}
	var lanes sync.WaitGroup
	for _, r := range runners {
		lanes.Go(func() {
			for group := range work {
				for _, i := range group {
					if ctx.Err() == nil {
						results[i] = sayer.run(ctx, r, chosen[i])
					}
				}
			}
		})
	}
	for _, group := range groups(chosen) {
		work <- group
	}
	close(work)
	lanes.Wait()
	var done []Result
	for _, result := range results {
		if result != nil {
			done = append(done, *result)
		}
	}
	return done
}

// groups are the indices of scenarios by kit, the kits in the order of their first scenario.
func groups(chosen []Scenario) [][]int {
	var list [][]int
	for i, s := range chosen {
		at := slices.IndexFunc(list, func(group []int) bool { return chosen[group[0]].Kit.Name == s.Kit.Name })
		if at < 0 {
			list = append(list, nil)
			at = len(list) - 1
		}
		list[at] = append(list[at], i)
	}
	return list
}

// A printer keeps the texts of scenarios apart that run at once.
type printer struct {
	mu    sync.Mutex
	out   io.Writer
	total int
	ended int
}

func (p *printer) run(ctx context.Context, r *Runner, s Scenario) *Result {
	p.say("%s begins\n", s.Name)
	var text bytes.Buffer
	r.Out = &text
	result := r.Run(ctx, s)
	p.mu.Lock()
	p.ended++
	ended := p.ended
	p.mu.Unlock()
	p.say("%s[%d of %d]\n", text.String(), ended, p.total)
	return &result
}

func (p *printer) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Nobody is left to tell when the terminal is gone.
	_, _ = fmt.Fprintf(p.out, format, args...)
}
