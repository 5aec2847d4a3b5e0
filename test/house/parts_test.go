package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the tests of the pages have in common: the parts of a page that are written from code, and those that
// are held against it.

// A table is a part of a page that is written by `make golden`.
type table struct{ name, text string }

// compareTables holds the generated parts of a page against what they are made from, or writes them.
func compareTables(t *testing.T, name string, tables []table) {
	t.Helper()
	page := read(t, name)
	want := page
	for _, part := range tables {
		want = replaceBetween(t, want, `.\" BEGIN `+part.name+`: written by make golden`, part.text)
	}
	require.Equal(t, len(tables), strings.Count(page, ": written by make golden\n"), "%s has parts that nothing writes", name)
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.WriteFile(filepath.Join(root(t), name), []byte(want), 0o644))
		return
	}
	require.Equal(t, want, page, "%s is stale: make golden", name)
}

// columns sets rows in columns; the widest cells of all columns but the last make their widths.
func columns(heads []string, rows [][]string) string {
	all := append([][]string{heads}, rows...)
	var text strings.Builder
	text.WriteString(".Bl -column")
	for i := range heads[:len(heads)-1] {
		widest := ""
		for _, row := range all {
			if len(row[i]) > len(widest) {
				widest = row[i]
			}
		}
		fmt.Fprintf(&text, " %q", widest)
	}
	fmt.Fprintf(&text, "\n.It Sy %s\n", strings.Join(quoted(heads), " Ta Sy "))
	for _, row := range rows {
		fmt.Fprintf(&text, ".It %s\n", strings.Join(quoted(row), " Ta "))
	}
	return text.String() + ".El\n"
}

func quoted(cells []string) []string {
	var all []string
	for _, cell := range cells {
		all = append(all, strconv.Quote(cell))
	}
	return all
}

// display sets text as it is.
func display(text string) string {
	var body strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		line = strings.ReplaceAll(line, `\`, `\e`)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		body.WriteString(line)
	}
	return ".Bd -literal -offset indent\n" + body.String() + ".Ed\n"
}

// inspect shows every node of a file's syntax tree.
func inspect(t *testing.T, file string, show func(ast.Node)) {
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(t), file), nil, 0)
	require.NoError(t, err)
	ast.Inspect(parsed, func(n ast.Node) bool {
		show(n)
		return true
	})
}

// programText is a package's source without its tests.
func programText(t *testing.T, dir string) string {
	var text strings.Builder
	for _, file := range goSources(t, dir) {
		if !strings.HasSuffix(file, "_test.go") {
			text.WriteString(read(t, file))
		}
	}
	return text.String()
}

// chapter is what a page has under a heading.
func chapter(t *testing.T, page, heading string) string {
	_, rest, ok := strings.Cut(read(t, page), "\n.Sh "+heading+"\n")
	require.True(t, ok, "%s has no %s", page, heading)
	text, _, _ := strings.Cut(rest, "\n.Sh ")
	return text
}

// phrases are the words that a chapter tells people to look for.
func phrases(t *testing.T, text string) []string {
	var all []string
	for _, line := range lines(text) {
		line, _, _ = strings.Cut(line, " Ta ")
		if !strings.HasPrefix(line, ".It Li ") {
			continue
		}
		for _, found := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(line, -1) {
			all = append(all, strings.TrimSuffix(found[1], `\&`))
		}
	}
	require.Greater(t, len(all), 5)
	return all
}

// Every line of the examples that calls the program is one that it understands.
func TestTheExamplesOfThePagesAreCommands(t *testing.T) {
	known := map[string][]string{}
	for _, command := range commandsOf(t, "ocfbox") {
		known[command.name] = command.options
	}
	count := 0
	for _, page := range pages(t) {
		for _, line := range examples(t, page) {
			words := strings.Fields(line)
			if words[0] != "ocfbox" {
				continue
			}
			count++
			name := words[1]
			if len(words) > 2 && known[name+" "+words[2]] != nil {
				name += " " + words[2]
			}
			require.Contains(t, known, name, "%s: %s", page, line)
			for _, option := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(line, -1) {
				require.Contains(t, known[name], option[1], "%s: %s", page, line)
			}
		}
	}
	require.Greater(t, count, 5)
}

// examples are the lines of the displays of a page, whole again where they were folded.
func examples(t *testing.T, page string) []string {
	var all []string
	text := read(t, "man/"+page[strings.LastIndex(page, "/")+1:])
	for _, found := range regexp.MustCompile(`(?ms)^\.Bd -literal.*?$(.*?)^\.Ed$`).FindAllStringSubmatch(text, -1) {
		for _, line := range lines(strings.ReplaceAll(found[1], "\\e\n", " ")) {
			if strings.TrimSpace(line) != "" {
				all = append(all, line)
			}
		}
	}
	return all
}
