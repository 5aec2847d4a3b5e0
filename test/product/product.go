// Package product builds the programs for tests, as make builds them.
package product

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tags are the build tags of the real programs.
const Tags = "-tags=urfave_cli_no_docs"

// Root is the top of the tree, from wherever in it the test runs.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for dir != "/" {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod above the test")
	return ""
}

// Environment is the process's, with what a build must not inherit set straight.
func Environment() []string {
	return append(os.Environ(), "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0")
}

// Build builds one program, such as ocfbox, into dir and returns its path.
func Build(t testing.TB, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-trimpath", Tags, "-ldflags", "-s -w", "-o", path, "./cmd/"+name)
	cmd.Dir, cmd.Env = Root(t), Environment()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", cmd, out)
	return path
}

// Folder makes a folder for programs that anybody may enter, unlike a test's own; it goes with the test.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", fmt.Sprintf("ocfbox-%d-", os.Getpid()))
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}
