package service

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The service refuses row 3 and does not answer row 5.
func troubled(ctx context.Context, row int) (string, error) {
	switch row {
	case 3:
		return "", errors.New("refused")
	case 5:
		<-ctx.Done()
		return "", ctx.Err()
	}
	return "suse01", nil
}

func TestTheClientAsksForEachRowOnceAndWaitsNoLongerThanItsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var changes []bool
		c := &client{put: troubled, served: func(up bool) { changes = append(changes, up) }}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		c.run(ctx)

		list := c.attempts()
		require.Greater(t, len(list), 10)
		for i, a := range list {
			require.Equal(t, i+1, a.row)
			require.Equal(t, i == 2 || i == 4, a.err != nil, "row %d", a.row)
		}
		require.Equal(t, "suse01", list[0].by)
		require.Equal(t, every, list[1].asked.Sub(began))
		require.Equal(t, patience, list[4].answered.Sub(list[4].asked))
		require.Equal(t, []bool{true, false, true, false, true}, changes)
	})
}
