package record_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/record"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func of(volume int, outcome record.Outcome, at time.Time) record.Record {
	return record.Record{Resource: "r0", Volume: volume, Oldest: at, Ended: at.Add(time.Hour), Outcome: outcome, Differing: 5000}
}

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "verify")
	all, err := record.Read(folder)
	require.NoError(t, err)
	require.Empty(t, all)
	clean, odd := of(0, record.Clean, noon), of(1, record.Different, noon)
	odd.Resource = "a/../b"
	require.NoError(t, clean.Write(folder))
	require.NoError(t, odd.Write(folder))
	all, err = record.Read(folder)
	require.NoError(t, err)
	require.ElementsMatch(t, []record.Record{clean, odd}, all)
	require.Equal(t, []drbd.Verified{{Resource: "r0", At: noon, Clean: true}}, record.Verified([]record.Record{clean, of(1, record.Partial, noon)}))
	names, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, names, 2, "nothing else is left behind")
}

func TestAPartialRunDoesNotReplaceWhatACompleteOneHasSaid(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, step := range []struct{ write, want record.Outcome }{
		{record.Partial, record.Partial}, {record.Clean, record.Clean}, {record.Partial, record.Clean},
		{record.Different, record.Different}, {record.Partial, record.Different},
	} {
		require.NoError(t, of(0, step.write, noon).Write(folder))
		all, err := record.Read(folder)
		require.NoError(t, err)
		require.Equal(t, step.want, all[0].Outcome)
	}
}

func TestRubbishIsLeftOutAndTold(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, of(0, record.Clean, noon).Write(folder))
	for name, text := range map[string]string{"a@0.json": "{", "b@0.json": `{"resource":"b","outcome":"fine"}`} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	all, err := record.Read(folder)
	require.ErrorContains(t, err, "a@0.json")
	require.ErrorContains(t, err, "b@0.json is no record")
	require.Len(t, all, 1)
}

func TestTheWordIsThatOfTheWorstVolume(t *testing.T) {
	t.Parallel()
	before := noon.Add(-time.Hour)
	for want, all := range map[string][]record.Record{
		"":                  nil,
		"CLEAN@1772622000":  {of(0, record.Clean, noon), of(1, record.Clean, before)},
		"PART@1772625600":   {of(0, record.Clean, before), of(1, record.Partial, noon)},
		"DIFF@1772625600:5": {of(0, record.Different, noon), of(1, record.Partial, before), {Resource: "r1", Outcome: record.Different, Oldest: before}},
	} {
		require.Equal(t, want, record.Word(all, "r0"))
	}
}

func TestWhatMakesAComparisonStale(t *testing.T) {
	t.Parallel()
	week := 7 * 24 * time.Hour
	stale := func(volumes []int, all ...record.Record) string { return record.Stale(all, "r0", volumes, week, noon) }
	require.Empty(t, stale([]int{0}, of(0, record.Clean, noon.Add(-week))))
	require.Equal(t, "the copies of r0/0 were last compared on 2026-02-25", stale([]int{0}, of(0, record.Clean, noon.Add(-week-time.Minute))))
	require.Equal(t, "the copies of r0/1 have never been compared to the end", stale([]int{0, 1}, of(0, record.Clean, noon), of(1, record.Partial, noon)))
	require.Equal(t, "the last comparison of the copies of r0/0 has found 5000 bytes that differ", stale([]int{0}, of(0, record.Different, noon)))
}

func TestNamesOfVolumes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"r0": 0, "r0/0": 0, "r0/17": 17} {
		resource, volume, err := record.Name(text)
		require.NoError(t, err)
		require.Equal(t, "r0", resource)
		require.Equal(t, want, volume)
	}
	for _, wrong := range []string{"", "/1", "r0/", "r0/x", "r0/-1", "r0/1x", "r0/+1", "r0/ 1"} {
		_, _, err := record.Name(wrong)
		require.Error(t, err, wrong)
	}
}
