package drbddisk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/drbdsim/core"
)

// what happens between actions of the agent, on either node.
var happenings = []string{
	"wait 1", "wait 10", "wait 30", "cut", "heal", "crash bravo", "boot bravo", "bravo drbdadm up r0", "bravo drbdadm down r0",
	"bravo drbdadm primary r0", "bravo drbdadm secondary r0", "bravo write r0 20", "bravo drbdadm disconnect r0", "bravo drbdadm connect r0",
	"bravo drbdadm detach r0", "bravo drbdadm attach r0", "bravo drbdadm invalidate r0",
	"alfa drbdadm up r0", "alfa drbdadm down r0", "alfa drbdadm disconnect r0", "alfa drbdadm connect r0", "alfa drbdadm detach r0",
	"alfa drbdadm attach r0", "alfa drbdadm invalidate r0", "alfa outdate r0", "alfa hold r0", "alfa release r0", "alfa write r0 20",
	"alfa drbdadm primary r0", "alfa drbdadm secondary r0", "alfa drbdadm suspend-io r0", "alfa drbdadm resume-io r0",
}

// Made-up histories on the simulated pair, with tools that fail now and then. Whatever has happened, the kernel itself is
// the judge: no start promotes bad data or beside a primary that it can see, no success lies, and nothing that is
// primary is called stopped.
func TestNoHistoryMakesTheAgentLie(t *testing.T) {
	t.Parallel()
	histories, steps := 60, 40
	if testing.Short() {
		histories = 12
	}
	seen := map[string]int{}
	for n := range histories {
		generation := []core.Generation{core.Gen84, core.Gen9}[n%2]
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, plan{generation: generation})
			h := &history{w, rand.New(rand.NewPCG(uint64(n), 2026)), seen, nil}
			for range steps {
				h.step()
			}
		})
	}
	t.Logf("%v", seen)
	for _, what := range []string{"promoted", "refused", "demoted", "not demoted", "running", "stopped", "unknown"} {
		require.Greater(t, seen[what], histories/10, what)
	}
}

// A history is one on its way.
type history struct {
	*world
	r    *rand.Rand
	seen map[string]int
	told []string
}

func (h *history) step() {
	switch draw := h.r.IntN(10); {
	case draw < 5:
		line := happenings[h.r.IntN(len(happenings))]
		h.told = append(h.told, line)
		_ = h.desk.Line(context.Background(), line)
		h.refresh()
	case draw < 7:
		h.start()
	case draw < 8:
		h.stop()
	default:
		h.status()
	}
}

// troubled lets a tool fail during what is done, now and then.
func (h *history) troubled(do func()) {
	if h.r.IntN(4) == 0 {
		tool := []string{"drbdadm", "drbdsetup", "drbdadm primary", "drbdadm secondary", "drbdsetup status", "drbdsetup events2"}[h.r.IntN(6)]
		fault := []runtest.Program{runtest.Hangs, runtest.Rubbish(), runtest.Complains(20, "no"), runtest.Complains(11, "no"),
			runtest.Fails(run.ErrNotFound), runtest.Says(0, "")}[h.r.IntN(6)]
		h.told = append(h.told, "fault of "+tool)
		h.program(tool, runtest.InTurn(fault, h.pairs))
		defer func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			clear(h.programs)
		}()
	}
	do()
}

// kernel is what alfa's kernel has of r0; up is false when it has none.
func (h *history) kernel() (r core.ResourceView, up bool) {
	view, err := h.desk.Pair.Side(alfa).View(context.Background())
	require.NoError(h.t, err)
	for _, r := range view.Resources {
		if r.Name == "r0" {
			return r, true
		}
	}
	return r, false
}

func (h *history) fail(format string, args ...any) {
	h.t.Helper()
	h.t.Fatalf("%s\nafter: %s", fmt.Sprintf(format, args...), strings.Join(h.told, "; "))
}

func (h *history) start() {
	before, wasUp := h.kernel()
	was := h.role()
	h.troubled(func() {
		script := h.r.IntN(3) == 0
		h.told = append(h.told, fmt.Sprintf("START script=%t", script))
		var result ocf.Code
		if script {
			result = h.heartbeat("r0", "start").Code
		} else {
			result = h.Call(h.t, "start").Code
		}
		if result == ocf.Success && h.role() != core.Primary {
			h.fail("start succeeded, and the kernel says %q", h.role())
		}
		switch {
		case was != core.Primary && h.role() == core.Primary:
			h.seen["promoted"]++
			if wasUp {
				h.mayPromote(before)
			}
		case result != ocf.Success:
			h.seen["refused"]++
		}
	})
}

// mayPromote requires of a state from which a start has promoted what must hold.
func (h *history) mayPromote(r core.ResourceView) {
	readable := false
	for _, p := range r.Peers {
		if p.Conn == core.Connected && p.Role == core.Primary {
			h.fail("promoted beside a primary")
		}
		for _, v := range p.Volumes {
			readable = readable || p.Conn == core.Connected && v.Disk == core.UpToDate
			if v.Repl == core.SyncTarget {
				h.fail("promoted as the target of a resync")
			}
		}
	}
	for _, v := range r.Volumes {
		if v.Disk != core.UpToDate && !(v.Disk == core.Diskless && readable) {
			h.fail("promoted with a disk that is %s", v.Disk)
		}
	}
	if len(r.Suspended) > 0 {
		h.fail("promoted with suspended I/O")
	}
}

func (h *history) stop() {
	h.troubled(func() {
		h.told = append(h.told, "STOP")
		result := h.Call(h.t, "stop")
		switch {
		case result.Code == ocf.Success && h.role() == core.Primary:
			h.fail("stop succeeded, and it is primary")
		case result.Code == ocf.Success:
			h.seen["demoted"]++
		default:
			h.seen["not demoted"]++
		}
	})
}

func (h *history) status() {
	h.troubled(func() {
		h.told = append(h.told, "STATUS")
		result := h.heartbeat("r0", "status")
		primary := h.role() == core.Primary
		switch result.Code {
		case 0:
			h.seen["running"]++
			if !primary {
				h.fail("running, and it is %q", h.role())
			}
		case 3:
			h.seen["stopped"]++
			if primary || strings.Contains(result.Stdout, "running") {
				h.fail("stopped, and it is primary")
			}
		default:
			h.seen["unknown"]++
		}
		probe := h.Probe(h.t).Code
		if probe == ocf.NotRunning && primary {
			h.fail("a probe says 7 of a primary")
		}
	})
}
