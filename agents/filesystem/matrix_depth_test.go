package filesystem

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
)

func TestDeeperChecks(t *testing.T) {
	t.Parallel()
	tmpfs := func(w *world, more ...string) *resource {
		return w.resource(append([]string{"device", "tmpfs", "directory", w.path("a"), "fstype", "tmpfs"}, more...)...)
	}
	row(t, "row 47: tmpfs has no device to read", func(w *world) {
		r := tmpfs(w)
		r.does("start", ocf.Success)
		require.Contains(w.t, r.at(10, "monitor", ocf.Success).Stderr, "has nothing to read")
	})
	row(t, "row 48: the status file", func(w *world) {
		r := tmpfs(w)
		r.does("start", ocf.Success)
		r.at(20, "monitor", ocf.Success)
		text, err := os.ReadFile(w.path("a/.Filesystem_status/t_" + nodeName()))
		require.NoError(w.t, err)
		require.Len(w.t, text, blockSize)
		require.Equal(w.t, "t\n\x00\x00", string(text[:4]))
	})
	row(t, "row 59: the device is read", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		require.NotContains(w.t, r.at(10, "monitor", ocf.Success).Stderr, "WARN")
	})
	row(t, "row 60: stop at level 20 removes the status file and its folder", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		r.at(20, "monitor", ocf.Success)
		require.FileExists(w.t, w.path("a/.Filesystem_status/t_"+nodeName()))
		r.at(20, "stop", ocf.Success)
		w.lacks("a")
		r.does("start", ocf.Success)
		require.NoDirExists(w.t, w.path("a/.Filesystem_status"))
	})
	row(t, "row 61: a file system that has become read-only", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		require.NotContains(w.t, r.does("monitor", ocf.Success).Stderr, "WARN")
		require.NoError(w.t, unix.Mount("", w.path("a"), "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
		require.Contains(w.t, r.does("monitor", ocf.Success).Stderr, "is read-only and was not asked to be")
		require.Contains(w.t, r.at(20, "monitor", ocf.ErrGeneric).Reason, "read-only file system")
		require.NotContains(w.t, r.with("options", "ro").does("monitor", ocf.Success).Stderr, "WARN")
	})
	row(t, "row 62: another level is refused, but only where the file system is mounted", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.at(5, "monitor", ocf.NotRunning)
		r.does("start", ocf.Success)
		r.at(5, "monitor", ocf.ErrConfigured)
		r.at(5, "status", ocf.Success)
	})
	row(t, "row 63: a prefix without a slash is the beginning of the file's name", func(w *world) {
		r := tmpfs(w, "statusfile_prefix", "st")
		r.does("start", ocf.Success)
		r.at(20, "monitor", ocf.Success)
		require.FileExists(w.t, w.path("a/stt_"+nodeName()))
	})
	row(t, "row 64: an instance of a clone has a file of its own", func(w *world) {
		r := tmpfs(w).under("OCF_RESKEY_CRM_meta_clone", "1")
		r.does("start", ocf.Success)
		r.at(20, "monitor", ocf.Success)
		require.FileExists(w.t, w.path("a/.Filesystem_status/t_1_"+nodeName()))
	})
	row(t, "an empty prefix is the default", func(w *world) {
		r := tmpfs(w, "statusfile_prefix", "")
		r.does("start", ocf.Success)
		r.at(20, "monitor", ocf.Success)
		require.FileExists(w.t, w.path("a/.Filesystem_status/t_"+nodeName()))
	})
	row(t, "something else in the place of the status file fails the check and is left alone", func(w *world) {
		r := tmpfs(w, "statusfile_prefix", "st")
		r.does("start", ocf.Success)
		require.NoError(w.t, unix.Mkfifo(w.path("a/stt_"+nodeName()), 0o600))
		require.Contains(w.t, r.at(20, "monitor", ocf.ErrGeneric).Reason, "no regular file")
	})
	row(t, "the older name of the check level", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		r.doesWith("monitor", ocf.Success, "OCF_RESKEY_OCF_CHECK_LEVEL", "20")
		require.FileExists(w.t, w.path("a/.Filesystem_status/t_"+nodeName()))
	})
	row(t, "a full file system fails level 20", func(w *world) {
		r := tmpfs(w, "options", "size=64k")
		r.does("start", ocf.Success)
		fill(w, "a/fill")
		r.does("monitor", ocf.Success)
		require.Contains(w.t, r.at(20, "monitor", ocf.ErrGeneric).Reason, "no space left on device")
	})
	row(t, "the status file that is there is written over, so that a full file system does not matter to it", func(w *world) {
		r := tmpfs(w, "options", "size=64k")
		r.does("start", ocf.Success)
		r.at(20, "monitor", ocf.Success)
		file := w.path("a/.Filesystem_status/t_" + nodeName())
		fill(w, "a/fill")
		events := w.events(file)
		r.at(20, "monitor", ocf.Success)
		require.EqualValues(w.t, unix.IN_OPEN, events()[0], "it is truncated before it is opened")
		require.NoError(w.t, os.Remove(w.path("a/fill")))
		require.NoError(w.t, os.WriteFile(file, make([]byte, 3*blockSize), 0o644))
		r.at(20, "monitor", ocf.Success)
		info, err := os.Stat(file)
		require.NoError(w.t, err)
		require.EqualValues(w.t, blockSize, info.Size())
	})
}

// events watches a file: the function that it returns lists what has been done to it.
func (w *world) events(file string) func() []uint32 {
	w.t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	require.NoError(w.t, err)
	_, err = unix.InotifyAddWatch(fd, file, unix.IN_OPEN|unix.IN_MODIFY)
	require.NoError(w.t, err)
	return func() []uint32 {
		defer unix.Close(fd)
		text := make([]byte, 4096)
		n, err := unix.Read(fd, text)
		require.NoError(w.t, err)
		var all []uint32
		for at := 0; at+unix.SizeofInotifyEvent <= n; at += unix.SizeofInotifyEvent {
			all = append(all, binary.NativeEndian.Uint32(text[at+4:]))
		}
		return all
	}
}

// fill writes into a file until nothing more fits.
func fill(w *world, name string) {
	w.t.Helper()
	file, err := os.Create(w.path(name))
	require.NoError(w.t, err)
	defer file.Close()
	for range 1 << 20 {
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			require.ErrorIs(w.t, err, unix.ENOSPC)
			return
		}
	}
	w.t.Fatal("it does not fill up")
}
