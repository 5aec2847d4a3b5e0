package scenario

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALaneStaysWithItsKit(t *testing.T) {
	var q queue
	for i, kit := range []string{"a", "b", "a", "", "b", "a"} {
		q.add(i, kit)
	}
	take := func(kit string) int {
		i, ok := q.next(kit)
		require.True(t, ok)
		return i
	}
	require.Equal(t, 0, take(noKit), "the first lane begins with the first kit")
	require.Equal(t, 1, take(noKit), "the second with another")
	require.Equal(t, 2, take("a"))
	require.Equal(t, 4, take("b"))
	require.Equal(t, 3, take("b"), "a kit to which nobody has come")
	require.Equal(t, 5, take(""), "what is left is shared")
	_, ok := q.next("a")
	require.False(t, ok)
}
