package house

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var matrixRow = regexp.MustCompile(`(?m)^\| ([FT]?[0-9]+) \|`)

// The rows of the replication checker's parts that are built: S is what a status says, C the agent of the cluster.
var statusMatrix = regexp.MustCompile(`(?m)^\| ([SC][0-9]+) \|`)

// How tests name rows: "row 7" or "rows 7 to 9" an agent's, "row T7" those of SAPHanaTopology, F7 or "F7 to F9" the
// framework's.
var (
	agentRow     = regexp.MustCompile(`\brows? ()([0-9]+)(?:(?: to |-|–)([0-9]+))?`)
	topologyRow  = regexp.MustCompile(`\brows? (T)([0-9]+)(?:(?: to |-|–)T([0-9]+))?`)
	frameworkRow = regexp.MustCompile(`\b(F)([0-9]+)(?:(?: to |-|–)F([0-9]+))?\b`)
	// Rows of the replication checker have a letter for each part of it. A test's own name may have the row: TestRowS18.
	statusRow = regexp.MustCompile(`(?:\b[Rr]ows? |TestRows?)([SC])([0-9]+)(?:(?: to |-|–|To)[SC]([0-9]+))?`)
)

func TestEveryRowOfTheMatricesIsATest(t *testing.T) {
	for _, m := range []struct {
		spec string
		rows *regexp.Regexp
		// atLeast is how many rows there are, lest none be found.
		atLeast int
		form    *regexp.Regexp
		// tests are the folders with the rows' tests, "" for anywhere.
		tests string
	}{
		{"docs/spec/ipaddr2.md", matrixRow, 41, agentRow, ""},
		{"docs/spec/filesystem.md", matrixRow, 115, agentRow, "agents/filesystem/ test/ocft/"},
		{"docs/spec/ocf-framework.md", matrixRow, 41, frameworkRow, ""},
		{"docs/spec/saphana.md", matrixRow, 41, agentRow, "agents/saphana/"},
		{"docs/spec/saphana-topology.md", matrixRow, 41, topologyRow, "agents/saphanatopology/"},
		{"docs/spec/drbddisk.md", matrixRow, 31, agentRow, "agents/drbddisk/"},
		{"docs/spec/replication-checker.md", statusMatrix, 37, statusRow, ""},
	} {
		rows := m.rows.FindAllStringSubmatch(matrix(t, m.spec), -1)
		require.GreaterOrEqual(t, len(rows), m.atLeast, m.spec)
		named := namedRows(t, m.form, m.tests)
		for _, row := range rows {
			assert.True(t, named[row[1]], "%s: no test is named for row %s", m.spec, row[1])
		}
	}
}

// matrix is the test matrix of a specification, without its list of what ours does otherwise.
func matrix(t *testing.T, spec string) string {
	at := regexp.MustCompile(`(?m)^#.*(?i:test matrix)`).FindStringIndex(read(t, spec))
	require.NotNil(t, at, spec)
	text := read(t, spec)[at[1]:]
	text, _, _ = strings.Cut(text, "\n## ")
	text, _, _ = strings.Cut(text, ".1 Ours")
	text, _, _ = strings.Cut(text, "\n### Ours")
	return text
}

// A row in which SAPHana answers otherwise is in the specification's list, and has a test that says so.
func TestTheRowsThatDifferAreListed(t *testing.T) {
	_, list, ok := strings.Cut(read(t, "docs/spec/saphana.md"), "### 17.1 Ours")
	require.True(t, ok)
	list, _, _ = strings.Cut(list, "\n## ")
	listed, unchanged := map[string]bool{}, map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([0-9][^|]*) \| (.*)`).FindAllStringSubmatch(list, -1) {
		into := listed
		if strings.HasPrefix(row[2], "unchanged") {
			into = unchanged
		}
		for _, part := range strings.Split(row[1], ",") {
			addRows(t, into, agentRow.FindStringSubmatch("row "+strings.TrimSpace(part)))
		}
	}
	require.Greater(t, len(listed), 20)
	otherwise := map[string]bool{}
	for _, file := range sources(t) {
		if !strings.HasPrefix(file, "agents/saphana/") || !strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, name := range strings.Split(read(t, file), `"row`)[1:] {
			name, _, _ = strings.Cut(name, "\n")
			if strings.Contains(name, "ours") {
				addRows(t, otherwise, agentRow.FindStringSubmatch("row"+name))
			}
		}
	}
	for row := range otherwise {
		assert.True(t, listed[row] || unchanged[row], "row %s is tested with another answer, and not listed", row)
	}
	for row := range listed {
		assert.True(t, otherwise[row], "row %s is listed, and no test says that ours differs", row)
	}
}

// Where the tests have their names: a string in Go or the comment of a test, and a comment in a script.
var (
	literal = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`)
	comment = regexp.MustCompile(`(?:// .*\n)*func Test\w*`)
	remark  = regexp.MustCompile(`(?m)^# .*`)
)

// namedRows are the rows that tests and scripts have in their names.
func namedRows(t *testing.T, form *regexp.Regexp, below string) map[string]bool {
	named := make(map[string]bool)
	for _, name := range testNames(t, below) {
		for _, found := range form.FindAllStringSubmatch(name, -1) {
			addRows(t, named, found)
		}
	}
	return named
}

// addRows adds the rows that a match names: a letter, the first row and the last one, if there are several.
func addRows(t *testing.T, rows map[string]bool, found []string) {
	require.NotNil(t, found)
	first := number(t, found[2])
	last := first
	if found[3] != "" {
		last = number(t, found[3])
	}
	for n := first; n <= last; n++ {
		rows[found[1]+strconv.Itoa(n)] = true
	}
}

// testNames are the names of the tests whose files are below one of the folders, which blanks part.
func testNames(t *testing.T, below string) []string {
	folders := strings.Split(below, " ")
	var names []string
	for _, file := range sources(t) {
		switch {
		case !slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(file, folder) }):
		case strings.HasSuffix(file, "_test.go"):
			names = append(names, literal.FindAllString(read(t, file), -1)...)
			names = append(names, comment.FindAllString(read(t, file), -1)...)
		case strings.HasPrefix(file, "test/script/testdata/"):
			names = append(names, remark.FindAllString(read(t, file), -1)...)
		}
	}
	return names
}
