package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// two are files of 8 MiB that differ in one block.
func two(t *testing.T) (a, b string) {
	t.Helper()
	dir := t.TempDir()
	a, b = filepath.Join(dir, "a"), filepath.Join(dir, "b")
	content := bytes.Repeat([]byte("same"), 2<<20)
	require.NoError(t, os.WriteFile(a, content, 0o600))
	content[5<<20] = 'x'
	require.NoError(t, os.WriteFile(b, content, 0o600))
	return a, b
}

func TestVerifyExitsWithWhatItFound(t *testing.T) {
	a, b := two(t)
	for want, args := range map[int][]string{
		0: {a, a}, 1: {a, b, "--offline", "--output", "json"}, 2: {a, "--size", "1e6", b}, 3: {a, b, "--resume"},
	} {
		code, stdout, stderr := call(t, append([]string{"sync", "verify"}, args...)...)
		if want == 3 {
			// A mistake, too, which must not look like an incomplete run.
			want = 2
		}
		require.Equal(t, want, code, "%v: %s", args, stderr)
		require.Equal(t, want == 2, stdout == "")
		require.Equal(t, want == 1, json.Valid([]byte(stdout)))
	}
	code, stdout, _ := call(t, "sync", "verify", "--help")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "--rate BYTES")
}

// Row V27: a signal ends the run, which leaves what it has done.
func TestASignalLeavesACheckpoint(t *testing.T) {
	a, b := two(t)
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		state := filepath.Join(t.TempDir(), "state")
		cmd := process(t, "", "sync", "verify", "--rate", "1M", "--state", state, a, b)
		var stdout bytes.Buffer
		cmd.Stdout = &stdout
		require.NoError(t, cmd.Start())
		// The file is there before the first block is read.
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(state); err == nil {
				break
			}
			require.True(t, time.Now().Before(deadline), "no checkpoint in %s", state)
		}
		require.NoError(t, cmd.Process.Signal(signal))
		var failed *exec.ExitError
		require.True(t, errors.As(cmd.Wait(), &failed))
		require.Equal(t, want, failed.ExitCode())
		require.Contains(t, stdout.String(), "INCOMPLETE: ")
		code, resumed, stderr := call(t, "sync", "verify", "--offline", "--resume", "--state", state, a, b)
		require.Equal(t, 1, code, stderr)
		require.Contains(t, resumed, "differs: offset=5242880 length=4096\n")
		require.NoFileExists(t, state)
	}
}

func TestAResultThatCannotBeWrittenIsNoResult(t *testing.T) {
	a, _ := two(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	cmd := process(t, "", "sync", "verify", a, a)
	cmd.Stdout = full
	var failed *exec.ExitError
	require.ErrorAs(t, cmd.Run(), &failed)
	require.Equal(t, 3, failed.ExitCode(), "1 would say that something differs")
}
