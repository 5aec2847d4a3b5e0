package repertoire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryScenarioIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range All() {
		require.NotEmpty(t, s.Title, s.Name)
		require.NotNil(t, s.Run, s.Name)
		require.False(t, seen[s.Name], "%s is there twice", s.Name)
		seen[s.Name] = true
	}
	require.NotEmpty(t, Smoke())
	_, err := Find([]string{"address-starts", "no-such"})
	require.ErrorContains(t, err, `"no-such"`)
}
