package ipaddr2

import (
	"bufio"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A kernelWatch is `ip monitor` on a node: what the kernel reports, and when.
type kernelWatch struct {
	t     testing.TB
	lines chan reported
}

type reported struct {
	text string
	at   time.Time
}

// monitor starts `ip monitor` for addresses and links, and ends it with the test. It hears everything from
// the moment it returns.
func (w *world) monitor() *kernelWatch {
	w.t.Helper()
	cmd := exec.Command("ip", "-n", w.ns, "-o", "monitor", "address", "link")
	out, err := cmd.StdoutPipe()
	require.NoError(w.t, err)
	require.NoError(w.t, cmd.Start())
	watch := &kernelWatch{w.t, make(chan reported, 1000)}
	go func() {
		defer close(watch.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			watch.lines <- reported{lines.Text(), time.Now()}
		}
	}()
	w.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	// It is known to hear when it reports something: an address that comes and goes.
	for range 500 {
		w.ip("address", "add", "127.99.99.99/32", "dev", "lo")
		w.ip("address", "del", "127.99.99.99/32", "dev", "lo")
		select {
		case <-watch.lines:
			return watch
		case <-time.After(20 * time.Millisecond):
		}
	}
	require.FailNow(w.t, "ip monitor hears nothing")
	return nil
}

// waitFor waits for a line and returns when it came.
func (k *kernelWatch) waitFor(match func(line string) bool) time.Time {
	k.t.Helper()
	end := time.After(patience)
	for {
		select {
		case line, open := <-k.lines:
			require.True(k.t, open, "ip monitor has ended")
			if match(line.text) {
				return line.at
			}
		case <-end:
			require.FailNow(k.t, "the kernel has not reported what was expected")
		}
	}
}

// hasWords reports whether all words are in the line.
func hasWords(line string, words ...string) bool {
	fields := strings.Fields(line)
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(fields, word) })
}
