package guide

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/writer"
)

// A fair run is this: suse01 takes rows 1 and 2, suse02 takes over after 10 s and takes row 3, the address follows
// within 2 s, and all rows are there. Each case spoils one thing.
func fairRun() evidence {
	return evidence{
		writes: []truth.Write{wrote(1, "WDF", 1, 1), wrote(2, "WDF", 1, 2), wrote(12, "ROT", 2, 3)},
		events: []truth.Event{opened(0, wdf, 1), opened(10, rot, 2)},
		host:   rot,
		survivor: holding3(
			core.Turn{Epoch: 1, From: 1}, core.Turn{Epoch: 2, From: 3},
		),
		answers: []writer.Answer{{Row: "r1"}, {Row: "r2"}, {Row: "x", Error: "refused"}, {Row: "r3"}},
		held:    []holding{{wdf, 0, 11 * time.Second}, {rot, 12 * time.Second, 0}},
		now:     60 * time.Second,
	}
}

func wrote(second int, site string, epoch, position uint64) truth.Write {
	return truth.Write{At: time.Duration(second) * time.Second, Site: site, Epoch: epoch, Entry: core.Entry{Position: position}}
}

func opened(second int, host string, epoch uint64) truth.Event {
	return truth.Event{At: time.Duration(second) * time.Second, What: truth.Opened, Host: host, Database: "HA1", Epoch: epoch}
}

func accepted(second int, host string) truth.Event { return noted(second, truth.Accepted, host) }

func noted(second int, what, host string) truth.Event {
	return truth.Event{At: time.Duration(second) * time.Second, What: what, Host: host, Database: "HA1"}
}

// holding3 is a log with the rows r1 to r3 of the client's table.
func holding3(turns ...core.Turn) *core.Log {
	l := &core.Log{Turns: turns}
	for _, row := range []string{"r1", "r2", "r3"} {
		l.Append(core.Row{Table: "T", Values: []string{row}})
	}
	return l
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(*evidence)
		// want are the words for each thing that must never happen and did; empty is a fair run.
		want []string
	}{
		{name: "a fair takeover is blamed for nothing", spoil: func(*evidence) {}},
		{
			name: "a former primary that takes a row after the takeover is a second primary, and loses it",
			spoil: func(e *evidence) {
				e.writes = []truth.Write{wrote(1, "WDF", 1, 1), wrote(2, "WDF", 1, 2), wrote(12, "ROT", 2, 3), wrote(15, "WDF", 1, 3)}
			},
			want: []string{
				"two primaries accepted rows: WDF and ROT for 3s",
				"1 accepted rows are lost: suse02 does not have what WDF accepted last, {3",
			},
		},
		{
			name: "a former primary that accepted rows before the takeover only, and late ones of no other, is none",
			spoil: func(e *evidence) {
				e.writes = []truth.Write{wrote(1, "WDF", 1, 1), wrote(9, "WDF", 1, 2), wrote(10, "ROT", 2, 3)}
			},
		},
		{
			name:  "rows that the one that took over never got are lost",
			spoil: func(e *evidence) { e.survivor = holding3(core.Turn{Epoch: 1, From: 1}, core.Turn{Epoch: 2, From: 2}) },
			want:  []string{"1 accepted rows are lost: suse02 does not have what WDF accepted last, {2"},
		},
		{
			name:  "a row that was acknowledged and is not there is a broken promise",
			spoil: func(e *evidence) { e.answers = append(e.answers, writer.Answer{Row: "r4"}) },
			want:  []string{"row r4 was acknowledged, and suse02 has it 0 times"},
		},
		{
			name: "a row that is there twice is a broken promise",
			spoil: func(e *evidence) {
				e.survivor.Append(core.Row{Table: "T", Values: []string{"r2"}})
			},
			want: []string{"row r2 was acknowledged, and suse02 has it 2 times"},
		},
		{
			name: "a row that was refused may be there or not",
			spoil: func(e *evidence) {
				e.answers = []writer.Answer{{Row: "r1", Error: "no answer"}, {Row: "r9", Error: "no answer"}}
			},
		},
		{
			name:  "an address that stays where the rows no longer go misleads clients",
			spoil: func(e *evidence) { e.held = []holding{{wdf, 0, 0}, {rot, 12 * time.Second, 0}} },
			want:  []string{"the address was on suse01 for 50s while the primary was open on suse02"},
		},
		{
			name:  "an address that is taken away within the time of a move does not",
			spoil: func(e *evidence) { e.held[0].to = 10*time.Second + wrongFor },
		},
		{
			name:  "one that comes up at the wrong node later does",
			spoil: func(e *evidence) { e.held = append(e.held, holding{wdf, 30 * time.Second, 46 * time.Second}) },
			want:  []string{"the address was on suse01 for 16s while the primary was open on suse02"},
		},
		{
			name: "while an administrator was in charge the address is nobody's fault",
			spoil: func(e *evidence) {
				e.held[0].to, e.resumed = 50*time.Second, 40*time.Second
			},
		},
		{
			name: "nor is the time before the cluster was in charge again counted afterwards",
			spoil: func(e *evidence) {
				e.held[0].to, e.resumed = 56*time.Second, 40*time.Second
			},
			want: []string{"the address was on suse01 for 16s while the primary was open on suse02"},
		},
		{
			name: "while the primary is down the address may be where a takeover was begun",
			spoil: func(e *evidence) {
				e.events = []truth.Event{opened(0, wdf, 1), accepted(10, wdf), opened(50, wdf, 1)}
				e.held = []holding{{wdf, 0, 20 * time.Second}, {rot, 20 * time.Second, 50*time.Second + noticedAfter + wrongFor}}
				e.now = 90 * time.Second
			},
		},
		{
			name: "once the primary is open again it may not stay there",
			spoil: func(e *evidence) {
				e.events = []truth.Event{opened(0, wdf, 1), accepted(10, wdf), opened(50, wdf, 1)}
				e.held = []holding{{wdf, 0, 20 * time.Second}, {rot, 20 * time.Second, 0}}
				e.now = 90 * time.Second
			},
			want: []string{"the address was on suse02 for 20s while the primary was open on suse01"},
		},
		{
			name: "nor come there when that is long past",
			spoil: func(e *evidence) {
				e.events = []truth.Event{opened(0, wdf, 1), opened(1, wdf, 1)}
				e.held = []holding{{wdf, 0, 30 * time.Second}, {rot, 30 * time.Second, 46 * time.Second}, {wdf, 46 * time.Second, 0}}
			},
			want: []string{"the address was on suse02 for 16s while the primary was open on suse01"},
		},
		{
			name: "a primary that accepted rows was open until then, however it ended",
			spoil: func(e *evidence) {
				e.events = []truth.Event{opened(0, wdf, 1), accepted(46, wdf), opened(50, wdf, 1)}
				e.held = []holding{{wdf, 0, 20 * time.Second}, {rot, 20 * time.Second, 55 * time.Second}}
			},
			want: []string{"the address was on suse02 for 26s while the primary was open on suse01"},
		},
		{
			name: "a primary that was closed is missed by nobody",
			spoil: func(e *evidence) {
				e.events = append(e.events, noted(20, truth.Closed, rot))
				e.held = append(e.held, holding{wdf, 20 * time.Second, 0})
			},
		},
		{
			name:  "a database that was never opened leads no address astray",
			spoil: func(e *evidence) { e.events, e.held = nil, []holding{{wdf, 0, 0}} },
		},
		{
			name: "without the survivor's data two primaries are seen all the same",
			spoil: func(e *evidence) {
				e.writes = append(e.writes, wrote(15, "WDF", 1, 3))
				e.survivor = nil
			},
			want: []string{"two primaries accepted rows"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := fairRun()
			tt.spoil(&e)
			err := e.verdict()
			if len(tt.want) == 0 {
				require.NoError(t, err)
				return
			}
			for _, want := range tt.want {
				require.ErrorContains(t, err, want)
			}
			require.Len(t, violations(err), len(tt.want), "%v", err)
		})
	}
}

// violations are the errors that were joined.
func violations(err error) []error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range many.Unwrap() {
		all = append(all, violations(one)...)
	}
	return all
}

func TestPromisedRowsAreThoseWithoutAnError(t *testing.T) {
	t.Parallel()
	require.Equal(t, 3, fairRun().promised())
}

func TestTheSurvivorIsWhereTheDatabaseWasOpenedLast(t *testing.T) {
	t.Parallel()
	events := []truth.Event{
		opened(0, wdf, 1), opened(10, rot, 2),
		{At: 20, What: truth.Closed, Host: wdf, Database: "HA1"},
		{At: 30, What: truth.Opened, Host: wdf, Database: "SYSTEMDB"},
	}
	require.Equal(t, rot, lastOpened(events, "HA1"))
	require.Empty(t, lastOpened(events, "HA2"))
}

func TestWhatWasOpenedBeforeTheClientCameCountsForItsPrimaryOnly(t *testing.T) {
	t.Parallel()
	w := &writing{primary: wdf, from: 20 * time.Second}
	all := []truth.Event{opened(1, wdf, 1), opened(10, rot, 2), {At: 11 * time.Second, What: truth.Accepted, Host: rot}, opened(30, rot, 3)}
	require.Equal(t, []truth.Event{all[0], all[2], all[3]}, w.since(all))
}

func TestWhatIsSureAboutWhenADatabaseWasOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []truth.Event
		// want are the seconds from and to which the database on suse01 was open.
		want [][2]int
	}{
		{name: "one that was opened still is", events: []truth.Event{opened(5, wdf, 1)}, want: [][2]int{{5, 60}}},
		{name: "one that was closed was open until then", events: []truth.Event{opened(5, wdf, 1), accepted(6, wdf), noted(9, truth.Closed, wdf)}, want: [][2]int{{5, 9}}},
		{
			name:   "one that starts anew crashed after its last row",
			events: []truth.Event{opened(5, wdf, 1), accepted(6, wdf), accepted(8, wdf), opened(20, wdf, 1)},
			want:   [][2]int{{5, 8}, {20, 60}},
		},
		{
			name:   "rows from before it was opened tell nothing about a crash after it",
			events: []truth.Event{opened(5, wdf, 1), accepted(6, wdf), opened(20, wdf, 1), opened(30, wdf, 1)},
			want:   [][2]int{{5, 6}, {20, 20}, {30, 60}},
		},
		{
			name:   "one that comes back as a secondary crashed as well",
			events: []truth.Event{opened(5, wdf, 1), accepted(6, wdf), noted(20, truth.Resumed, wdf), accepted(21, wdf)},
			want:   [][2]int{{5, 6}},
		},
		{name: "one that was never opened was not open", events: []truth.Event{noted(9, truth.Copied, wdf), noted(10, truth.Closed, wdf)}},
		{
			name:   "another site's notes end nothing",
			events: []truth.Event{opened(5, wdf, 1), noted(9, truth.Closed, rot), noted(10, truth.Copied, rot)},
			want:   [][2]int{{5, 60}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got [][2]int
			for _, o := range openings(tt.events, time.Minute) {
				require.Equal(t, wdf, o.host)
				require.Equal(t, len(got) > 0, o.again)
				got = append(got, [2]int{int(o.from.Seconds()), int(o.to.Seconds())})
			}
			require.Equal(t, tt.want, got)
		})
	}
}
