package bench

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// pairFiles are two files of a gibibyte with the same random contents.
func pairFiles(t *testing.T, dir string) (paths [2]string) {
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
	return paths
}

// loginShell is a stand-in for ssh that runs the command for the other host here.
const loginShell = "#!/bin/sh\nshift 2\nexec %s \"$@\"\n"

// TestBarSyncVerify holds the bars of comparing two files of a gibibyte in the page cache, by processor time. With
// the other side on another host both sides are counted together, where each may take what its bar says. Row V26.
func TestBarSyncVerify(t *testing.T) {
	lab.Need(t, "cmp", "sha256sum")
	dir := t.TempDir()
	paths := pairFiles(t, dir)
	cmp := &Contestant{Name: "cmp", Args: []string{"/usr/bin/cmp", paths[0], paths[1]}}
	sha := &Contestant{Name: "sha256sum of both", Args: []string{"/usr/bin/sha256sum", paths[0], paths[1]}}
	program, rsh := filepath.Join(dir, "ocfbox"), filepath.Join(dir, "rsh")
	install(t, "../../bin/ocfbox", program)
	require.NoError(t, os.WriteFile(rsh, fmt.Appendf(nil, loginShell, program), 0o700))
	ours := &Contestant{Name: "sync verify", Args: []string{program, "sync", "verify", "--offline", paths[0], paths[1]}}
	remote := &Contestant{Name: "sync verify and sync serve",
		Args: []string{program, "sync", "verify", "--offline", "--rsh", rsh, paths[0], "bravo:" + paths[1]}}
	Run(t, 7, cmp, ours, remote)
	Run(t, 1, sha)
	Table(os.Stdout, "two identical files of 1 GiB", cmp, ours, remote, sha)
	Bar(t, ours, 1.0/2, cmp)
	Bar(t, remote, 2/1.5, cmp)
	Bar(t, ours, 1.0/10, sha)
	Bar(t, remote, 1.0/10, sha)
}

// TestBarSyncVerifySparse holds the bars of a file of a tebibyte with a gibibyte of data: a minute, and 64 MiB of
// memory. The differences that it has are in the last of the data. Row V23.
func TestBarSyncVerifySparse(t *testing.T) {
	dir := t.TempDir()
	content := make([]byte, 1<<20)
	_, err := rand.Read(content)
	require.NoError(t, err)
	var paths [2]string
	for i, name := range []string{"a", "b"} {
		paths[i] = filepath.Join(dir, name)
		file, err := os.Create(paths[i])
		require.NoError(t, err)
		defer file.Close()
		require.NoError(t, file.Truncate(1<<40))
		for part := range int64(1 << 10) {
			_, err := file.WriteAt(content, part<<30)
			require.NoError(t, err)
		}
		_, err = file.WriteAt([]byte{byte(i)}, 1023<<30)
		require.NoError(t, err)
	}
	program, rsh := filepath.Join(dir, "ocfbox"), filepath.Join(dir, "rsh")
	install(t, "../../bin/ocfbox", program)
	require.NoError(t, os.WriteFile(rsh, fmt.Appendf(nil, loginShell, program), 0o700))
	for _, args := range [][]string{{paths[0], paths[1]}, {"--rsh", rsh, paths[0], "bravo:" + paths[1]}} {
		cmd := exec.Command(program, append([]string{"sync", "verify", "--offline"}, args...)...)
		began := time.Now()
		output, err := cmd.Output()
		took := time.Since(began)
		var differs *exec.ExitError
		require.ErrorAs(t, err, &differs)
		require.Equal(t, 1, differs.ExitCode(), "%s", differs.Stderr)
		require.Contains(t, string(output), "differs: offset=1098437885952 length=4096\n")
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		require.True(t, ok)
		name := "sync verify of a sparse tebibyte"
		BarCount(t, name, int(took.Seconds()), 60, "seconds")
		BarCount(t, name, int(usage.Maxrss>>10), 64, "MiB of memory")
	}
}
