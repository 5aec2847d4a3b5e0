package bench

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// TestBarSyncVerify holds the bars of comparing two files of a gibibyte in the page cache, by processor time.
func TestBarSyncVerify(t *testing.T) {
	lab.Need(t, "cmp", "sha256sum")
	dir := t.TempDir()
	var paths [2]string
	var files []io.Writer
	for i, name := range []string{"a", "b"} {
		paths[i] = filepath.Join(dir, name)
		file, err := os.Create(paths[i])
		require.NoError(t, err)
		defer file.Close()
		files = append(files, file)
	}
	_, err := io.CopyN(io.MultiWriter(files...), rand.Reader, 1<<30)
	require.NoError(t, err)
	cmp := &Contestant{Name: "cmp", Args: []string{"/usr/bin/cmp", paths[0], paths[1]}}
	sha := &Contestant{Name: "sha256sum of both", Args: []string{"/usr/bin/sha256sum", paths[0], paths[1]}}
	program := filepath.Join(dir, "ocfbox")
	install(t, "../../bin/ocfbox", program)
	ours := &Contestant{Name: "sync verify", Args: []string{program, "sync", "verify", "--offline", paths[0], paths[1]}}
	Run(t, 7, cmp, ours)
	Run(t, 1, sha)
	Table(os.Stdout, "two identical files of 1 GiB", cmp, ours, sha)
	Bar(t, ours, 1.0/2, cmp)
	Bar(t, ours, 1.0/10, sha)
}
