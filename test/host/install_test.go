package host

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents"
	"ocfbox/test/lab"
	"ocfbox/test/product"
)

// A package is built from what make install puts into a folder, and make uninstall takes all of it away.
func TestMakeInstallsIntoAFolderAndOut(t *testing.T) {
	lab.Need(t, "make", "install")
	binary := ocfbox(t)
	for _, prefix := range []string{"/usr", "/usr/local"} {
		dest := t.TempDir()
		// The program is built already.
		args := []string{"--old-file=build", "BIN=" + filepath.Dir(binary), "DESTDIR=" + dest, "PREFIX=" + prefix}
		run(t, append(args, "install")...)
		installed := files(t, dest)
		require.Subset(t, installed, []string{prefix + "/sbin/ocfbox", prefix + "/share/man/man8/ocfbox.8", prefix + "/share/ocfbox/srhook/SAPHanaSR.py"})
		program, err := os.Stat(filepath.Join(dest, prefix, "sbin/ocfbox"))
		require.NoError(t, err)
		for _, agent := range agents.All() {
			link := "/usr/lib/ocf/resource.d/ocfbox/" + agent.Name
			require.Subset(t, installed, []string{link, prefix + "/share/man/man7/ocf_ocfbox_" + agent.Name + ".7"})
			inode, err := os.Stat(filepath.Join(dest, link))
			require.NoError(t, err, "the link leads nowhere")
			require.True(t, os.SameFile(inode, program))
		}
		for _, path := range installed {
			require.NotContains(t, path, "ocflab")
		}

		run(t, append(args, "uninstall")...)
		require.Empty(t, files(t, dest))
	}
}

// run runs make, which must succeed.
func run(t *testing.T, args ...string) {
	cmd := exec.Command("make", args...)
	cmd.Dir = product.Root(t)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", cmd, out)
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
