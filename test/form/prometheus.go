package form

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Metrics checks that a text is of the text format of Prometheus: every sample has a type and a help before
// it, the samples of a metric stand together, and no series is there twice. It returns the values by series,
// as `name{label="value"}`.
func Metrics(t testing.TB, text string) map[string]float64 {
	t.Helper()
	require.True(t, text == "" || strings.HasSuffix(text, "\n"), "the last line has an end")
	sample := regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*")*\})? (\S+)$`)
	comment := regexp.MustCompile(`^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$`)
	series, helped, typed := map[string]float64{}, map[string]bool{}, map[string]bool{}
	current := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if found := comment.FindStringSubmatch(line); found != nil {
			about := map[string]map[string]bool{"HELP": helped, "TYPE": typed}[found[1]]
			require.False(t, about[found[2]], "one block for each metric: %s", line)
			about[found[2]], current = true, found[2]
			if found[1] == "TYPE" {
				require.Contains(t, []string{"gauge", "counter"}, found[3], line)
			}
			continue
		}
		found := sample.FindStringSubmatch(line)
		require.NotNil(t, found, "a sample: %s", line)
		require.Equal(t, current, found[1], "samples stand below their type: %s", line)
		require.True(t, typed[found[1]] && helped[found[1]], line)
		require.NotContains(t, series, found[1]+found[2], "a series is there twice")
		value, err := strconv.ParseFloat(found[3], 64)
		require.NoError(t, err, line)
		series[found[1]+found[2]] = value
	}
	return series
}
