// Package termtest has terminals for tests: what a program draws there is read at the other end.
package termtest

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Open is both ends of a pseudo terminal: the program's is the slave. A system that has none skips the test.
func Open(t testing.TB) (master, slave *os.File) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("skipped: this test needs a pseudo terminal: %v", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { master.Close(); slave.Close() })
	return master, slave
}

// A Reader is a person who looks at a terminal.
type Reader struct {
	t    testing.TB
	text chan string
	all  string
}

// Read begins to collect what the terminal gets.
func Read(t testing.TB, master *os.File) *Reader {
	r := &Reader{t: t, text: make(chan string, 1000)}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			if err != nil {
				close(r.text)
				return
			}
			r.text <- string(buffer[:n])
		}
	}()
	return r
}

// Until waits until a text has come, and returns what came before it. What comes behind it is looked at next.
func (r *Reader) Until(text string) string {
	r.t.Helper()
	deadline := time.After(10 * time.Second)
	for !strings.Contains(r.all, text) {
		select {
		case more, ok := <-r.text:
			require.True(r.t, ok, "the terminal is gone")
			r.all += more
		case <-deadline:
			r.t.Fatalf("never shown: %q in %q", text, r.all)
		}
	}
	before, after, _ := strings.Cut(r.all, text)
	r.all = after
	return before
}
