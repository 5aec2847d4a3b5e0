package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A place is a path that exists on somebody's machine only. The pattern is put together here so that
// this file does not find itself.
var place = regexp.MustCompile(`(^|[\s"'=(:` + "`" + `])/(work|root|home|Users)/[a-z.]|` + `\.` + `library/|` + `shared` + `/(spec|style|contract|decisions|libraries|seeds|tools)`)

func TestTheTreeNamesNoMachine(t *testing.T) {
	for _, file := range sources(t) {
		for number, line := range strings.Split(read(t, file), "\n") {
			if harmless(file, line) {
				continue
			}
			require.False(t, place.MatchString(line), "%s:%d: %s", file, number+1, line)
		}
	}
}

// harmless are places that stand for any machine's: examples in specifications, and made-up homes.
func harmless(file, line string) bool {
	return strings.HasPrefix(file, "docs/spec/") && strings.Contains(line, "/hb_report-") ||
		strings.Contains(line, "/home/"+"builder/")
}

func TestThePatternForPlacesFindsOne(t *testing.T) {
	require.True(t, place.MatchString(" see /wo"+"rk/main/x"))
	require.True(t, place.MatchString("../sha"+"red/style.md"))
	require.False(t, place.MatchString("/hana/shared/HA1/global"))
	require.False(t, place.MatchString("in the network, work/main"))
}

// goSources are the Go files below the given folders.
func goSources(t *testing.T, folders ...string) []string {
	var files []string
	for _, file := range sources(t) {
		for _, folder := range folders {
			if strings.HasSuffix(file, ".go") && strings.HasPrefix(file, folder+"/") {
				files = append(files, file)
			}
		}
	}
	require.NotEmpty(t, files)
	return files
}

const maxLines = 400

func TestFilesAreOneIdea(t *testing.T) {
	for _, file := range goSources(t, "agents", "cmd", "internal", "test") {
		n := strings.Count(read(t, file), "\n")
		if strings.HasSuffix(file, "_test.go") {
			// A table may be long.
			if n > maxLines {
				t.Logf("%s has %d lines", file, n)
			}
			continue
		}
		require.LessOrEqual(t, n, maxLines, "%s", file)
	}
}

// Nothing is left for later where nobody will find it.
func TestNoNotesToOneself(t *testing.T) {
	notes := []string{"TO" + "DO", "FIX" + "ME", "X" + "XX:"}
	for _, file := range goSources(t, "agents", "cmd", "internal", "test") {
		for _, note := range notes {
			require.NotContains(t, read(t, file), note, file)
		}
	}
}

// A start of the program is paid for every few seconds: nothing is worked out before it is asked for.
func TestNoWorkWhenThePackageIsLoaded(t *testing.T) {
	for _, file := range goSources(t, "agents", "cmd/ocfbox", "internal") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(t), file), nil, 0)
		require.NoError(t, err)
		require.Empty(t, workAtLoad(parsed), file)
	}
}

// workAtLoad names the init functions of a file and the costly calls in its package-level variables.
func workAtLoad(file *ast.File) []string {
	var found []string
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.Name == "init" && decl.Recv == nil {
				found = append(found, "func init")
			}
		case *ast.GenDecl:
			if decl.Tok == token.VAR {
				found = append(found, calls(decl)...)
			}
		}
	}
	return found
}

// calls are those that a variable's value makes, but for the ones that the compiler or a few
// instructions settle.
func calls(decl *ast.GenDecl) []string {
	cheap := map[string]bool{"errors.New": true, "fmt.Errorf": true, "sync.OnceValue": true, "sync.OnceValues": true}
	var found []string
	for _, spec := range decl.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, expression := range value.Values {
			ast.Inspect(expression, func(node ast.Node) bool {
				if _, later := node.(*ast.FuncLit); later {
					return false
				}
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				selector, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if pkg, ok := selector.X.(*ast.Ident); ok && !cheap[pkg.Name+"."+selector.Sel.Name] && costly(pkg.Name) {
					found = append(found, pkg.Name+"."+selector.Sel.Name)
				}
				return true
			})
		}
	}
	return found
}

func costly(pkg string) bool {
	switch pkg {
	case "regexp", "template", "crc32", "crc64", "os", "exec", "net", "json", "xml", "strings", "etree":
		return true
	}
	return false
}

func TestWorkAtLoadIsFound(t *testing.T) {
	const source = `package p
import ("errors"; "regexp"; "sync"; "time")
var a = regexp.MustCompile("a")
var b = errors.New("b")
var c = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("c") })
var d = 3 * time.Second
func init() {}
func f() { _ = regexp.MustCompile("f") }
`
	parsed, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"regexp.MustCompile", "func init"}, workAtLoad(parsed))
}
