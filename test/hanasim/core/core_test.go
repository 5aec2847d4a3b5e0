package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func rows(l *Log, n int) {
	for range n {
		l.Append(Row{Table: "T", Values: []string{"x"}})
	}
}

func TestLineages(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		turns    []Turn
		last     uint64
		position uint64
		related  bool
	}{
		{"an empty disk has nothing in common", nil, 0, 0, false},
		{"another database has nothing in common", []Turn{{9, 1}}, 4, 0, false},
		{"a copy that fell behind lacks the rest", []Turn{{1, 1}}, 4, 4, true},
		{"a copy from before the takeover has all up to there", []Turn{{1, 1}}, 10, 10, true},
		{"rows of an old primary after the takeover are its own", []Turn{{1, 1}}, 12, 10, true},
		{"the same lineage is all in common", []Turn{{1, 1}, {2, 11}}, 15, 15, true},
		{"a takeover of its own that wrote nothing costs nothing", []Turn{{1, 1}, {7, 11}}, 10, 10, true},
		{"a takeover of its own that wrote is apart from there", []Turn{{1, 1}, {7, 9}}, 12, 8, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := Log{}
			l.Begin(1)
			rows(&l, 10)
			require.True(t, l.Begin(2))
			require.False(t, l.Begin(2))
			rows(&l, 5)
			position, related := l.Common(c.turns, c.last)
			require.Equal(t, c.related, related)
			require.Equal(t, c.position, position)
			s := Source{Log: &l}
			s.Expect(2, "ROT", Sync, false)
			plan, ok := s.Connect(2, c.turns, c.last, true)
			require.True(t, ok)
			require.Equal(t, !c.related || c.position < c.last, plan.Full)
			require.Equal(t, c.last-c.position, plan.Lost)
		})
	}
}

func TestTheFirstTurnNamesTheDatabase(t *testing.T) {
	t.Parallel()
	l := Log{}
	l.Begin(1)
	l.Begin(2)
	require.Equal(t, []Turn{{1, 1}, {2, 1}}, l.Turns)
}

func TestACommitWaitsForTheTimeout(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := Log{}
	l.Begin(1)
	s := Source{Log: &l, Timeout: time.Second}
	s.Expect(2, "ROT", Sync, true)
	s.Write(Row{Table: "T"}, now)
	require.Zero(t, s.Released())
	require.Empty(t, s.Overdue(now.Add(999*time.Millisecond)))
	require.Equal(t, []int{2}, s.Overdue(now.Add(time.Second)))
	require.True(t, s.Lose(2, "CONNECTION TIMEOUT"))
	require.False(t, s.Lose(2, "again"))
	require.Zero(t, s.Released(), "the loss is not reported yet")
	s.Reported(2, s.Loss(2))
	require.Equal(t, uint64(1), s.Released())
	require.Equal(t, "CONNECTION TIMEOUT", s.Links()[0].Details)
}

func TestAsyncNeverWaits(t *testing.T) {
	t.Parallel()
	l := Log{}
	s := Source{Log: &l}
	s.Expect(2, "ROT", Async, true)
	s.Write(Row{Table: "T"}, time.Unix(0, 0))
	require.Equal(t, uint64(1), s.Released())
	require.Empty(t, s.Overdue(time.Unix(1e6, 0)))
}

func TestASiteThatIsNotRegisteredIsRefused(t *testing.T) {
	t.Parallel()
	s := Source{Log: &Log{}}
	_, ok := s.Connect(3, nil, 0, false)
	require.False(t, ok)
	s.Expect(3, "DR1", Async, false)
	s.Expect(3, "DR1", Sync, false)
	require.Len(t, s.Links(), 1)
	s.Forget(3)
	require.Empty(t, s.Links())
}

func TestTogether(t *testing.T) {
	t.Parallel()
	require.Equal(t, NoReplication, Together(nil))
	require.Equal(t, Syncing, Together([]Status{Active, Syncing, Active}))
	require.Equal(t, Error, Together([]Status{Unknown, Error}))
}

func TestTables(t *testing.T) {
	t.Parallel()
	l := Log{}
	for _, r := range []Row{{Table: "A"}, {Table: "A", Values: []string{"1"}}, {Table: "B"}, {Table: "B", Drop: true}} {
		l.Append(r)
	}
	require.Equal(t, map[string][][]string{"A": {{"1"}}}, l.Tables())
	require.Error(t, l.Add(Entry{Position: 9}))
}

// Found by the property: the return of a late report must not stand for that of a later loss.
func TestTheReportOfAnOlderLossReleasesNothing(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := Log{}
	l.Begin(1)
	s := Source{Log: &l, Timeout: time.Second}
	s.Expect(2, "ROT", Sync, false)
	_, ok := s.Connect(2, nil, 0, false)
	require.True(t, ok)
	first := s.Loss(2)
	require.True(t, s.Ack(2, 0, now))
	require.True(t, s.Lose(2, "CONNECTION CLOSED"))
	s.Reported(2, first)
	s.Write(Row{Table: "T"}, now)
	require.Zero(t, s.Released())
	s.Reported(2, s.Loss(2))
	require.Equal(t, uint64(1), s.Released())
}
