package fuse_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/test/lab"
	"ocfbox/test/lab/fuse"
)

// patience is how long to wait for what the kernel does at once, on a busy machine.
const patience = 10 * time.Second

// The test binary is also the programs of the package.
func TestMain(m *testing.M) {
	if code, ok := fuse.Dispatch(os.Args); ok {
		os.Exit(code)
	}
	lab.Main(m, lab.Mount, lab.PID)
}

// A place is a folder that is passed through to a mount point, and the mode of the server.
type place struct {
	t             *testing.T
	folder, point string
	mode          chan fuse.Mode
}

// serve mounts a folder with a server in this process.
func serve(t *testing.T) *place {
	t.Helper()
	lab.Need(t, "root")
	p := &place{t: t, folder: t.TempDir(), point: t.TempDir(), mode: make(chan fuse.Mode, 1)}
	fd, err := fuse.Open()
	if err != nil {
		lab.Missing(t, fmt.Sprintf("no FUSE here: %v", err))
	}
	p.mode <- fuse.Works
	ended := make(chan error, 1)
	server := fuse.Server{Folder: p.folder, Mode: func() fuse.Mode {
		m := <-p.mode
		p.mode <- m
		return m
	}}
	require.NoError(t, fuse.Mount(fd, p.folder, p.point, fuse.Type, 0))
	go func() { ended <- server.Serve(fd) }()
	t.Cleanup(func() {
		fuse.Abort(p.point)
		require.NoError(t, <-ended)
		require.NoError(t, unix.Close(fd))
	})
	return p
}

func (p *place) become(m fuse.Mode) { <-p.mode; p.mode <- m }

func TestAFolderIsPassedThrough(t *testing.T) {
	t.Parallel()
	p := serve(t)
	at := func(name string) string { return filepath.Join(p.point, name) }
	require.NoError(t, os.Mkdir(at("a"), 0o750))
	long := bytes.Repeat([]byte("0123456789"), 50_000)
	require.NoError(t, os.WriteFile(at("a/long"), long, 0o640))
	require.NoError(t, os.WriteFile(filepath.Join(p.folder, "b"), []byte("from below"), 0o600))

	text, err := os.ReadFile(filepath.Join(p.folder, "a/long"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(long, text), "what is written arrives")
	text, err = os.ReadFile(at("a/long"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(long, text), "and is read back")
	text, err = os.ReadFile(at("b"))
	require.NoError(t, err)
	require.Equal(t, "from below", string(text))

	file, err := os.OpenFile(at("b"), os.O_WRONLY|os.O_APPEND|os.O_SYNC, 0)
	require.NoError(t, err)
	_, err = file.WriteString(", and more")
	require.NoError(t, err)
	require.NoError(t, file.Sync())
	require.NoError(t, file.Close())
	require.NoError(t, os.Rename(at("a"), at("c")))
	require.NoError(t, os.Truncate(at("c/long"), 10))
	require.NoError(t, os.Chmod(at("c/long"), 0o600))
	entries, err := os.ReadDir(p.point)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "c"}, []string{entries[0].Name(), entries[1].Name()})
	info, err := os.Stat(at("c/long"))
	require.NoError(t, err)
	require.EqualValues(t, 10, info.Size())
	require.Equal(t, os.FileMode(0o600), info.Mode())
	text, err = os.ReadFile(filepath.Join(p.folder, "b"))
	require.NoError(t, err)
	require.Equal(t, "from below, and more", string(text))

	require.ErrorIs(t, os.Remove(at("c")), unix.ENOTEMPTY)
	require.NoError(t, os.RemoveAll(at("c")))
	_, err = os.Stat(at("c/long"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoDirExists(t, filepath.Join(p.folder, "c"))
	var s unix.Statfs_t
	require.NoError(t, unix.Statfs(p.point, &s))
	require.NotZero(t, s.Blocks)
	require.NoError(t, unix.Unmount(p.point, 0))
}

func TestABrokenServerHasErrorsForData(t *testing.T) {
	t.Parallel()
	p := serve(t)
	name := filepath.Join(p.point, "a")
	require.NoError(t, os.WriteFile(name, []byte("x"), 0o600))
	p.become(fuse.Broken)
	_, err := os.ReadFile(name)
	require.ErrorIs(t, err, unix.EIO)
	require.ErrorIs(t, os.WriteFile(name, []byte("y"), 0o600), unix.EIO)
	_, err = os.Stat(name)
	require.NoError(t, err)
	p.become(fuse.Works)
	require.NoError(t, os.WriteFile(name, []byte("z"), 0o600))
}

// A process that waits for a silent server can be killed; for a mute one it waits until its request is ended by force.
func TestWhoWaitsForAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for _, mode := range []fuse.Mode{fuse.Silent, fuse.Mute} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			p := serve(t)
			p.become(mode)
			waits := exec.Command("stat", filepath.Join(p.point, "a"))
			require.NoError(t, waits.Start())
			ended := make(chan error, 1)
			go func() { ended <- waits.Wait() }()
			awaitWait(t, waits.Process.Pid)
			require.NoError(t, waits.Process.Kill())
			if mode == fuse.Mute {
				select {
				case <-ended:
					require.Fail(t, "it could be killed")
				case <-time.After(200 * time.Millisecond):
				}
				_ = unix.Unmount(p.point, unix.MNT_FORCE)
			}
			select {
			case <-ended:
			case <-time.After(patience):
				require.Fail(t, "it does not end")
			}
		})
	}
}

// awaitWait waits until a process waits in the kernel for a file system's server.
func awaitWait(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/wchan", pid))
		return strings.Contains(string(text), "request_wait") || strings.Contains(string(text), "fuse")
	}, patience, 5*time.Millisecond, "the process does not wait for the server")
}

// A process that is killed closes its files, and must not have to wait for the server then.
func TestWhoHasAFileOpenCanBeKilled(t *testing.T) {
	t.Parallel()
	p := serve(t)
	name := filepath.Join(p.point, "a")
	require.NoError(t, os.WriteFile(name, []byte("x"), 0o600)) // the kernel learns that there is no FLUSH
	holds := exec.Command("sh", "-c", `exec 3>>"$0"; echo ready; read x`, name)
	in, err := holds.StdinPipe()
	require.NoError(t, err)
	defer in.Close()
	out, err := holds.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holds.Start())
	_, err = out.Read(make([]byte, 16))
	require.NoError(t, err)
	p.become(fuse.Silent)
	require.NoError(t, holds.Process.Kill())
	ended := make(chan error, 1)
	go func() { ended <- holds.Wait() }()
	select {
	case <-ended:
	case <-time.After(patience):
		require.Fail(t, "it does not end")
	}
}

func TestASilentServerThatWorksAgainAnswersAll(t *testing.T) {
	t.Parallel()
	p := serve(t)
	require.NoError(t, os.WriteFile(filepath.Join(p.folder, "a"), []byte("x"), 0o600))
	p.become(fuse.Silent)
	read := make(chan string, 1)
	go func() {
		text, _ := os.ReadFile(filepath.Join(p.point, "a"))
		read <- string(text)
	}()
	select {
	case <-read:
		require.Fail(t, "it was answered")
	case <-time.After(200 * time.Millisecond):
	}
	p.become(fuse.Works)
	select {
	case text := <-read:
		require.Equal(t, "x", text)
	case <-time.After(patience):
		require.Fail(t, "it is not answered")
	}
}

// The unmount of a file system on a block device waits for its server, and not even a signal ends that.
func TestAServerThatStays(t *testing.T) {
	t.Parallel()
	lab.Need(t, "root", "mount")
	if known, err := mount.TypeKnown(fuse.BlockType); err == nil && !known {
		lab.Missing(t, "the kernel has no "+fuse.BlockType)
	}
	folder, point := t.TempDir(), t.TempDir()
	image := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(image, make([]byte, 1<<20), 0o600))
	device, err := mount.Attach(mount.Image{Path: image}, "")
	require.NoError(t, err)
	defer device.Close()
	own, err := os.Executable()
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), filepath.Base(fuse.Helpers()[1]))
	require.NoError(t, os.Symlink(own, program))
	require.NoError(t, os.WriteFile(fuse.ModeFile, []byte(fuse.Stays), 0o600))
	defer os.Remove(fuse.ModeFile)

	out, err := exec.Command(program, device.Path, point, "-o", "rw,folder="+folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(filepath.Join(point, "a"), []byte("x"), 0o600))
	require.FileExists(t, filepath.Join(folder, "a"))
	unmounted := make(chan error, 1)
	go func() { unmounted <- unix.Unmount(point, 0) }()
	select {
	case err := <-unmounted:
		require.Fail(t, "it was unmounted", "%v", err)
	case <-time.After(200 * time.Millisecond):
	}
	require.NoError(t, unix.Kill(server(t, folder), syscall.SIGKILL))
	select {
	case err := <-unmounted:
		require.NoError(t, err)
	case <-time.After(patience):
		require.Fail(t, "it is not unmounted when the server is gone")
	}
}

// server is the process that serves a folder.
func server(t *testing.T, folder string) int {
	t.Helper()
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range all {
		text, _ := os.ReadFile(file)
		if words := strings.Split(string(text), "\x00"); len(words) > 1 && words[1] == folder {
			var pid int
			_, err := fmt.Sscanf(file, "/proc/%d/", &pid)
			require.NoError(t, err)
			return pid
		}
	}
	require.Fail(t, "nobody serves "+folder)
	return 0
}

func TestAHelperSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	code, ok := fuse.Dispatch([]string{"/usr/sbin/mount." + fuse.Type, "/no/such/folder", "/mnt"})
	require.True(t, ok)
	require.Equal(t, 1, code)
	_, ok = fuse.Dispatch([]string{"mount.ext4"})
	require.False(t, ok)
}
