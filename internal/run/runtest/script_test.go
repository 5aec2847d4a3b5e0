package runtest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

func TestProgramsAnswerAsTold(t *testing.T) {
	script := &runtest.Script{Programs: map[string]runtest.Program{
		"says":      runtest.Says(3, " yes \n"),
		"complains": runtest.Complains(1, "no such node\n"),
		"fails":     runtest.Fails(unix.EACCES),
		"rubbish":   runtest.Rubbish(),
		"turns":     runtest.InTurn(runtest.Says(1, ""), runtest.Says(2, "")),
	}}
	ask := func(name string) (run.Result, error) { return script.Run(t.Context(), run.Cmd{Path: name}) }

	result, err := ask("says")
	require.NoError(t, err)
	require.Equal(t, "yes", result.Text())
	require.Equal(t, 3, result.Code)
	result, err = ask("complains")
	require.NoError(t, err)
	require.Equal(t, "no such node", result.FirstError())
	require.False(t, result.OK())
	_, err = ask("fails")
	require.ErrorIs(t, err, unix.EACCES)
	_, err = ask("missing")
	require.ErrorIs(t, err, run.ErrNotFound)
	result, err = ask("rubbish")
	require.NoError(t, err)
	require.True(t, result.OK())
	require.NotEmpty(t, result.Stdout)
	for _, want := range []int{1, 2, 2} {
		result, _ = ask("turns")
		require.Equal(t, want, result.Code)
	}
	require.Equal(t, []string{"says", "complains", "fails", "missing", "rubbish", "turns", "turns", "turns"}, script.Lines())
	require.Len(t, script.Calls(), 8)
}

func TestAProgramThatHangsEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := &runtest.Script{Programs: map[string]runtest.Program{"hangs": runtest.Hangs}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		for range 2 {
			_, err := script.Run(ctx, run.Cmd{Path: "hangs"})
			require.ErrorIs(t, err, run.ErrTimeout)
			require.Equal(t, time.Minute, time.Since(began))
		}
	})
}
