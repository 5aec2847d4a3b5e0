package service

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/referee"
)

// at is a time in a story that begins at zero seconds.
func at(seconds float64) time.Time {
	return time.Unix(0, 0).Add(time.Duration(seconds * float64(time.Second)))
}

func told(row int, asked float64, by string) attempt {
	return attempt{row: row, asked: at(asked), answered: at(asked + 0.1), by: by}
}

func untold(row int, asked float64) attempt {
	return attempt{row: row, asked: at(asked), answered: at(asked + 3), err: errors.New("no answer")}
}

// The address moves from suse01 to suse02 between 2 and 4 seconds; row 2 got no answer.
func story() ([]attempt, []referee.Span) {
	return []attempt{told(1, 1, "suse01"), untold(2, 1.5), told(3, 4.5, "suse02")},
		[]referee.Span{{Node: "suse01", From: at(0), To: at(2)}, {Node: "suse02", From: at(4)}}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	attempts, held := story()
	for _, c := range []struct {
		name     string
		attempts []attempt
		rows     []int
		want     string
	}{
		{"what was acknowledged is there", attempts, []int{1, 3}, ""},
		{"a row that got no answer may be there", attempts, []int{1, 2, 3}, ""},
		{"an acknowledged row is missing", attempts, []int{1, 2}, "row 3 is lost, which suse02 acknowledged at"},
		{"a row is there twice", attempts, []int{1, 3, 3}, "row 3 is there 2 times"},
		{"a row is there that nobody asked for", attempts, []int{1, 3, 7}, "row 7 is there, which nobody asked for"},
		{"nobody was served", attempts[1:2], nil, "no row was ever acknowledged"},
		{"a node answers that has the address no more", append(attempts, told(4, 5, "suse01")), []int{1, 3, 4},
			"suse01 acknowledged row 4 at"},
		{"a node answers that does not have the address yet", append(attempts, told(4, 3.8, "suse02")), []int{1, 3, 4},
			"suse02 acknowledged row 4 at"},
		{"a row is acknowledged while the address goes", append(attempts, told(4, 1.95, "suse01")), []int{1, 3, 4}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := verdict(c.attempts, c.rows, held)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
}

func TestTheTimeWithoutServiceIsTheLongestFromOneAcknowledgementToTheNext(t *testing.T) {
	t.Parallel()
	attempts := []attempt{told(1, 1, "suse01"), untold(2, 2), told(3, 6, "suse01"), untold(4, 7), told(5, 10, "suse01"), told(6, 11, "suse01")}
	require.Equal(t, 5*time.Second, outage(attempts, at(0)))
	require.Equal(t, 4*time.Second, outage(attempts, at(6.5)), "what was over before is not counted")
	require.Equal(t, time.Second, outage(attempts, at(10.5)))
	require.Zero(t, outage(attempts[:2], at(0)))
}
