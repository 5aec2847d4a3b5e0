package saphana

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// lateness is how long a slow command takes: less than any limit, of which the poll's five seconds are the
// shortest.
const lateness = 4 * time.Second

// A late runner has one slow command.
type late struct {
	run.Runner
	command string

	mu    sync.Mutex
	calls int
}

// Run runs c, and the slow command after a pause, which the deadline may end.
func (l *late) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	// The tools of the user are behind setpriv, and a script is behind python.
	words := append([]string{c.Path}, c.Args...)
	if !slices.ContainsFunc(words, func(word string) bool { return filepath.Base(word) == l.command }) {
		return l.Runner.Run(ctx, c)
	}
	l.mu.Lock()
	l.calls++
	l.mu.Unlock()
	hana.Pause(ctx, lateness)
	if ctx.Err() != nil {
		return runtest.Fails(run.ErrTimeout)(ctx, c)
	}
	return l.Runner.Run(ctx, c)
}

// An aftermath is what an action leaves.
type aftermath struct {
	Result  ocftest.Result
	Wrote   []string
	Asked   []string
	Control []string
}

// slowTimeout is the shortest time-out that is recommended for an action.
func slowTimeout(action string) time.Duration {
	switch action {
	case "validate-all", "reload":
		return 5 * time.Second
	case "monitor", "probe":
		return 60 * time.Second
	}
	return 320 * time.Second
}

// played is what an action leaves in a world of its own, with one slow command or none.
func played(t *testing.T, action, role, command string, slow bool) (left aftermath, calls int, took time.Duration) {
	w := newWorld(t)
	w.stage(t, action, role, command)
	// A primary writes the time, were it only this second's.
	time.Sleep(time.Second)
	runner := &late{Runner: w.Cluster}
	if slow {
		runner.command = command
	}
	w.Runner = runner
	began := time.Now()
	left.Wrote = w.wrote(func() { left.Result = w.act(t, action, slowTimeout(action)) })
	slices.Sort(left.Wrote)
	// What is said on the way has times in it.
	left.Result.Stderr = ""
	left.Asked, left.Control = slices.Sorted(slices.Values(w.Asked())), w.control()
	return left, runner.calls, time.Since(began)
}

// A command that answers late answers: the action ends in time, with the same code and reason as with a quick
// one, and has written, asked and changed the same.
func TestASlowCommandChangesNothing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	met := map[string]int{}
	// The subtests have ended by then.
	t.Cleanup(func() {
		assert.ElementsMatch(t, commands(), slices.Collect(maps.Keys(met)), "each command is slow in some action")
	})
	for _, action := range faultActions() {
		for _, role := range []string{"primary", "secondary"} {
			t.Run(action+" "+role, func(t *testing.T) {
				t.Parallel()
				for _, command := range commands() {
					t.Run(command, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							slow, calls, took := played(t, action, role, command, true)
							if calls == 0 {
								return
							}
							quick, _, least := played(t, action, role, command, false)
							require.Equal(t, quick, slow)
							require.Less(t, took, slowTimeout(action))
							require.GreaterOrEqual(t, took, least+lateness, "it was waited for")
							mu.Lock()
							defer mu.Unlock()
							met[command] += calls
						})
					})
				}
			})
		}
	}
}
