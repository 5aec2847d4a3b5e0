package ipaddr2

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every row of the matrix of docs/spec/ipaddr2.md is a test that bears its number.
func TestEveryRowOfTheMatrixIsATest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/spec/ipaddr2.md")
	require.NoError(t, err)
	_, matrix, found := strings.Cut(string(text), "## 14. Test matrix")
	require.True(t, found)
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var tests strings.Builder
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		tests.Write(source)
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(matrix, -1)
	require.GreaterOrEqual(t, len(rows), 90)
	for _, row := range rows {
		require.Contains(t, tests.String(), `"row `+row[1]+`: `, "row %s has no test", row[1])
	}
}
