package run_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/run"
)

// A program that talks while it runs: what it says is read at once, and what it is told next depends
// on that.
func TestAProgramIsSpokenToWhileItRuns(t *testing.T) {
	t.Parallel()
	input, tell, err := os.Pipe()
	require.NoError(t, err)
	heard, output := io.Pipe()
	c := program("answer")
	c.Input, c.Output = input, output

	type end struct {
		result run.Result
		err    error
	}
	ended := make(chan end, 1)
	go func() {
		result, err := new(run.System).Run(t.Context(), c)
		_ = output.Close()
		ended <- end{result, err}
	}()

	lines := bufio.NewScanner(heard)
	for _, word := range []string{"first", "second"} {
		_, err := tell.WriteString(word + "\n")
		require.NoError(t, err)
		require.True(t, lines.Scan(), "no answer to %q", word)
		require.Equal(t, "heard "+word, lines.Text())
	}
	require.NoError(t, tell.Close())
	require.NoError(t, input.Close())
	require.False(t, lines.Scan(), "the output ends with the program")
	last := <-ended
	require.NoError(t, last.err)
	require.Equal(t, 7, last.result.Code)
	require.Empty(t, last.result.Stdout, "what was read is not kept")
}

func TestAStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	input, tell, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _ = tell.Close(); _ = input.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	c := program("answer")
	c.Input, c.Output = input, writer(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	})
	_, err = tell.WriteString("stop\n")
	require.NoError(t, err)
	_, err = new(run.System).Run(ctx, c)
	require.ErrorIs(t, err, run.ErrTimeout)
}

// A reader of the output that gives up does not hang the program for ever.
func TestAProgramWhoseOutputNobodyWantsIsNotHeldUp(t *testing.T) {
	t.Parallel()
	c := program("flood")
	c.Output = writer(func([]byte) (int, error) { return 0, errors.New("enough") })
	result, err := new(run.System).Run(t.Context(), c)
	require.NoError(t, err)
	require.NotZero(t, result.Code, "the program's writing failed")
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
