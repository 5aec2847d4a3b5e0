package guard

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab"
)

func TestMain(m *testing.M) {
	if os.Args[0] == HolderName {
		os.Exit(Hold())
	}
	lab.Main(m, lab.Mount)
}

// onThread runs do on a thread that ends with it. The first thread of a program never does.
func onThread(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			onThread(do)
			runtime.UnlockOSThread()
			return
		}
		do()
	}()
	<-done
}

// supervised runs do on a thread under the filter, for which s answers.
func supervised(t *testing.T, s *Supervisor, do func()) {
	t.Helper()
	s.Proc = "/proc"
	socket := filepath.Join(t.TempDir(), "supervisor")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	require.NoError(t, err)
	defer listener.Close()
	ended := make(chan error, 1)
	go func() {
		conn, err := listener.AcceptUnix()
		if err != nil {
			ended <- err
			return
		}
		defer conn.Close()
		calls, err := Receive(conn)
		if err == nil {
			s.Serve(calls)
		}
		ended <- err
	}()
	var problem error
	onThread(func() {
		calls, err := Install()
		if err == nil {
			err = Send(socket, calls)
			calls.Close()
		}
		if problem = err; err == nil {
			do()
		}
	})
	require.NoError(t, problem)
	require.NoError(t, <-ended, "the supervisor ends with the last thread under the filter")
}

func TestSupervised(t *testing.T) {
	folder := t.TempDir()
	answers := map[string]error{}
	supervised(t, &Supervisor{}, func() {
		answers["mount"] = unix.Mount("none", folder, "tmpfs", 0, "size=1m")
		answers["unmount"] = unix.Unmount(folder, 0)
		answers["open"] = opened("tmpfs")
		answers["mount proc"] = unix.Mount("none", folder, "proc", 0, "")
		answers["open proc"] = opened("proc")
		answers["unshare"] = unix.Unshare(unix.CLONE_NEWNS)
		answers["unshare without a namespace"] = unix.Unshare(unix.CLONE_FS)
		answers["memory"] = advise(madvSoftOffline)
		answers["other advice"] = advise(unix.MADV_DONTNEED)
		answers["name"] = unix.Sethostname([]byte("name"))
	})
	require.Equal(t, map[string]error{
		"mount": nil, "unmount": nil, "open": nil, "mount proc": unix.EPERM, "open proc": unix.EPERM,
		"unshare": unix.EPERM, "unshare without a namespace": nil, "memory": unix.EPERM, "other advice": nil, "name": unix.EPERM,
	}, answers)
}

// advise is about no memory at all.
func advise(what uintptr) error {
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, 0, 0, what); errno != 0 {
		return errno
	}
	return nil
}

func opened(kind string) error {
	fd, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err == nil {
		err = unix.Close(fd)
	}
	return err
}

func TestWithoutASupervisorNothingIsMounted(t *testing.T) {
	folder := t.TempDir()
	var installed, mounted, unmounted error
	onThread(func() {
		var listener *os.File
		if listener, installed = Install(); installed == nil {
			listener.Close()
			mounted, unmounted = unix.Mount("none", folder, "tmpfs", 0, ""), opened("tmpfs")
		}
	})
	require.NoError(t, installed)
	require.ErrorIs(t, mounted, unix.ENOSYS)
	require.ErrorIs(t, unmounted, unix.ENOSYS)
}

// TestTheSupervisorKnowsTheDevice asks for a file system on a block device of the machine, which is refused before the
// kernel looks at it.
func TestTheSupervisorKnowsTheDevice(t *testing.T) {
	device, number := blockDevice(t)
	folder := t.TempDir()
	require.NoError(t, os.Symlink(device, filepath.Join(folder, "link")))
	var asked atomic.Uint64
	s := &Supervisor{Mounts: func(device uint64) unix.Errno { asked.Store(device); return unix.EBUSY }}
	ways := map[string]func() error{
		"mount":            func() error { return unix.Mount(device, folder, "ext4", unix.MS_RDONLY, "") },
		"mount by a link":  func() error { return unix.Mount(filepath.Join(folder, "link"), folder, "ext4", unix.MS_RDONLY, "") },
		"a program's":      func() error { return unix.Mount(device, folder, "fuseblk.x", 0, "fd=0") },
		"a context":        func() error { return made("ext4", device) },
		"a context by xfs": func() error { return made("xfs", device) },
	}
	for name, mount := range ways {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			var err error
			supervised(t, s, func() { err = mount() })
			require.ErrorIs(t, err, unix.EBUSY)
			require.Equal(t, number, asked.Load())
		})
	}
	t.Run("a context of another file system is not asked about", func(t *testing.T) {
		asked.Store(0)
		supervised(t, s, func() {
			_ = made("ext4", device)
			asked.Store(0)
			_ = made("tmpfs", "none")
		})
		require.Zero(t, asked.Load())
	})
}

// made makes a superblock.
func made(kind, source string) error {
	fd, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.FsconfigSetString(fd, "source", source); err != nil {
		return err
	}
	return unix.FsconfigCreate(fd)
}

func blockDevice(t *testing.T) (path string, number uint64) {
	files, err := filepath.Glob("/dev/*")
	require.NoError(t, err)
	for _, file := range files {
		var stat unix.Stat_t
		if unix.Lstat(file, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFBLK {
			return file, uint64(stat.Rdev)
		}
	}
	lab.Missing(t, "no block device here")
	return "", 0
}

func TestLockedMountsStayAsTheyAre(t *testing.T) {
	folder := t.TempDir()
	hidden, covered := filepath.Join(folder, "below", "hidden"), filepath.Join(folder, "below")
	require.NoError(t, os.MkdirAll(covered, 0o755))
	require.NoError(t, os.WriteFile(hidden, nil, 0o644))
	require.NoError(t, unix.Mount("none", covered, "tmpfs", 0, ""))
	require.NoError(t, unix.Mount("", covered, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	t.Cleanup(func() { require.NoError(t, unix.Unmount(covered, unix.MNT_DETACH)) })
	other := t.TempDir()
	answers := map[string]error{}
	onThread(func() {
		if answers["lock"] = Lock(); answers["lock"] != nil {
			return
		}
		answers["unmount"] = unix.Unmount(covered, unix.MNT_DETACH)
		answers["make writable"] = unix.Mount("", covered, "", unix.MS_REMOUNT|unix.MS_BIND, "")
		answers["set writable"] = unix.MountSetattr(unix.AT_FDCWD, covered, 0, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
		answers["copy what is below"] = unix.Mount(folder, other, "", unix.MS_BIND, "")
		answers["move"] = unix.Mount(covered, other, "", unix.MS_MOVE, "")
		answers["mount"] = unix.Mount("none", other, "tmpfs", 0, "")
		answers["unmount its own"] = unix.Unmount(other, 0)
		_, answers["look below"] = os.Stat(hidden)
	})
	require.ErrorIs(t, answers["look below"], os.ErrNotExist)
	delete(answers, "look below")
	require.Equal(t, map[string]error{
		"lock": nil, "unmount": unix.EINVAL, "make writable": unix.EPERM, "set writable": unix.EPERM, "copy what is below": unix.EINVAL,
		"move": unix.EINVAL, "mount": nil, "unmount its own": nil,
	}, answers)
}
