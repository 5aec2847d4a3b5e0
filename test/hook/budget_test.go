package hook

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// forever is longer than any test.
const forever = time.Hour

// HANA calls once for each service: together they get one budget (decision 19).
func TestAnEpisodeHasOneBudget(t *testing.T) {
	const budget, services = 3 * time.Second, 4
	for name, python := range pythons(t) {
		for order, simultaneous := range map[string]bool{"one after the other": false, "at once": true} {
			t.Run(order+", "+name, func(t *testing.T) {
				t.Parallel()
				h := newHANA(t)
				h.cluster.answer(answer{Delay: forever})
				h.config["srhook_timeout_sfail"] = seconds(budget)
				h.start(python)
				var ids []int
				var total, longest time.Duration
				for range services {
					id := h.begin(lost("ROT"))
					ids = append(ids, id)
					if !simultaneous {
						total += h.end(id)
					}
				}
				for _, id := range ids {
					longest = max(longest, h.end(id))
				}
				if simultaneous {
					total = longest
				}
				require.GreaterOrEqual(t, total, budget)
				require.Less(t, total, budget+grace(budget)+slack)
				require.Len(t, h.cluster.calls(), 1, "the others found the budget used up")
				require.Equal(t, sfailLine, h.left("ROT"))
			})
		}
	}
}

func TestWhatBeginsANewEpisode(t *testing.T) {
	// A command must have begun before it is ended.
	const budget = time.Second
	for _, row := range []struct {
		name  string
		quiet float64
		// events come after a command has hung for a whole budget; calls is how many commands they start.
		events []event
		calls  int
	}{
		{"the same value does not", 60, []event{lost("ROT"), lost("ROT")}, 0},
		{"the other value does", 60, []event{inSync("ROT")}, 1},
		{"the first value does again after the other", 60, []event{inSync("ROT"), lost("ROT")}, 2},
		{"another site does", 60, []event{lost("WDF")}, 1},
		{"an ignored event does not", 60, []event{connection("ROT", 11, true), lost("ROT")}, 0},
		{"a while without an event does", 0, []event{lost("ROT")}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.constants["QUIET"] = row.quiet
			h.config["srhook_timeout_sfail"] = seconds(budget)
			h.config["srhook_timeout_sok"] = seconds(budget)
			h.cluster.answer(answer{Delay: forever})
			h.start(python{path: python3(t)})
			h.call(lost("ROT"))
			before := len(h.cluster.calls())
			for _, e := range row.events {
				h.call(e)
			}
			require.Len(t, h.cluster.calls(), before+row.calls)
		})
	}
}

// A cluster that answers, slowly, is not cut off after the sum of its answers.
func TestASuccessGivesTheBudgetBack(t *testing.T) {
	const budget, delay = 2 * time.Second, 800 * time.Millisecond
	h := newHANA(t)
	h.config["srhook_timeout_sfail"] = seconds(budget)
	h.cluster.answer(answer{Delay: delay})
	h.start(python{path: python3(t)})
	for range 4 {
		h.call(lost("ROT"))
	}
	require.Len(t, h.cluster.calls(), 4)
	require.Empty(t, h.files())
}

// The budgets that administrators count on: the test's are scaled, these are the product's.
func TestTheDefaultBudgets(t *testing.T) {
	h := newHANA(t).start(python{path: python3(t)})
	h.call(inSync("ROT"))
	require.Contains(t, h.traced(), "budgets SFAIL=30s SOK=10s")
}

// SOK does not wait for SFAIL to hang to its end, and what is left is the newer value.
func TestANewerEventIsNotLostBehindOneThatHangs(t *testing.T) {
	for _, row := range []struct {
		name        string
		first, then event
		want        string
	}{
		{"SOK behind SFAIL", lost("ROT"), inSync("ROT"), sokLine},
		{"SFAIL behind SOK", inSync("ROT"), lost("ROT"), sfailLine},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.config["srhook_timeout_sfail"], h.config["srhook_timeout_sok"] = "1", "1"
			h.cluster.answer(answer{Delay: forever})
			h.start(python{path: python3(t)})
			first := h.begin(row.first)
			h.awaitCalls(1)
			then := h.begin(row.then)
			h.end(then)
			h.end(first)
			require.Equal(t, row.want, h.left("ROT"))
			require.Equal(t, []string{".crm_attribute.ROT"}, h.files())
		})
	}
}

// The older command succeeds after the newer event has given up: the file of the newer one must stay.
func TestAnOlderSuccessDoesNotRemoveTheNewerFile(t *testing.T) {
	h := newHANA(t)
	h.config["srhook_timeout_sok"] = "0.2"
	h.cluster.answer(answer{Delay: 1500 * time.Millisecond})
	h.start(python{path: python3(t)})
	older := h.begin(lost("ROT"))
	h.awaitCalls(1)
	h.call(inSync("ROT"))
	h.end(older)
	require.Equal(t, "SFAIL", h.cluster.value("ROT"))
	require.Equal(t, sokLine, h.left("ROT"))
}

// A newer event makes one that still waits for its turn pointless: what it would write is wrong by then.
func TestAnEventThatIsOvertakenWritesNothing(t *testing.T) {
	h := newHANA(t)
	h.ordered = true
	h.cluster.answer(answer{Delay: 700 * time.Millisecond})
	h.start(python{path: python3(t)})
	first := h.begin(lost("ROT"))
	h.awaitCalls(1)
	middle := h.begin(inSync("ROT"))
	last := h.begin(lost("ROT"))
	for _, id := range []int{first, middle, last} {
		h.end(id)
	}
	require.Equal(t, "SFAIL", h.cluster.value("ROT"))
	require.Equal(t, []string{command("ROT", "SFAIL"), command("ROT", "SFAIL")}, h.cluster.calls())
	require.Contains(t, h.traced(), "SOK for site ROT is overtaken by a newer event")
}

// After SIGKILL sudo's child goes on as root and may write late (hana-hooks.md 8.4): the newer value is
// written once more from the file.
func TestAfterAKilledCommandTheNewerValueIsLeftAsWell(t *testing.T) {
	for _, row := range []struct {
		name string
		late float64
		want string
	}{
		{"while the killed one may still write", 120, sokLine},
		{"not any more after that", 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.constants["LATE"] = row.late
			h.config["srhook_timeout_sfail"] = "2"
			h.cluster.answer(answer{Delay: forever, Stubborn: true, Next: []answer{{}}})
			h.start(python{path: python3(t)})
			h.call(lost("ROT"))
			h.call(inSync("ROT"))
			require.Equal(t, "SOK", h.cluster.value("ROT"))
			require.Equal(t, row.want, h.left("ROT"))
		})
	}
}

// Whoever takes the file while the hook writes may write the older value after it.
func TestAFileThatIsTakenMeanwhileIsFollowedByTheNewerValue(t *testing.T) {
	h := newHANA(t)
	h.cluster.answer(answer{Code: 102, Next: []answer{{Delay: time.Second}}})
	h.start(python{path: python3(t)})
	h.call(lost("ROT"))
	id := h.begin(inSync("ROT"))
	h.awaitCalls(2)
	require.NoError(t, os.Remove(filepath.Join(h.instance, ".crm_attribute.ROT")))
	h.end(id)
	require.Equal(t, sokLine, h.left("ROT"))
}

// What hangs is ended, by force if need be, and is no zombie for ever.
func TestProgramsThatHangLeaveNoProcess(t *testing.T) {
	for name, stubborn := range map[string]bool{"ended by SIGTERM": false, "ended by SIGKILL": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHANA(t)
			h.config["srhook_timeout_sfail"], h.config["srhook_timeout_sok"] = "1", "1"
			h.cluster.answer(answer{Delay: forever, Stubborn: stubborn})
			h.start(python{path: python3(t)})
			for range 2 {
				h.call(lost("ROT"))
				h.call(inSync("ROT"))
			}
			// The next event collects what had not ended yet.
			h.cluster.answer(answer{})
			h.call(lost("WDF"))
			process := strconv.Itoa(h.cmd.Process.Pid)
			children, err := os.ReadFile(filepath.Join("/proc", process, "task", process, "children"))
			require.NoError(t, err)
			require.Empty(t, string(children))
		})
	}
}
