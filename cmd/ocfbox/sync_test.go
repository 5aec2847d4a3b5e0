package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
)

// recorded is a file with the captured /proc/drbd of a situation on 8.4.
func recorded(t *testing.T, situation string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "proc")
	rows := drbdtest.File(drbdtest.DRBD84, situation, drbdtest.Alfa).Proc()[0]
	require.NoError(t, os.WriteFile(path, []byte(rows), 0o644))
	return path
}

func TestFlagsOfSyncMayStandAnywhere(t *testing.T) {
	from := recorded(t, "10-resync")
	for _, args := range [][]string{
		{"--from", from, "minor-0"}, {"minor-0", "--from", from}, {"--from=" + from, "--", "minor-0"}, {"-from", from, "minor-0", "--allow-dual"},
	} {
		code, stdout, stderr := call(t, append([]string{"sync", "status"}, args...)...)
		require.Equal(t, 1, code, stderr)
		require.Contains(t, stdout, "minor 0 SYNCING SyncSource ")
	}
	comma := filepath.Join(t.TempDir(), "one,two")
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(comma, text, 0o600))
	_, want, _ := call(t, "sync", "status", "--from", from)
	_, got, _ := call(t, "sync", "status", "--from", comma)
	require.Equal(t, want, got, "a name with a comma is one name")
	require.NotEmpty(t, got)
	code, stdout, _ := call(t, "sync", "status", "--from", from, "--quiet")
	require.Equal(t, 1, code)
	require.Empty(t, stdout)
	code, _, _ = call(t, "sync", "status", "--from", from, "r9")
	require.Equal(t, 3, code, "nobody told the names")
	code, _, _ = call(t, "sync", "status", "--from", recorded(t, "43-down"), "r9")
	require.Equal(t, 2, code, "a resource that is named is expected to be up")
	code, _, _ = call(t, "sync", "status", "--from", recorded(t, "43-down"), "r9", "--expect-up=false")
	require.Equal(t, 3, code)
}

func TestAMistakeInSyncSaysNothingAboutTheData(t *testing.T) {
	for want, args := range map[string][]string{
		"flag provided but not defined: -jsn":    {"status", "--jsn"},
		"hint: see ocfbox sync status --help":    {"status", "r0", "--settle", "soon"},
		"hint: see ocfbox sync watch --help":     {"watch", "--peer", "bravo"},
		`--output cannot be "yaml"`:              {"status", "--output", "yaml"},
		"hint: text, json, prometheus or perf":   {"status", "--output", "yaml", "r0"},
		`no command of sync is called "statsu"`:  {"statsu"},
		"ocfbox: sync needs a command":           nil,
		"flag provided but not defined: -output": {"--output", "json"},
	} {
		code, stdout, stderr := call(t, append([]string{"sync"}, args...)...)
		require.Equal(t, 64, code, want)
		require.Empty(t, stdout)
		require.Contains(t, stderr, want)
	}
}

func TestSyncExplainsItself(t *testing.T) {
	code, stdout, _ := call(t, "sync", "status", "--help")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "--settle SECONDS")
	code, stdout, _ = call(t, "sync", "watch", "r0", "-h")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "--output FORMAT")
	code, stdout, _ = call(t, "sync", "status", "--schema")
	require.Equal(t, exitOK, code)
	require.True(t, json.Valid([]byte(stdout)))
}

// process starts the program as a process of its own, on a host whose files are those.
func process(t *testing.T, proc string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", feed.ProcVariable+"="+proc, feed.KmsgVariable+"=/dev/null")
	return cmd
}

func TestWithoutTheModuleSyncExitsWithThree(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for want, args := range map[string][]string{
		"DRBD UNKNOWN the kernel has no DRBD module loaded\n":                          {"sync", "status"},
		"ocfbox: the kernel module of DRBD is not loaded: there is nothing to watch\n": {"sync", "watch"},
	} {
		out, err := process(t, none, args...).CombinedOutput()
		var failed *exec.ExitError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, 3, failed.ExitCode())
		require.Equal(t, want, string(out))
	}
}

func TestAnAnswerThatCannotBeWrittenIsNoAnswer(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	for _, command := range []string{"status", "watch"} {
		cmd := process(t, recorded(t, "05-healthy"), "sync", command)
		cmd.Stdout = full
		var failed *exec.ExitError
		require.ErrorAs(t, cmd.Run(), &failed)
		require.Equal(t, 3, failed.ExitCode(), "1 would say that a resync runs")
	}
}

func TestAWatchEndsWhenItIsTold(t *testing.T) {
	for _, signal := range []unix.Signal{unix.SIGINT, unix.SIGTERM} {
		cmd := process(t, recorded(t, "05-healthy"), "sync", "watch")
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, line, " 0 OK Connected Primary/Secondary UpToDate/UpToDate oos 0 KiB")
		require.NoError(t, cmd.Process.Signal(signal))
		require.NoError(t, cmd.Wait(), "%v is the ordinary end", signal)
	}
}

func TestAWatchEndsWithItsReader(t *testing.T) {
	var stderr strings.Builder
	cmd := process(t, recorded(t, "05-healthy"), "sync", "watch")
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, out.Close())
	require.NoError(t, cmd.Wait(), "a healthy pair says nothing more, and still it ends")
	require.Empty(t, stderr.String())
}
