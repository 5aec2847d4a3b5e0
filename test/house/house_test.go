// Package house has the tests of what holds for the whole tree: who imports whom, what is linked into
// the program and why, what a start of it costs, and that pages, schemas and code say the same.
package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/product"
)

const (
	module = "ocfbox"
	tags   = product.Tags
)

// root is the top of the tree.
func root(t testing.TB) string { return product.Root(t) }

// output runs a command at the top of the tree and returns its standard output.
func output(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = root(t), product.Environment()
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s", cmd, errors.String())
	return string(out)
}

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

// sources are the files of the project by their paths from the top: what git knows, or would. Without
// git, as in a released archive, it is everything.
func sources(t testing.TB) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-co", "--exclude-standard")
	cmd.Dir = root(t)
	var files []string
	if out, err := cmd.Output(); err == nil {
		files = lines(string(out))
	} else {
		files = walk(t)
	}
	var present []string
	for _, file := range files {
		if info, err := os.Stat(filepath.Join(root(t), file)); err == nil && info.Mode().IsRegular() {
			present = append(present, file)
		}
	}
	require.Greater(t, len(present), 50)
	return present
}

func walk(t testing.TB) []string {
	var files []string
	require.NoError(t, filepath.WalkDir(root(t), func(path string, entry os.DirEntry, err error) error {
		name, _ := filepath.Rel(root(t), path)
		if entry.IsDir() && (name == "bin" || name == ".git") {
			return filepath.SkipDir
		}
		if !entry.IsDir() {
			files = append(files, name)
		}
		return err
	}))
	return files
}

func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	require.NoError(t, err)
	return string(text)
}

// program is one of our programs, built once for all tests.
func program(t testing.TB, name string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	path := filepath.Join(programs.dir, name)
	if _, err := os.Stat(path); err != nil {
		path = product.Build(t, programs.dir, name)
	}
	return path
}

// programs is where they are.
var programs struct {
	sync.Mutex
	dir string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ocfbox-house")
	if err != nil {
		panic(err)
	}
	programs.dir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
