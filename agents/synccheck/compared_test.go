package synccheck

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/record"
	"ocfbox/internal/ocf"
)

func TestWhatAComparisonHasFoundIsPublished(t *testing.T) {
	in(t, "clean, then different, then gone", drbdtest.DRBD9, func(w *world) {
		w.situation("05-healthy")
		a := w.nodes[alfa]
		w.monitors(alfa, bravo)
		require.Empty(w.t, w.value(alfa, "-verify"))
		done := record.Record{Resource: "r0", Oldest: time.Unix(1700000000, 0), Outcome: record.Clean, Differing: 12288}
		require.NoError(w.t, done.Write(a.at(record.Folder)))
		w.monitors(alfa)
		require.Equal(w.t, "CLEAN@1700000000", w.value(alfa, "-verify"))
		done.Outcome = record.Different
		require.NoError(w.t, done.Write(a.at(record.Folder)))
		w.monitors(alfa)
		require.Equal(w.t, "DIFF@1700000000:12", w.value(alfa, "-verify"))
		require.Equal(w.t, ocf.Success, a.Call(w.t, "stop").Code)
		require.Empty(w.t, w.value(alfa, "-verify"))
	})
}

func TestAComparisonThatIsMissingOrOldIsDegradedAndTakesNoCopyItsGoodName(t *testing.T) {
	both(t, "a day", func(w *world) {
		w.situation("05-healthy")
		a := w.nodes[alfa]
		a.Params["verify_max_age"] = "1"
		a.Params["fail_on"] = "DEGRADED"
		result := a.Call(w.t, "monitor")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "the copies of r0/0 have never been compared to the end")
		done := record.Record{Resource: "r0", Oldest: time.Now(), Outcome: record.Clean}
		require.NoError(w.t, done.Write(a.at(record.Folder)))
		require.Equal(w.t, ocf.Success, a.Call(w.t, "monitor").Code)
		time.Sleep(25 * time.Hour)
		result = a.Call(w.t, "monitor")
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "were last compared on")
		require.Equal(w.t, [2]State{StatePrimary, StateSync}, w.states())
	})
}
