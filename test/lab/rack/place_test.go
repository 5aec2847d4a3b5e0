package rack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlace(t *testing.T) {
	for _, id := range []string{"", "ci-7", "Anna"} {
		_, err := NewPlace(id)
		require.NoError(t, err, id)
	}
	for _, id := range []string{"..", "a/b", "a b", "x\x00", "a-name-that-is-longer-than-anyone-needs"} {
		_, err := NewPlace(id)
		require.ErrorContains(t, err, "laboratory name", id)
	}
	one, err := NewPlace("one")
	require.NoError(t, err)
	usual, err := NewPlace("")
	require.NoError(t, err)
	require.Equal(t, "/run/ocflab/one", one.Folder())
	require.Equal(t, "/run/ocflab/default", usual.Folder())
	require.NotEqual(t, one.Mark(), usual.Mark())
}
