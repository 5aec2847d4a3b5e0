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

func TestTranscript(t *testing.T) {
	t.Parallel()
	var told []bool
	tr := Transcript{Served: func(up bool) { told = append(told, up) }}
	for _, text := range []string{
		`{"row":"1-1","asked":1,"answered":2}` + "\n", `{"row":"1-2","asked":3,"answered":4,"error":"refused"}` + "\n",
		`{"row":"1-3","asked":5,"answered":9}` + "\n" + `{"row":"1-4","asked":10,"answered":11}` + "\n",
	} {
		_, err := tr.Write([]byte(text))
		require.NoError(t, err)
	}
	require.Equal(t, []bool{true, false, true}, told)
	answers, err := tr.Answers()
	require.NoError(t, err)
	require.Len(t, answers, 4)
	require.EqualValues(t, 7, Outage(answers))
}
