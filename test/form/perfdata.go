package form

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Perfdata checks that a text is what a monitoring plugin may print: one line with a service's state and, behind
// a bar, `label=value[unit];[warn];[crit];[min];[max]`, apart by single blanks. It returns the state's text and the
// values by label.
func Perfdata(t testing.TB, text string) (state string, values map[string]float64) {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, "\n"), "one line: %q", text)
	state, data, _ := strings.Cut(strings.TrimSuffix(text, "\n"), " | ")
	require.NotContains(t, data, "|")
	datum := regexp.MustCompile(`^('(?:[^'=]|'')+'|[^'= ]+)=(-?[0-9.]+)(s|us|ms|%|B|KB|MB|TB|c)?((?:;-?[0-9.]*){0,4})$`)
	values = map[string]float64{}
	for data != "" {
		var one string
		one, data = nextDatum(data)
		found := datum.FindStringSubmatch(one)
		require.NotNil(t, found, "performance data: %q", one)
		require.NotContains(t, values, found[1], "a label is there twice")
		value, err := strconv.ParseFloat(found[2], 64)
		require.NoError(t, err, one)
		values[found[1]] = value
	}
	return state, values
}

// nextDatum cuts the first datum off: its label may be quoted, and then hold blanks.
func nextDatum(data string) (one, rest string) {
	quoted := false
	for i, r := range data {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == ' ' && !quoted:
			return data[:i], data[i+1:]
		}
	}
	return data, ""
}
