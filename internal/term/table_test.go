package term

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATableIsStraightWithAndWithoutColour(t *testing.T) {
	table := Table{
		Header: []string{"Hosts", "x"},
		Rows:   [][]Cell{{{Text: "suse01"}, {Text: "SOK", Style: Good}}, {{Text: "a"}, {Text: "SFAIL", Style: Bad, Changed: true}}, {{Text: "b"}, {Changed: true}}},
	}
	var plain, colored strings.Builder
	require.NoError(t, table.Write(&plain, false))
	require.Equal(t, "Hosts  x     \n-------------\nsuse01 SOK   \na      SFAIL \nb            \n", plain.String())
	require.NoError(t, table.Write(&colored, true))
	require.Contains(t, colored.String(), "suse01 \x1b[32mSOK\x1b[0m   \n")
	require.Contains(t, colored.String(), "\x1b[31;7mSFAIL\x1b[0m \n")
	require.Contains(t, colored.String(), "\x1b[7m\x1b[0m")
}

func TestWidthCountsColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "ä": 1, "a\u0308": 1, "漢字": 4, "한": 2} {
		require.Equal(t, want, Width(text), text)
	}
}
