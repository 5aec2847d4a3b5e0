package syncverify

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/record"
)

// recorded compares two files as the copies of r0/1, and is the code and what is on record then.
func recorded(t *testing.T, ctx context.Context, folder string, paths []string, o Options) (code int, kept record.Record, stderr string) {
	t.Helper()
	o.Devices, o.Offline, o.Record = paths, true, "r0/1"
	var stdout, warnings bytes.Buffer
	tool := Tool{Stdout: &stdout, Stderr: &warnings, Records: folder}
	code, err := tool.Run(ctx, o)
	require.NoError(t, err)
	all, err := record.Read(folder)
	require.NoError(t, err)
	require.Len(t, all, 1)
	return code, all[0], warnings.String()
}

func TestWhatARunHasFoundIsKept(t *testing.T) {
	a := content(3 << 20)
	b := bytes.Clone(a)
	b[1<<20] ^= 1
	folder, before := t.TempDir(), time.Now()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, step := range []struct {
		ctx   context.Context
		paths []string
		code  int
		want  record.Outcome
	}{
		{ended, files(t, a, a), 130, record.Partial},
		{t.Context(), files(t, a, a), 0, record.Clean},
		{t.Context(), files(t, a, append(bytes.Clone(a), 1)), 3, record.Clean},
		{t.Context(), files(t, a, b), 1, record.Different},
	} {
		code, kept, _ := recorded(t, step.ctx, folder, step.paths, Options{})
		require.Equal(t, step.code, code)
		require.Equal(t, step.want, kept.Outcome)
		require.Equal(t, "r0", kept.Resource)
		require.Equal(t, 1, kept.Volume)
		require.WithinRange(t, kept.Oldest, before.Add(-time.Second), kept.Ended)
	}
	var failed *Failure
	require.ErrorAs(t, compare(t, t.Context(), files(t, a, b), func(o *Options) { o.Record = "r0/x" }).err, &failed)
	require.ErrorContains(t, failed, `--record: "r0/x" is no RESOURCE/VOLUME`)
}

// A timer starts the same command each time, and nobody is there to say whether it may go on.
func TestARunThatNobodyWatchesGoesOnIfItCan(t *testing.T) {
	a := content(3 << 20)
	paths, folder, state := files(t, a, a), t.TempDir(), filepath.Join(t.TempDir(), "state")
	o := Options{State: state, Resume: true}
	code, _, stderr := recorded(t, t.Context(), folder, paths, o)
	require.Zero(t, code, "there is no checkpoint yet")
	require.Empty(t, stderr)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, _ = recorded(t, ended, folder, paths, o)
	require.Equal(t, 130, code)
	require.FileExists(t, state)
	code, _, stderr = recorded(t, t.Context(), folder, paths, o)
	require.Zero(t, code)
	require.Empty(t, stderr, "it went on")
	require.NoError(t, os.WriteFile(state, []byte("rubbish"), 0o600))
	code, kept, stderr := recorded(t, t.Context(), folder, paths, o)
	require.Zero(t, code)
	require.Contains(t, stderr, "damaged checkpoint")
	require.Equal(t, record.Clean, kept.Outcome)
}
