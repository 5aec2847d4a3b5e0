package abandon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab"
	"ocfbox/test/lab/fuse"
)

// The test binary is also the calling process.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == Name {
		os.Exit(Serve(testCalls(), os.Stdin, os.Stdout))
	}
	lab.Main(m, lab.Mount, lab.PID)
}

func testCalls() Calls {
	return Calls{
		"join": func(args []string) (string, error) { return strings.Join(args, "+"), nil },
		"stat": func(args []string) (string, error) {
			_, err := os.Stat(args[0])
			return "", err
		},
		"fail":  func([]string) (string, error) { return "", errors.New("no luck") },
		"sleep": func([]string) (string, error) { select {} },
		"pid":   func([]string) (string, error) { return fmt.Sprint(os.Getpid()), nil },
		"die":   func([]string) (string, error) { os.Exit(3); return "", nil },
	}
}

func caller(t testing.TB) *Caller {
	c := new(Caller)
	t.Cleanup(c.Close)
	return c
}

func TestACallAnswers(t *testing.T) {
	t.Parallel()
	c := caller(t)
	text, err := c.Do(t.Context(), "join", "a b", "", "\n\x00\xff")
	require.NoError(t, err)
	require.Equal(t, "a b++\n\x00\xff", text)
	_, err = c.Do(t.Context(), "stat", "/no/such/file")
	require.ErrorIs(t, err, unix.ENOENT)
	require.EqualError(t, err, "stat /no/such/file: no such file or directory")
	_, err = c.Do(t.Context(), "fail")
	require.EqualError(t, err, "no luck")
	_, err = c.Do(t.Context(), "no such call")
	require.EqualError(t, err, errUnknown.Error())
}

func TestOneProcessMakesAllCalls(t *testing.T) {
	t.Parallel()
	c := caller(t)
	first, err := c.Do(t.Context(), "pid")
	require.NoError(t, err)
	second, err := c.Do(t.Context(), "pid")
	require.NoError(t, err)
	require.Equal(t, first, second)
	c.Close()
	gone(t, first)
	third, err := c.Do(t.Context(), "pid")
	require.NoError(t, err)
	require.NotEqual(t, first, third)
}

// gone requires that the process ends.
func gone(t *testing.T, pid string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := os.Stat("/proc/" + pid)
		return os.IsNotExist(err)
	}, 10*time.Second, time.Millisecond)
}

func TestACallThatDoesNotComeBackIsGivenUp(t *testing.T) {
	t.Parallel()
	c := caller(t)
	pid, err := c.Do(t.Context(), "pid")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Do(ctx, "sleep")
	require.ErrorIs(t, err, ErrStuck)
	gone(t, pid)
	_, err = c.Do(ctx, "pid")
	require.ErrorIs(t, err, ErrStuck, "the time is up before the call")
	_, err = c.Do(t.Context(), "pid")
	require.NoError(t, err, "another process makes the next call")
}

func TestAProcessThatDiesIsAnError(t *testing.T) {
	t.Parallel()
	c := caller(t)
	_, err := c.Do(t.Context(), "die")
	require.ErrorIs(t, err, io.EOF)
	require.NotErrorIs(t, err, ErrStuck)
	_, err = c.Do(t.Context(), "pid")
	require.NoError(t, err)
}

// The kernel waits for a request that a server has taken, and KILL does not end that. The caller is not held up.
func TestACallThatCannotBeKilledIsLeftBehind(t *testing.T) {
	t.Parallel()
	lab.Need(t, "root")
	point := t.TempDir()
	lab.MountDead(t, point, fuse.Mute)
	c := caller(t)
	pid, err := c.Do(t.Context(), "pid")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = c.Do(ctx, "stat", point+"/x")
	require.ErrorIs(t, err, ErrStuck)
	require.Less(t, time.Since(began), 2*time.Second)
	require.DirExists(t, "/proc/"+pid, "it has been killed and does not end")
	_ = unix.Unmount(point, unix.MNT_FORCE) // ends the request, and finds the mount still in use
	gone(t, pid)
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\x01\x00\x00\x00x", "\xff\xff\xff\xff", "\x05\x00\x00\x00\xff\x00\x00\x00x", "\x08\x00\x00\x00"} {
		_, err := readWords(strings.NewReader(text))
		require.ErrorIs(t, err, errFrame, "%q", text)
	}
	require.Equal(t, 2, Serve(nil, strings.NewReader("\x01\x00\x00\x00x"), io.Discard))
	require.Equal(t, 0, Serve(nil, strings.NewReader(""), io.Discard))
	require.ErrorIs(t, writeWords(io.Discard, []string{strings.Repeat("x", maxFrame)}), errFrame)
	for _, words := range [][]string{nil, {"ok"}, {"ok", "x", ""}, {"ok", "-1", ""}} {
		_, err := parseReply(words)
		require.ErrorIs(t, err, errFrame)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte("\x05\x00\x00\x00\x01\x00\x00\x00x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		words, err := readWords(bytes.NewReader(data))
		if err != nil {
			return
		}
		var again bytes.Buffer
		require.NoError(t, writeWords(&again, words))
		require.True(t, bytes.HasPrefix(data, again.Bytes()))
	})
}
