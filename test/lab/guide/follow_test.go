package guide

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// sighting is a state with a clone state and a score on each node.
func sighting(a, b string) state { return state{wdf: {"SC": a}, rot: {"SC": b}} }

func TestWalk(t *testing.T) {
	t.Parallel()
	rows := []row{
		{What: "fails", A: "SC 5"},
		{What: "waits", A: "SC -9000", Brief: true},
		{What: "starts", A: "SC 0", Brief: true},
		{What: "taken over", A: "SC -9000/gone", B: "SC 150"},
	}
	tests := []struct {
		name            string
		seen            []state
		reached, missed []string
		why             string
	}{
		{
			name:    "all rows in their order",
			seen:    []state{sighting("150", "100"), sighting("5", "100"), sighting("-9000", "100"), sighting("0", "100"), sighting("-9000", "150")},
			reached: []string{"fails", "waits", "starts", "taken over"},
		},
		{
			name:    "brief rows that nobody saw are skipped when a later one is seen",
			seen:    []state{sighting("5", "100"), {rot: {"SC": "150"}}},
			reached: []string{"fails", "taken over"},
			missed:  []string{"waits", "starts"},
		},
		{
			name:    "one state may reach several rows",
			seen:    []state{sighting("5", "100"), sighting("-9000", "150")},
			reached: []string{"fails", "waits", "taken over"},
			missed:  []string{"starts"},
		},
		{
			name: "a row that is not brief must be seen",
			seen: []state{sighting("-9000", "150"), sighting("0", "150")},
			why:  `suse01: SC is "0", not 5`,
		},
		{
			name:    "what came before the row in front of it does not count",
			seen:    []state{sighting("0", "150"), sighting("5", "150")},
			reached: []string{"fails"},
			why:     `suse01: SC is "5", not -9000`,
		},
		{
			name:    "both nodes have to be so at the same time",
			seen:    []state{sighting("5", "100"), sighting("7", "150"), {rot: {"SC": "100"}}},
			reached: []string{"fails"},
			why:     `suse01: SC is "", not -9000`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := walk{rows: rows}
			var reached []string
			for _, r := range w.see(tt.seen, wdf, rot) {
				reached = append(reached, r.What)
			}
			require.Equal(t, tt.reached, reached)
			require.Equal(t, tt.missed, w.missed)
			require.Equal(t, len(tt.seen), w.at)
			require.Equal(t, tt.why == "", w.done())
			if !w.done() {
				require.Equal(t, tt.why, w.why)
			}
		})
	}
}

func TestAWalkGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := walk{rows: []row{{What: "down", A: "SC 5"}, {What: "up", A: "SC 150"}}, at: 1}
	states := []state{sighting("5", "0"), sighting("150", "0"), sighting("5", "0"), sighting("150", "0")}
	require.Empty(t, w.see(states[w.at:2], wdf, rot), "what was before the walk began is not looked at")
	require.Len(t, w.see(states[w.at:3], wdf, rot), 1)
	require.False(t, w.done())
	require.Len(t, w.see(states[w.at:], wdf, rot), 1)
	require.True(t, w.done())
}

func TestTheFollowerKeepsChangesOnly(t *testing.T) {
	t.Parallel()
	f := &follower{}
	require.Empty(t, f.seen(f.now()))
	for _, s := range []state{sighting("5", "0"), sighting("5", "0"), sighting("150", "0")} {
		f.add(s)
	}
	require.Len(t, f.seen(0), 2)
	require.Equal(t, []state{sighting("150", "0")}, f.seen(f.now()))
	require.Empty(t, f.seen(9))
}
