package drbdvm

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// patience is how long anything may take. Guests on a busy machine are slow, and a wait that is too short
// would be about the machine.
const patience = 10 * time.Minute

// onePair is the pair that all tests use, one after another: to boot it takes longer than most of them.
var onePair struct {
	sync.Once
	*Pair
	err error
	// program is ours, in the folder built.
	program, built string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if onePair.built != "" {
		os.RemoveAll(onePair.built)
	}
	if onePair.Pair != nil {
		if err := onePair.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "drbdvm:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// A rig is the pair in the hands of one test.
type rig struct {
	*Pair
	t *testing.T
}

// newRig is the pair in a saved state, which is made if nobody has made it yet.
func newRig(t *testing.T, state string) *rig {
	t.Helper()
	lab.Need(t, "root", "qemu-system-x86_64", "qemu-img", "debootstrap", "mke2fs", "unshare")
	onePair.Do(func() { onePair.Pair, onePair.err = New(os.Stderr) })
	require.NoError(t, onePair.err)
	r := &rig{onePair.Pair, t}
	r.begin(state)
	return r
}

// patience is the context of one wait.
func (r *rig) patience() context.Context {
	ctx, cancel := context.WithTimeoutCause(r.t.Context(), patience, fmt.Errorf("not within %s", patience))
	r.t.Cleanup(cancel)
	return ctx
}

// try runs a script and returns what became of it.
func (r *rig) try(g *Guest, script string) Result {
	r.t.Helper()
	result, err := g.Sh(r.patience(), script)
	require.NoError(r.t, err)
	r.t.Logf("%s: %s: exit %d %s", g.Name, script, result.Code, strings.TrimSpace(result.Stderr))
	return result
}

// on runs a script, which must succeed, and returns what it has said.
func (r *rig) on(g *Guest, script string) string {
	r.t.Helper()
	result := r.try(g, script)
	require.Zero(r.t, result.Code, "%s: %s: %s%s", g.Name, script, result.Stdout, result.Stderr)
	return result.Stdout
}

// both runs a script on both, which must succeed.
func (r *rig) both(script string) {
	r.t.Helper()
	for _, g := range r.Guests() {
		r.on(g, script)
	}
}

// await waits until done says "", which otherwise is what it has seen. It asks without starting a program
// in a guest, so it may ask often.
func (r *rig) await(what string, done func(ctx context.Context) string) {
	r.t.Helper()
	ctx := r.patience()
	began := time.Now()
	seen := ""
	for {
		seen = done(ctx)
		if seen == "" {
			r.t.Logf("after %s: %s", time.Since(began).Round(100*time.Millisecond), what)
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			r.t.Fatalf("%s: %v; last seen:\n%s", what, context.Cause(ctx), seen)
		}
	}
}

// proc is a guest's /proc/drbd, "" when there is none.
func (r *rig) proc(ctx context.Context, g *Guest) (string, error) {
	text, err := g.Read(ctx, "/proc/drbd")
	if err != nil && strings.Contains(err.Error(), "No such file") {
		return "", nil
	}
	return text, err
}

// awaitRows waits until a guest's /proc/drbd has all of the words.
func (r *rig) awaitRows(g *Guest, words ...string) {
	r.t.Helper()
	r.await(fmt.Sprintf("%s says %q", g.Name, words), func(ctx context.Context) string {
		text, err := r.proc(ctx, g)
		if err != nil {
			return err.Error()
		}
		for _, word := range words {
			if !strings.Contains(text, word) {
				return text
			}
		}
		return ""
	})
}

// inSync waits until r0 is connected and whole on both.
func (r *rig) inSync() {
	r.t.Helper()
	for _, g := range r.Guests() {
		r.awaitRows(g, " 0: cs:Connected", "ds:UpToDate/UpToDate", "oos:0")
	}
}

// rate sets how fast r0 is resynchronised, such as 200K: slow to look at it, fast to be done.
func (r *rig) rate(rate string) {
	r.t.Helper()
	r.both("drbdsetup disk-options 0 --resync-rate=" + rate)
}
