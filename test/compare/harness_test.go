package compare

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asWanted is what ours has to answer: the recorded answers with every wanted difference put in.
func asWanted(t *testing.T, agent string, c Case, recorded []Answer, rows []Row) []Answer {
	t.Helper()
	answers := copied(recorded)
	for _, row := range rows {
		if row.Agent != agent || row.Case != c.Name {
			continue
		}
		i := slices.IndexFunc(answers, func(a Answer) bool { return a.Step == row.Step })
		require.GreaterOrEqual(t, i, 0, "no such step: %s", row.Difference)
		require.Equal(t, row.Theirs, orNothing(answers[i].Values[row.Kind]), "%s", row.Difference)
		answers[i].Values[row.Kind] = row.Ours
		if row.Ours == nothing {
			answers[i].Values[row.Kind] = ""
		}
	}
	return answers
}

func copied(answers []Answer) []Answer {
	all := slices.Clone(answers)
	for i := range all {
		all[i].Values = maps.Clone(all[i].Values)
	}
	return all
}

// Every case can fail: one word of its recording that is not what it was is a difference that nobody wants, and a
// wanted difference that has gone is noticed.
func TestEveryDoctoredRecordingIsRed(t *testing.T) {
	rows := wanted(t)
	for _, s := range suites() {
		recording := recordingOf(t, s.agent)
		for _, c := range s.cases {
			theirs := recording[c.Name].Answers
			require.NotEmpty(t, theirs, "%s: %q is not recorded", s.agent, c.Name)
			ours := asWanted(t, s.agent, c, theirs, rows)
			unwanted, _, unused := Judge(s.agent, c, Compare(s.agent, c, theirs, ours), rows)
			require.Empty(t, unwanted, c.Name)
			require.Empty(t, unused, c.Name)
			for i := range theirs {
				for _, kind := range kinds {
					doctored := copied(theirs)
					doctored[i].Values[kind] += "!"
					unwanted, _, unused := Judge(s.agent, c, Compare(s.agent, c, doctored, ours), rows)
					require.NotEmpty(t, unwanted, "%s, %s, %s", c.Name, theirs[i].Step, kind)
					require.Equal(t, hasRow(rows, s.agent, c, theirs[i].Step, kind), len(unused) > 0)
				}
			}
			unwanted, _, _ = Judge(s.agent, c, Compare(s.agent, c, theirs[:len(theirs)-1], ours), rows)
			require.NotEmpty(t, unwanted, "%s: a step is missing", c.Name)
		}
	}
}

func hasRow(rows []Row, agent string, c Case, step, kind string) bool {
	return slices.ContainsFunc(rows, func(r Row) bool {
		return r.Agent == agent && r.Case == c.Name && r.Step == step && r.Kind == kind
	})
}

// A recording that says something else than what happens is red with a real agent, too.
func TestADoctoredRecordingIsRedWithARealAgent(t *testing.T) {
	s := suites()[0]
	needs(t, s)
	c := s.cases[0]
	theirs := recordingOf(t, s.agent)[c.Name].Answers
	ours := lived(t, oursAgent(t, s.agent), c)
	require.Empty(t, Compare(s.agent, c, theirs, ours))
	doctored := copied(theirs)
	start := slices.IndexFunc(doctored, func(a Answer) bool { return strings.HasSuffix(a.Step, " start") })
	doctored[start].Values["addr"] = strings.Replace(doctored[start].Values["addr"], "/24", "/25", 1)
	require.Len(t, Compare(s.agent, c, doctored, ours), 1)
}

// Every row of the table of wanted differences is for a case that there is.
func TestWantedDifferencesAreOfCasesThatThereAre(t *testing.T) {
	known := make(map[[2]string]bool)
	for _, s := range suites() {
		for _, c := range s.cases {
			known[[2]string{s.agent, c.Name}] = true
		}
	}
	for _, row := range wanted(t) {
		require.True(t, known[[2]string{row.Agent, row.Case}], "%s", row.Difference)
	}
}

func TestTheTableOfWantedDifferencesIsStrict(t *testing.T) {
	for name, text := range map[string]string{
		"a column is missing":         "IPaddr2 | x | 1 start | code | 0 | 1\n",
		"there is no reason":          "IPaddr2 | x | 1 start | code | 0 | 1 |  \n",
		"a difference is there twice": "IPaddr2 | x | 1 start | code | 0 | 1 | 2\nIPaddr2 | x | 1 start | code | 0 | 1 | 3\n",
	} {
		_, err := ParseWanted(text)
		require.Error(t, err, name)
	}
	rows, err := ParseWanted("# a comment\n\nIPaddr2 | x | 1 start | code | 0 | 1 | 5.1 because\n")
	require.NoError(t, err)
	require.Equal(t, []Row{{Difference{"IPaddr2", "x", "1 start", "code", "0", "1"}, "5.1 because"}}, rows)
}

func TestARecordingIsReadAsItWasWritten(t *testing.T) {
	for _, s := range suites() {
		recording := recordingOf(t, s.agent)
		again, err := ParseRecording(recording.Text(s.cases))
		require.NoError(t, err)
		require.Equal(t, recording, again)
	}
	for _, text := range []string{"\tcode 1\n", "no colon\n", "# 1 a\n1 start: 0\n\tkindless x\n", "# 1 a\n# 2 a\n"} {
		_, err := ParseRecording(text)
		require.Error(t, err, "%q", text)
	}
}

func TestChangesAreSortedAndCounted(t *testing.T) {
	require.Equal(t, "-b; +a; +c; +c", changes([]string{"b", "d"}, []string{"c", "d", "c", "a"}))
	require.Empty(t, changes([]string{"x"}, []string{"x"}))
}
