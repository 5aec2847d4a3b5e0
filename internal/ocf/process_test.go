package ocf_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

// helper is a program that tests start; the result is its exit code.
func helper(name string, args []string) int {
	state := &ocf.State{Dir: args[0]}
	switch name {
	case "save":
		// Each file is one letter over and over, so that a mixture shows.
		fmt.Println("ready")
		for n := 0; ; n++ {
			letter := string(rune('a' + n%26))
			if err := state.Save("facts", map[string]string{"one": strings.Repeat(letter, 8000), "two": letter}); err != nil {
				return 1
			}
		}
	case "hold":
		unlock, err := state.Lock(context.Background(), "box")
		if err != nil {
			return 1
		}
		fmt.Println("ready")
		time.Sleep(time.Hour)
		unlock()
	case "count":
		return count(state, filepath.Join(args[0], "counter"))
	case "trace":
		return traceTwice(args[0], args[1])
	case "monitor":
		env := &ocf.Env{Lookup: os.LookupEnv, Stdout: os.Stdout, Stderr: os.Stderr, Started: time.Now(), PID: os.Getpid()}
		return ocf.Main(env, boxAgent(), []string{"monitor"})
	}
	return 99
}

// count adds one to a number in a file a hundred times, in two steps that another must not come between.
func count(state *ocf.State, path string) int {
	for range 100 {
		unlock, err := state.Lock(context.Background(), "box")
		if err != nil {
			return 1
		}
		var n int
		text, _ := os.ReadFile(path)
		_, _ = fmt.Sscan(string(text), &n)
		if err := os.WriteFile(path, fmt.Append(nil, n+1), 0o600); err != nil {
			return 1
		}
		unlock()
	}
	return 0
}

// start starts a helper and waits for its first line.
func start(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	cmd := program(t, name, dir)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line := make([]byte, 6)
	_, err = stdout.Read(line)
	require.NoError(t, err)
	return cmd
}

func program(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(path, dir)
	cmd.Env = append(os.Environ(), helperVariable+"="+name)
	return cmd
}

func TestAKillInTheMiddleLeavesNoHalfFile(t *testing.T) {
	t.Parallel()
	state := &ocf.State{Dir: t.TempDir()}
	for range 20 {
		writer := start(t, "save", state.Dir)
		time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond) // anywhere in the middle
		require.NoError(t, writer.Process.Kill())
		_ = writer.Wait()
		facts, err := state.Load("facts")
		if err != nil {
			require.ErrorIs(t, err, ocf.ErrNoState)
			continue
		}
		require.Len(t, facts["one"], 8000)
		require.Equal(t, strings.Repeat(facts["two"], 8000), facts["one"])
	}
}

func TestALockKeepsProcessesApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var all []*exec.Cmd
	for range 4 {
		cmd := program(t, "count", dir)
		require.NoError(t, cmd.Start())
		all = append(all, cmd)
	}
	for _, cmd := range all {
		require.NoError(t, cmd.Wait())
	}
	text, err := os.ReadFile(filepath.Join(dir, "counter"))
	require.NoError(t, err)
	require.Equal(t, "400", string(text))
}

func TestALockIsWaitedForUntilTheDeadlineAndFreeWhenItsHolderIsKilled(t *testing.T) {
	t.Parallel()
	state := &ocf.State{Dir: t.TempDir()}
	holder := start(t, "hold", state.Dir)

	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	_, err := state.Lock(ctx, "box")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.EqualError(t, err, "lock "+state.Path("box.lock")+": held by another process: context deadline exceeded")
	other, err := state.Lock(ctx, "another box")
	require.NoError(t, err, "a free lock is had even when time is up")
	other()

	require.NoError(t, holder.Process.Kill())
	unlock, err := state.Lock(t.Context(), "box")
	require.NoError(t, err)
	_, err = state.Lock(ctx, "box")
	require.ErrorIs(t, err, context.DeadlineExceeded, "it is held against this process too")
	unlock()
	unlock() // once more does no harm to whoever has it now
	_, err = state.Lock(ctx, "box")
	require.NoError(t, err)
	require.FileExists(t, state.Path("box.lock"), "the file stays")
}

// The shell's exit code and the stream of a real process; and none of our packages does work before
// main.
func TestAProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	cmd := program(t, "monitor", "unused")
	cmd.Env = append(cmd.Env, "GODEBUG=inittrace=1", "OCF_RESKEY_nic=missing", "OCF_RESKEY_CRM_meta_interval=10000",
		"HA_RSCTMP="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.Error(t, cmd.Run())
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.True(t, strings.HasSuffix(stderr.String(), "ocf-exit-reason:interface \"missing\" does not exist\n"), stderr.String())
	require.Contains(t, stderr.String(), "init runtime @", "the list of initialised packages is there")
	if testing.CoverMode() != "" {
		return // counting coverage is work before main
	}
	require.NotContains(t, stderr.String(), "init ocfbox/internal/ocf @")
	require.NotContains(t, stderr.String(), "init ocfbox/internal/run @")
}
