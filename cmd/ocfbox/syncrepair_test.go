package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Row R5: a repair that is killed in its middle is gone on with by the same command, and can be put back.
func TestRowR5ARepairThatWasKilledIsGoneOnWith(t *testing.T) {
	dir := t.TempDir()
	a, b, plan, result := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "plan"), filepath.Join(dir, "result")
	content := bytes.Repeat([]byte("good"), 10<<20)
	require.NoError(t, os.WriteFile(a, content, 0o600))
	before := bytes.Clone(content)
	for at := 0; at < len(before); at += 2 << 20 {
		copy(before[at:], bytes.Repeat([]byte{'x'}, 1<<20))
	}
	require.NoError(t, os.WriteFile(b, before, 0o600))
	code, out, stderr := call(t, "sync", "verify", "--offline", "--output", "json", a, b)
	require.Equal(t, 1, code, stderr)
	require.NoError(t, os.WriteFile(result, []byte(out), 0o600))
	code, out, stderr = call(t, "sync", "repair", "--direction", "a>b", "--plan", plan, result)
	require.Equal(t, 1, code, stderr)
	require.Contains(t, out, "PLAN: copy 20971520 bytes in 20 ranges")

	apply := []string{"sync", "repair", "--apply", "--plan", plan, "--yes-overwrite", b, "--max-repair", "60"}
	cmd := process(t, "", append(apply, "--rate", "8M")...)
	require.NoError(t, cmd.Start())
	// The first batch is kept, and the second not yet read.
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(plan + ".undo"); err == nil && info.Size() > 8<<20 {
			break
		}
		require.True(t, time.Now().Before(deadline), "nothing was kept")
	}
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	half, err := os.ReadFile(b)
	require.NoError(t, err)
	require.NotEqual(t, content, half, "the repair was not over when it was killed")

	code, out, stderr = call(t, apply...)
	require.Zero(t, code, stderr)
	require.Contains(t, out, "REPAIRED: ")
	code, _, _ = call(t, "sync", "verify", "--offline", a, b)
	require.Zero(t, code)
	code, _, stderr = call(t, "sync", "repair", "--revert", plan+".undo", "--yes-overwrite", b)
	require.Zero(t, code, stderr)
	now, err := os.ReadFile(b)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, now), "what was overwritten is back")
}

func TestMapAndRepairTellWhatTheyNeed(t *testing.T) {
	for _, args := range [][]string{
		{"map"}, {"map", "/dev/null", "a", "b"}, {"map", "/dev/null"}, {"map", "--range", "5", "/dev/null"}, {"map", "--range", "5+x", "/dev/null"},
		{"map", "--wrong"}, {"repair"}, {"repair", "a", "b"}, {"repair", "--rate", "fast"}, {"repair", "--wrong"},
	} {
		code, out, stderr := call(t, append([]string{"sync"}, args...)...)
		require.Equal(t, 2, code, "%v", args)
		require.Empty(t, out)
		require.Contains(t, stderr, "ocfbox: ")
	}
	for _, name := range []string{"map", "repair"} {
		code, out, _ := call(t, "sync", name, "--help")
		require.Equal(t, exitOK, code)
		require.Contains(t, out, "ocfbox sync "+name)
	}
	path := filepath.Join(t.TempDir(), "swap")
	swap := make([]byte, 1<<20)
	copy(swap[4086:], "SWAPSPACE2")
	require.NoError(t, os.WriteFile(path, swap, 0o600))
	code, out, _ := call(t, "sync", "map", "--range", "64K+4096", "--range", "0+512", path)
	require.Equal(t, exitOK, code)
	require.Equal(t, path+": swap 4608; 0 files\nswap: offset=0 length=512\nswap: offset=65536 length=4096\n", out)
}
