package house

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var matrixRow = regexp.MustCompile(`(?m)^\| (F?[0-9]+) \|`)

// How tests name rows: "row 7" or "rows 7 to 9" an agent's, F7 or "F7 to F9" the framework's.
var (
	agentRow     = regexp.MustCompile(`\brows? ()([0-9]+)(?:(?: to |-|–)([0-9]+))?`)
	frameworkRow = regexp.MustCompile(`\b(F)([0-9]+)(?:(?: to |-|–)F([0-9]+))?\b`)
)

func TestEveryRowOfTheMatricesIsATest(t *testing.T) {
	for spec, form := range map[string]*regexp.Regexp{
		"docs/spec/ipaddr2.md":       agentRow,
		"docs/spec/ocf-framework.md": frameworkRow,
	} {
		_, matrix, ok := strings.Cut(read(t, spec), "Test matrix")
		if !ok {
			_, matrix, ok = strings.Cut(read(t, spec), "test matrix")
		}
		require.True(t, ok, spec)
		rows := matrixRow.FindAllStringSubmatch(matrix, -1)
		require.Greater(t, len(rows), 40, spec)
		named := namedRows(t, form)
		for _, row := range rows {
			assert.True(t, named[row[1]], "%s: no test is named for row %s", spec, row[1])
		}
	}
}

// Where the tests have their names: a string in Go or the comment of a test, and a comment in a script.
var (
	literal = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`)
	comment = regexp.MustCompile(`(?:// .*\n)+func Test`)
	remark  = regexp.MustCompile(`(?m)^# .*`)
)

// namedRows are the rows that tests and scripts have in their names.
func namedRows(t *testing.T, form *regexp.Regexp) map[string]bool {
	named := make(map[string]bool)
	for _, name := range testNames(t) {
		for _, found := range form.FindAllStringSubmatch(name, -1) {
			first := number(t, found[2])
			last := first
			if found[3] != "" {
				last = number(t, found[3])
			}
			for n := first; n <= last; n++ {
				named[found[1]+strconv.Itoa(n)] = true
			}
		}
	}
	return named
}

func testNames(t *testing.T) []string {
	var names []string
	for _, file := range sources(t) {
		switch {
		case strings.HasSuffix(file, "_test.go"):
			names = append(names, literal.FindAllString(read(t, file), -1)...)
			names = append(names, comment.FindAllString(read(t, file), -1)...)
		case strings.HasPrefix(file, "test/script/testdata/"):
			names = append(names, remark.FindAllString(read(t, file), -1)...)
		}
	}
	return names
}
