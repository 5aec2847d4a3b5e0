package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents"
	"ocfbox/test/lab"
)

// A package is built from what make install puts into a folder, and make uninstall takes all of it away.
func TestMakeInstallsIntoAFolderAndOut(t *testing.T) {
	lab.Need(t, "make", "install")
	for _, prefix := range []string{"/usr", "/usr/local"} {
		dest := t.TempDir()
		// The program is built already.
		args := []string{"--old-file=build", "BIN=" + filepath.Dir(program(t)), "DESTDIR=" + dest, "PREFIX=" + prefix}
		output(t, "make", append(args, "install")...)
		want := []string{prefix + "/sbin/ocfbox", prefix + "/share/man/man8/ocfbox.8"}
		for _, agent := range agents.All() {
			link := "/usr/lib/ocf/resource.d/ocfbox/" + agent.Name
			want = append(want, link, prefix+"/share/man/man7/"+filepath.Base(agentPage(agent)))
			inode, err := os.Stat(filepath.Join(dest, link))
			require.NoError(t, err, "the link leads nowhere")
			program, err := os.Stat(filepath.Join(dest, prefix, "sbin/ocfbox"))
			require.NoError(t, err)
			require.True(t, os.SameFile(inode, program))
		}
		require.ElementsMatch(t, want, files(t, dest))

		output(t, "make", append(args, "uninstall")...)
		require.Empty(t, files(t, dest))
	}
}

// files are all that is below a folder and no folder, by their paths from there.
func files(t *testing.T, top string) []string {
	var found []string
	require.NoError(t, filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path[len(top):])
		}
		return err
	}))
	return found
}
