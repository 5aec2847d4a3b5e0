package writer

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadForgivesATornEnd(t *testing.T) {
	t.Parallel()
	answers, err := Read(strings.NewReader(`{"row":"1-1","asked":5,"answered":6}` + "\n" + `{"row":"1-2","error":"refused"}` + "\n" + `{"row":"1-`))
	require.NoError(t, err)
	require.Equal(t, []Answer{{Row: "1-1", Asked: 5, Answered: 6}, {Row: "1-2", Error: "refused"}}, answers)
	_, err = Read(strings.NewReader("rubbish"))
	require.Error(t, err)
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2, Main(nil))
}
