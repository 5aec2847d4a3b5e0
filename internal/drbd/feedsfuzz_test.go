package drbd_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

// seeds gives a fuzzer every recorded answer of a command that is not like one before.
func seeds(f *testing.F, command string) {
	seen := map[string]bool{}
	for _, folder := range drbdtest.Folders() {
		for _, c := range drbdtest.Captures(folder) {
			for _, b := range c.All(command) {
				if len(seen) < 64 && !seen[b.Stdout] {
					seen[b.Stdout] = true
					f.Add([]byte(b.Stdout))
				}
			}
		}
	}
}

// sound fails when a host breaks the model's own rules, whatever it was read from.
func sound(t *testing.T, h drbd.Host, text []byte) {
	t.Helper()
	volumes := 0
	for _, r := range h.Resources {
		volumes += len(r.Volumes)
		for _, p := range r.Peers {
			for _, v := range p.Volumes {
				volumes++
				require.GreaterOrEqual(t, v.OutOfSyncKiB, int64(0))
				if v.Progress != nil {
					require.Greater(t, v.Replication, drbd.Established)
					require.True(t, v.Progress.Percent >= 0 && v.Progress.Percent <= 100)
				}
			}
		}
	}
	require.LessOrEqual(t, volumes, len(text)+1)
	written, err := json.Marshal(h)
	require.NoError(t, err)
	var again drbd.Host
	require.NoError(t, json.Unmarshal(written, &again))
	rewritten, err := json.Marshal(again)
	require.NoError(t, err)
	require.Equal(t, string(written), string(rewritten), "a view goes to another host and stays the same")
}

func FuzzParseEvents(f *testing.F) {
	seeds(f, eventsStatistics)
	f.Add([]byte("change device name:r0 volume:0 disk:\x1b[1mUpToDate->Failed\nrename resource name:r0 new_name:r1\nexists -\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := drbd.ParseEvents(text, drbd.Version{})
		if err == nil {
			require.Contains(t, string(text), "-")
		}
		sound(t, h, text)
	})
}

func FuzzParseStatusJSON(f *testing.F) {
	seeds(f, statusAllJSON)
	f.Add([]byte(threeNodes))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := drbd.ParseStatusJSON(text)
		if err != nil {
			require.Empty(t, h.Resources)
		}
		sound(t, h, text)
	})
}

func FuzzParseStatusText(f *testing.F) {
	seeds(f, statusVerbose)
	seeds(f, statusPlain)
	f.Fuzz(func(t *testing.T, text []byte) {
		h, _ := drbd.ParseStatusText(text)
		for _, r := range h.Resources {
			require.NotEmpty(t, r.Name)
		}
		soundText := append([]byte(strings.Repeat(" ", 4*len(h.Resources))), text...)
		if len(h.Resources) < 64 {
			sound(t, h, append(soundText, text...))
		}
	})
}

func FuzzParseGI(f *testing.F) {
	seeds(f, getGI)
	f.Fuzz(func(t *testing.T, text []byte) {
		gi, err := drbd.ParseGI(string(text))
		if err != nil {
			return
		}
		again, err := drbd.ParseGI(gi.String())
		require.NoError(t, err)
		require.Equal(t, gi, again)
		relation, _ := gi.Relate(again)
		require.Contains(t, []drbd.Relation{drbd.SameData, drbd.JustCreated, drbd.RelationUnknown}, relation)
	})
}

func FuzzParseKernelLog(f *testing.F) {
	seeds(f, "dmesg   (kernel messages of DRBD since the last capture)")
	f.Add([]byte("4,12,61500000,-;block drbd0: Unrelated data, aborting!\n SUBSYSTEM=block\n"))
	f.Add([]byte("Nov 22 12:01:01 alfa kernel: [  12.0] drbd r0/0 drbd0 bravo: repl( Off -> Established )"))
	f.Fuzz(func(t *testing.T, text []byte) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		events := drbd.ParseKernelLog(text, drbd.LogClock{Boot: now.Add(-time.Hour), Now: now})
		for _, e := range events {
			require.NotEqual(t, drbd.LogOther, e.Kind)
			require.True(t, e.Resource != "" || e.Minor >= 0)
		}
		require.LessOrEqual(t, len(drbd.OpenSplits(events, nil)), len(events))
	})
}
