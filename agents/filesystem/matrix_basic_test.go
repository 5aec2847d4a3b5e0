package filesystem

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

func TestAPlainFileSystem(t *testing.T) {
	t.Parallel()
	row(t, "row 1: start mounts the device on the directory, writable", func(w *world) {
		disk := w.disk("L0")
		w.standard(disk).does("start", ocf.Success)
		e := w.has("a")
		require.Equal(w.t, "ext4", e.Type)
		require.Equal(w.t, disk, e.Source)
		require.False(w.t, e.ReadOnly())
	})
	row(t, "row 2: start of a mounted file system does nothing", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		before := w.has("a")
		r.does("start", ocf.Success)
		require.Equal(w.t, before, w.has("a"))
	})
	row(t, "row 3: monitor of a mounted file system", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		got := r.does("monitor", ocf.Success)
		require.Empty(w.t, got.Stdout)
		r.does("probe", ocf.Success)
	})
	row(t, "row 4: status of a mounted file system", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		got := r.does("status", ocf.Success)
		require.Empty(w.t, got.Stdout, "heartbeat would read words")
		require.Contains(w.t, got.Stderr, "is mounted on "+w.path("a"))
	})
	row(t, "row 5: stop unmounts", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "row 6: stop of what is not mounted", func(w *world) {
		w.standard(w.disk("L0")).does("stop", ocf.Success)
	})
	row(t, "row 7: monitor, probe and status of what is not mounted", func(w *world) {
		r := w.standard(w.disk("L0"))
		for _, action := range []string{"monitor", "probe", "status"} {
			got := r.does(action, ocf.NotRunning)
			require.Empty(w.t, got.Reason, action)
		}
	})
}

func TestMissingParameters(t *testing.T) {
	t.Parallel()
	row(t, "row 8: without a device nothing can be asked", func(w *world) {
		r := w.resource("directory", w.path("a"), "fstype", "ext4")
		for _, action := range []string{"start", "monitor", "probe", "validate-all"} {
			got := r.does(action, ocf.ErrConfigured)
			require.Equal(w.t, "parameter device: must be set", got.Reason, action)
		}
		r.with("device", "").does("start", ocf.ErrConfigured)
	})
	row(t, "row 9: without a device there is nothing to stop", func(w *world) {
		w.resource("directory", w.path("a"), "fstype", "ext4").does("stop", ocf.Success)
	})
	row(t, "row 10: start of a block device without a directory", func(w *world) {
		w.resource("device", w.disk("L0"), "fstype", "ext4").does("start", ocf.ErrConfigured)
	})
	row(t, "row 11: a block device without a directory is not mounted", func(w *world) {
		r := w.resource("device", w.disk("L0"), "fstype", "ext4")
		r.does("monitor", ocf.NotRunning)
		r.does("probe", ocf.NotRunning)
		r.does("stop", ocf.Success)
		r.does("validate-all", ocf.Success)
	})
	row(t, "row 12: tmpfs without a directory", func(w *world) {
		r := w.resource("device", "tmpfs", "fstype", "tmpfs")
		r.does("monitor", ocf.ErrConfigured)
		r.does("validate-all", ocf.ErrConfigured)
		r.does("stop", ocf.Success)
	})
	row(t, "row 13: a device with a blank before it", func(w *world) {
		r := w.standard(" " + w.disk("L0"))
		require.Contains(w.t, r.does("start", ocf.ErrConfigured).Reason, "begins or ends with a blank")
		r.does("monitor", ocf.ErrConfigured)
		r.does("stop", ocf.Success)
	})
	row(t, "row 14: a directory with a blank behind it is not quietly another one", func(w *world) {
		w.standard(w.disk("L0"), "directory", w.path("a ")).does("start", ocf.ErrConfigured)
		w.lacks("")
	})
	row(t, "row 15: the root directory is not to be managed", func(w *world) {
		for _, directory := range []string{"/", "//", w.path("a/../../../../../..")} {
			r := w.standard(w.disk("L0"), "directory", directory)
			r.does("start", ocf.ErrConfigured)
			r.does("monitor", ocf.ErrConfigured)
			r.does("probe", ocf.NotRunning)
			r.does("stop", ocf.Success)
			r.does("validate-all", ocf.Success)
		}
		table, err := mount.Read()
		require.NoError(w.t, err)
		_, ok := table.Visible("/")
		require.True(w.t, ok)
	})
	row(t, "a link to the root directory is the root directory, for every kind of source", func(w *world) {
		require.NoError(w.t, os.Symlink("/", w.path("link")))
		w.resource("device", "tmpfs", "fstype", "tmpfs", "directory", w.path("link")).does("monitor", ocf.ErrConfigured)
	})
}

func TestTheMountPoint(t *testing.T) {
	t.Parallel()
	row(t, "row 16: slashes at the end of the directory", func(w *world) {
		r := w.standard(w.disk("L0"), "directory", w.path("a///"))
		r.does("start", ocf.Success)
		require.Equal(w.t, w.path("a"), w.has("a").Point)
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("a")
	})
	row(t, "row 17: a directory that is a symbolic link", func(w *world) {
		require.NoError(w.t, os.Symlink("a", w.path("link")))
		r := w.standard(w.disk("L0"), "directory", w.path("link"))
		r.does("start", ocf.Success)
		w.has("a")
		r.does("monitor", ocf.Success)
		r.does("start", ocf.Success)
		w.has("a")
		r.does("stop", ocf.Success)
		w.lacks("")
	})
	row(t, "row 18: a directory with dots in it", func(w *world) {
		r := w.standard(w.disk("L0"), "directory", w.path("./b/../a"))
		r.does("start", ocf.Success)
		w.has("a")
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("")
	})
	row(t, "row 18: a relative directory", func(w *world) {
		here, err := os.Getwd()
		require.NoError(w.t, err)
		up := ""
		for range len(here) { // more than there are folders above: the root's parent is the root
			up += "../"
		}
		r := w.standard(w.disk("L0"), "directory", up+w.path("a"))
		r.does("start", ocf.Success)
		w.has("a")
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("")
	})
	row(t, "row 19: a directory that does not exist is made, and stays", func(w *world) {
		r := w.standard(w.disk("L0"), "directory", w.path("new/x"))
		r.does("start", ocf.Success)
		w.has("new/x")
		r.does("stop", ocf.Success)
		require.DirExists(w.t, w.path("new/x"))
		w.lacks("new")
	})
	row(t, "row 20: a directory that is a file", func(w *world) {
		r := w.standard(w.disk("L0"), "directory", w.write("file", ""))
		got := r.does("start", ocf.ErrInstalled)
		require.Contains(w.t, got.Reason, "is no directory")
		r.does("monitor", ocf.NotRunning)
		r.with("directory", w.path("file/below")).does("start", ocf.ErrInstalled)
	})
}

// Names that the shell agents take for patterns, formats or separators.
func TestOddNamesAreNames(t *testing.T) {
	t.Parallel()
	for name, directory := range map[string]string{
		"row 21: a blank":                "a b",
		"row 22: a per cent sign":        "a%s",
		"row 23: brackets":               "a[x]",
		"row 23: an asterisk":            "s*r",
		"row 23a: a tab":                 "a\tb",
		"row 23b: letters of Korea":      "한글",
		"row 24: a backslash":            `a\b`,
		"row 24: a backslash and digits": `a\040b`,
		"row 24: a line break":           "a\nb",
		"row 24: quotes and a dollar":    `a"b'c$HOME#d`,
	} {
		row(t, name+" in the directory's name", func(w *world) {
			r := w.standard(w.disk("L0"), "directory", w.path(directory))
			r.does("start", ocf.Success)
			w.has(directory)
			r.does("monitor", ocf.Success)
			r.does("start", ocf.Success)
			w.has(directory)
			r.does("stop", ocf.Success)
			w.lacks("")
		})
	}
	row(t, "row 25: a dot stands for no other letter", func(w *world) {
		w.mount(w.disk("L0"), "aXb", "ext4", "")
		w.mkdir("a.b")
		w.standard(w.disk("L1"), "directory", w.path("a.b")).does("monitor", ocf.NotRunning)
	})
	row(t, "row 26: stop of a name that only resembles a mounted one", func(w *world) {
		w.mount(w.disk("L0"), "aXb", "ext4", "")
		w.mkdir("a.b")
		w.standard(w.disk("L1"), "directory", w.path("a.b")).does("stop", ocf.Success)
		w.has("aXb")
	})
}
