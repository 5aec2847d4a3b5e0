package holder

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
)

// mounted is a tmpfs of the test's own.
func mounted(t testing.TB) (string, mount.Target) {
	t.Helper()
	point, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, unix.Mount("tmpfs", point, "tmpfs", 0, ""))
	t.Cleanup(func() { _ = unix.Unmount(point, unix.MNT_DETACH) })
	table, err := mount.Read()
	require.NoError(t, err)
	e, ok := table.Visible(point)
	require.True(t, ok)
	return point, e.Target()
}

// proc is the kernel's /proc, as a new kernel or an old one has it.
func proc(t testing.TB, old bool) *Proc {
	t.Helper()
	p, err := OpenProc()
	require.NoError(t, err)
	t.Cleanup(p.Close)
	p.byDescriptor = p.byDescriptor || old
	return p
}

func kernels(t *testing.T, test func(t *testing.T, p *Proc)) {
	t.Run("a kernel that tells a mount's number by statx", func(t *testing.T) { test(t, proc(t, false)) })
	t.Run("a kernel that tells it of descriptors only", func(t *testing.T) { test(t, proc(t, true)) })
}

// sleeper is a process in a directory.
func sleeper(t testing.TB, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	cmd.Dir = dir
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func TestUsersAreFoundInTheKernel(t *testing.T) {
	kernels(t, func(t *testing.T, p *Proc) {
		point, target := mounted(t)
		other, _ := mounted(t)
		user := sleeper(t, point)
		sleeper(t, other)
		s := &Search{Proc: p, Targets: []mount.Target{target}}
		users, complete, err := s.Users(t.Context())
		require.NoError(t, err)
		require.True(t, complete)
		require.Equal(t, []User{{PID: user.Process.Pid, How: WorkingDirectory, Mount: target.ID}}, users)
	})
}

func TestOurOwnFilesAreFoundInTheKernel(t *testing.T) {
	kernels(t, func(t *testing.T, p *Proc) {
		point, target := mounted(t)
		s := &Search{Proc: p, Targets: []mount.Target{target}}
		find := func(want ...User) {
			t.Helper()
			require.Equal(t, want, all(t, s))
		}
		find()
		file, err := os.Create(point + "/a b\nc")
		require.NoError(t, err)
		find(User{os.Getpid(), OpenFile, target.ID, 0})
		require.NoError(t, file.Truncate(4096))
		memory, err := unix.Mmap(int(file.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		find(User{os.Getpid(), MappedFile, target.ID, 0})
		require.NoError(t, os.Remove(point+"/a b\nc"))
		find(User{os.Getpid(), MappedFile, target.ID, 0})
		require.NoError(t, unix.Munmap(memory))
		find()
	})
}

func TestBoundSocketsAreFoundInTheKernel(t *testing.T) {
	kernels(t, func(t *testing.T, p *Proc) {
		point, target := mounted(t)
		elsewhere, _ := mounted(t)
		socket, err := net.Listen("unix", point+"/s")
		require.NoError(t, err)
		other, err := net.Listen("unix", elsewhere+"/s")
		require.NoError(t, err)
		defer other.Close()
		table, err := mount.Read()
		require.NoError(t, err)
		s := &Search{Proc: p, Targets: []mount.Target{target}}
		s.Sockets, err = Sockets(table, s.Targets)
		require.NoError(t, err)
		require.Len(t, s.Sockets, 1)
		user, uses := s.process(os.Getpid())
		require.True(t, uses)
		require.Equal(t, User{os.Getpid(), BoundSocket, target.ID, 0}, user)
		require.NoError(t, socket.Close())
	})
}

func TestAHandleIsOfOneProcess(t *testing.T) {
	p := proc(t, false)
	for _, old := range []bool{false, true} {
		cmd := sleeper(t, "/")
		h, err := Hold(p, cmd.Process.Pid)
		require.NoError(t, err)
		if old { // as on a kernel without pidfds
			h.Close()
			begun, ok := begunAt(p, cmd.Process.Pid)
			require.True(t, ok)
			h = &Handle{pid: cmd.Process.Pid, fd: -1, begun: begun, proc: p}
		}
		require.False(t, AwaitEnd(t.Context(), []*Handle{h}, 20*time.Millisecond))
		require.NoError(t, h.Signal(unix.SIGTERM))
		require.True(t, AwaitEnd(t.Context(), []*Handle{h}, 10*time.Second))
		_ = cmd.Wait()
		require.NoError(t, h.Signal(unix.SIGKILL), "the process has ended")
		h.Close()
		_, err = Hold(p, cmd.Process.Pid)
		require.ErrorIs(t, err, unix.ESRCH)
	}
}

func TestOtherNamespacesAreFound(t *testing.T) {
	p := proc(t, false)
	point, target := mounted(t)
	require.Empty(t, OtherNamespaces(t.Context(), p, []mount.Device{target.Device}))
	cmd := exec.Command("/proc/self/exe")
	cmd.Args[0] = crowdName
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	start(t, cmd)
	require.Equal(t, []Elsewhere{{cmd.Process.Pid, point}}, OtherNamespaces(t.Context(), p, []mount.Device{target.Device}))
}

// start starts a process of the crowd.
func start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	require.Equal(t, "ready", lines.Text())
}

// One pass over a thousand processes may take 60 ms (filesystem.md 12).
func BenchmarkAPassOverAThousandProcesses(b *testing.B) {
	const crowd = 1000
	for range crowd {
		cmd := exec.Command("sleep", "10000")
		require.NoError(b, cmd.Start())
		b.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	}
	b.Run("without memory maps", func(b *testing.B) { benchmarkPass(b, (*Search).Users) })
	b.Run("memory maps", func(b *testing.B) { benchmarkPass(b, (*Search).Mapped) })
}

// An ordinary daemon has two dozen descriptors and a hundred mappings.
func BenchmarkAPassOverAHundredDaemons(b *testing.B) {
	for range 100 {
		cmd := exec.Command("/proc/self/exe")
		cmd.Args[0] = crowdName
		start(b, cmd)
	}
	b.Run("without memory maps", func(b *testing.B) { benchmarkPass(b, (*Search).Users) })
	b.Run("memory maps", func(b *testing.B) { benchmarkPass(b, (*Search).Mapped) })
}

// benchmarkPass makes passes over all processes. On a busy machine the CPU time tells more than the time on the wall.
func benchmarkPass(b *testing.B, pass func(*Search, context.Context) ([]User, bool, error)) {
	p := proc(b, false)
	_, target := mounted(b)
	before, passes := cpuTime(b), 0
	for b.Loop() {
		s := &Search{Proc: p, Targets: []mount.Target{target}}
		users, _, err := pass(s, b.Context())
		require.NoError(b, err)
		require.Empty(b, users)
		passes++
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(passes)/float64(time.Millisecond), "cpu-ms/op")
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func TestTheKernelsOwnUsesAreNamed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	write("sys/block/loop3/loop/backing_file", "/m/a/some image (deleted)\n")
	write("sys/block/loop4/loop/backing_file", "/m/a2/image\n")
	write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/dm-1   partition 1 0 -2\n/m/a/swap\\040file file 1 0 -3\n")
	write("proc/fs/nfsd/exports", "# Version 1.1\n# Path Client(Flags)\n/m/a/pub\t*(rw)\n/srv\t*(rw)\n")
	write("var/lib/nfs/etab", "/m/a/pub\t*(rw)\n/m/a/more\\040names\t*(ro)\n")
	table := mount.Table{{ID: 1, Point: "/"}, {ID: 50, Parent: 1, Point: "/m/a", Device: disk}}
	want := []string{
		"loop device /dev/loop3 on /m/a/some image", "swap file /m/a/swap file",
		"NFS export of /m/a/pub", "NFS export of /m/a/more names",
	}
	require.Equal(t, want, Kernel(root, table, []mount.Target{target}))
	require.Empty(t, Kernel(root, table, nil))
	require.Empty(t, Kernel(t.TempDir(), table, []mount.Target{target}))
}
