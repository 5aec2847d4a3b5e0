package hook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/run"
	"ocfbox/internal/srhook"
)

// drainer writes the fallback files of a provider to the same fake cluster; up tells whether that is
// running.
func (h *hana) drainer(up *bool, pause time.Duration) *srhook.Drainer {
	return &srhook.Drainer{SID: sid, UID: uint32(os.Geteuid()), Cluster: &crm.Cluster{Runner: runner(
		func(_ context.Context, cmd run.Cmd) (run.Result, error) {
			time.Sleep(pause)
			if !*up {
				return run.Result{Code: 102}, nil
			}
			name, value := option(cmd.Args, "-n", "--name="), option(cmd.Args, "-v", "--update=")
			return run.Result{}, os.WriteFile(filepath.Join(h.cluster.dir, "attribute."+name), []byte(value), 0o644)
		})}}
}

type runner func(context.Context, run.Cmd) (run.Result, error)

func (r runner) Run(ctx context.Context, cmd run.Cmd) (run.Result, error) { return r(ctx, cmd) }

// Whatever the events are and however the commands fail, when the cluster is well again and the files are
// drained, each site has the value that was reported last.
func TestTheLastReportedValueWinsInTheEnd(t *testing.T) {
	const runs, events = 12, 14
	sites := []string{"ROT", "WDF"}
	answers := []answer{{}, {}, {}, {Code: 102}, {Code: 1}, {Code: 4}, {Dies: true}, {Delay: forever},
		{Delay: forever, Stubborn: true}, {Delay: 60 * time.Millisecond}, {Delay: 60 * time.Millisecond, Code: 102}}
	for name, python := range pythons(t) {
		for seed := range uint64(runs) {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(seed, 19))
				h := newHANA(t)
				h.config["srhook_timeout_sfail"], h.config["srhook_timeout_sok"] = "0.2", "0.15"
				h.ordered = true
				h.start(python)
				last := map[string]string{}
				var story []string
				var pending []int
				for range events {
					a := answers[random.IntN(len(answers))]
					h.cluster.answer(a)
					if random.IntN(3) == 0 {
						up := random.IntN(2) == 0
						_, err := h.drainer(&up, 0).Drain(t.Context(), h.instance)
						require.NoError(t, err)
						story = append(story, fmt.Sprintf("drain with the cluster up: %t", up))
					}
					site, value := sites[random.IntN(len(sites))], "SOK"
					e := inSync(site)
					if random.IntN(2) == 0 {
						value, e = "SFAIL", lost(site)
					}
					last[site] = value
					story = append(story, fmt.Sprintf("%s %s %+v", site, value, a))
					pending = append(pending, h.begin(e))
					// Sometimes the next event comes while this one is being written.
					if random.IntN(3) != 0 {
						h.endAll(&pending)
					}
				}
				h.endAll(&pending)
				up := true
				_, err := h.drainer(&up, 0).Drain(t.Context(), h.instance)
				require.NoError(t, err)
				for site, value := range last {
					require.Equal(t, value, h.cluster.value(site), "site %s after:\n%s\n%s", site, strings.Join(story, "\n"), h.traced())
				}
				require.Empty(t, h.files())
			})
		}
	}
}

func (h *hana) endAll(ids *[]int) {
	h.t.Helper()
	for _, id := range *ids {
		h.end(id)
	}
	*ids = nil
}

// A drain is at work with the older value while the provider writes the newer one.
func TestADrainDoesNotUndoWhatIsWrittenMeanwhile(t *testing.T) {
	for _, row := range []struct {
		name string
		// The delays decide who writes last.
		drain, hook time.Duration
	}{
		{"the drain writes last", 900 * time.Millisecond, 300 * time.Millisecond},
		{"the provider writes last", 300 * time.Millisecond, 900 * time.Millisecond},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.cluster.answer(answer{Code: 102, Next: []answer{{Delay: row.hook}}})
			h.start(python{path: python3(t)})
			h.call(lost("ROT"))
			up := true
			done := make(chan error, 1)
			go func() {
				_, err := h.drainer(&up, row.drain).Drain(context.Background(), h.instance)
				done <- err
			}()
			require.Eventually(t, func() bool { return h.left("ROT") == "" }, patience, time.Millisecond)
			h.call(inSync("ROT"))
			require.NoError(t, <-done)
			_, err := h.drainer(&up, 0).Drain(t.Context(), h.instance)
			require.NoError(t, err)
			require.Equal(t, "SOK", h.cluster.value("ROT"))
			require.Empty(t, h.files())
		})
	}
}

// HANA calls for several services at once.
func TestRowH22SeveralThreadsLeaveOneWholeFile(t *testing.T) {
	for name, python := range pythons(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.cluster.answer(answer{Code: 102})
			h.start(python)
			const threads, rounds = 4, 5
			var ids []int
			for i := range threads * rounds {
				e := lost("ROT")
				if i%2 == 0 {
					e = inSync("ROT")
				}
				ids = append(ids, h.begin(e))
			}
			h.endAll(&ids)
			require.Contains(t, []string{sfailLine, sokLine}, h.left("ROT"))
			require.Equal(t, []string{".crm_attribute.ROT"}, h.files())
			require.NotContains(t, h.traced(), "unexpected error")
		})
	}
}

// HANA is killed at any moment: a file is whole or not there, and what was being written does no harm.
func TestAKilledHANALeavesNoHalfFile(t *testing.T) {
	const kills = 25
	h := newHANA(t)
	h.cluster.answer(answer{Code: 102})
	p := python{path: python3(t)}
	for i := range kills {
		h.start(p)
		h.awaitWord()
		for n := range 40 {
			if n%2 == 0 {
				h.begin(lost("ROT"))
				continue
			}
			h.begin(inSync("ROT"))
		}
		// The moments are spread over the time that the calls take.
		timer := time.NewTimer(time.Duration(i*7) * time.Millisecond)
		<-timer.C
		h.stop()
		require.Contains(t, []string{"", sfailLine, sokLine}, h.left("ROT"))
		for _, name := range h.files() {
			require.True(t, name == ".crm_attribute.ROT" || strings.HasPrefix(name, ".ocfbox_stage.ROT."), name)
		}
	}
	h.start(p)
	h.call(lost("ROT"))
	require.Equal(t, sfailLine, h.left("ROT"))
	require.Equal(t, []string{".crm_attribute.ROT"}, h.files(), "what killed ones have left is gone")
}

// awaitWord waits until the provider is loaded.
func (h *hana) awaitWord() {
	h.t.Helper()
	select {
	case _, more := <-h.words:
		require.True(h.t, more)
	case <-time.After(patience):
		h.t.Fatal("the provider does not start")
	}
}
