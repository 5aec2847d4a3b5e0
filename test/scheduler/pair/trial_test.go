package pair

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func trials() []trial {
	return slices.Concat(syncTrials(), roleTrials(), primaryTrials(), eventTrials())
}

// A second on two cores has this much CPU time for each of its twenty cases.
const budget = 2 * time.Second / 20

func TestWhoIsPromoted(t *testing.T) {
	all := trials()
	require.GreaterOrEqual(t, len(all), 150)
	for _, c := range all {
		healthy(t, c.policy)
	}
	began, used := time.Now(), cpu(t)
	t.Run("when", func(t *testing.T) {
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				if err := c.play(t.Context(), healthy(t, c.policy)); err != nil {
					t.Error(err)
				}
			})
		}
	})
	took, each := time.Since(began), (cpu(t)-used)/time.Duration(len(all))
	t.Logf("%d cases in %.1fs: %.0f a second, %v of CPU time each", len(all), took.Seconds(),
		float64(len(all))/took.Seconds(), each.Round(time.Millisecond))
	require.Less(t, each, budget, "CPU time of a case")
}

// cpu is the CPU time that this process and its children have used.
func cpu(t *testing.T) time.Duration {
	var sum time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var usage unix.Rusage
		require.NoError(t, unix.Getrusage(who, &usage))
		sum += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return sum
}
