package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// changes are the system calls with which install and uninstall change a file system.
func changes() []uint64 {
	return []uint64{
		unix.SYS_MKDIR, unix.SYS_MKDIRAT, unix.SYS_LINK, unix.SYS_LINKAT, unix.SYS_SYMLINK, unix.SYS_SYMLINKAT,
		unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_RMDIR,
	}
}

// killedBefore runs the program and kills it before it makes its n-th change, counted from 1; it reports whether there
// were so many. The kernel stops the program at every system call, so nothing depends on timing.
func killedBefore(t *testing.T, n int, args ...string) bool {
	t.Helper()
	// Only the thread that has started a traced process may wait for it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = []string{asProgram + "=1"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	require.NoError(t, cmd.Start())
	pid := cmd.Process.Pid
	var status unix.WaitStatus
	_, err = unix.Wait4(pid, &status, 0, nil)
	require.NoError(t, err)
	require.NoError(t, unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL))
	require.NoError(t, unix.PtraceSyscall(pid, 0))
	count, killed := 0, false
	for {
		thread, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		require.NoError(t, err)
		switch {
		case status.Exited() || status.Signaled():
			if thread == pid {
				return killed
			}
			continue
		case killed:
			continue
		case status.StopSignal() == syscall.SIGTRAP|0x80:
			if entersChange(t, thread) {
				if count++; count == n {
					killed = true
					require.NoError(t, unix.Kill(pid, unix.SIGKILL))
					continue
				}
			}
			resume(t, thread, 0)
		case status.StopSignal() == syscall.SIGTRAP, status.StopSignal() == syscall.SIGSTOP:
			// A thread was started, or is.
			resume(t, thread, 0)
		default:
			resume(t, thread, int(status.StopSignal()))
		}
	}
}

func resume(t *testing.T, thread, signal int) {
	// One that is gone meanwhile has nothing to be resumed.
	if err := unix.PtraceSyscall(thread, signal); err != unix.ESRCH {
		require.NoError(t, err)
	}
}

// entersChange reports whether a thread that stopped is about to change a file system. At the end of a call its result
// is in the place of the mark.
func entersChange(t *testing.T, thread int) bool {
	const notYet = -int64(unix.ENOSYS)
	var registers unix.PtraceRegs
	if err := unix.PtraceGetRegs(thread, &registers); err == unix.ESRCH {
		return false
	} else {
		require.NoError(t, err)
	}
	return int64(registers.Rax) == notYet && slices.Contains(changes(), registers.Orig_rax)
}

// A place is a system below a folder with agents and tools of others: files, a link and one of another mode.
func newPlace(t *testing.T) (root string, others []string) {
	root = t.TempDir()
	write(t, filepath.Join(root, defaultBinary), "the program", 0o755)
	require.NoError(t, os.MkdirAll(filepath.Join(root, "etc/ha.d/resource.d"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "usr/bin"), 0o755))
	for path, mode := range map[string]os.FileMode{
		"/usr/lib/ocf/resource.d/heartbeat/IPaddr2": 0o755, "/usr/lib/ocf/resource.d/suse/SAPHana": 0o750,
		"/usr/sbin/SAPHanaSR-showAttr": 0o711, "/etc/ha.d/resource.d/IPaddr": 0o755,
	} {
		write(t, filepath.Join(root, path), "of others: "+path, mode)
		others = append(others, path)
	}
	write(t, filepath.Join(root, "opt/topology"), "of others", 0o755)
	const link = "/usr/lib/ocf/resource.d/suse/SAPHanaTopology"
	require.NoError(t, os.Symlink("../../../../../opt/topology", filepath.Join(root, link)))
	return root, append(others, link)
}

func program0(t *testing.T, args ...string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = []string{asProgram + "=1"}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%q: %s", args, out)
}

// Killed before any of its steps, install and uninstall leave every agent in its place, and the next run, of either,
// comes to the same end as one that was not killed.
func TestARunThatIsKilledBetweenAnyTwoSteps(t *testing.T) {
	install := func(root string) []string {
		return []string{"install", "--root", root, "--provider", "heartbeat", "--provider", "suse", "--heartbeat-scripts"}
	}
	uninstall := func(root string) []string { return []string{"uninstall", "--root", root} }
	whole, _ := newPlace(t)
	before := pictures(t, whole)
	program0(t, install(whole)...)
	after := pictures(t, whole)
	require.NotEqual(t, before, after)

	for name, row := range map[string]struct {
		prepared bool
		killed   func(root string) []string
	}{"install": {false, install}, "uninstall": {true, uninstall}} {
		t.Run(name, func(t *testing.T) {
			steps := 0
			for n := 1; ; n++ {
				undone, others := newPlace(t)
				if row.prepared {
					program0(t, install(undone)...)
				}
				more := killedBefore(t, n, row.killed(undone)...)
				for _, path := range others {
					info, err := os.Stat(filepath.Join(undone, path))
					require.NoError(t, err, "step %d", n)
					require.True(t, info.Mode().IsRegular() && info.Mode()&0o100 != 0, "step %d: %s", n, path)
				}
				done := t.TempDir()
				out, err := exec.Command("cp", "-a", undone+"/.", done).CombinedOutput()
				require.NoError(t, err, string(out))
				program0(t, uninstall(undone)...)
				require.Equal(t, before, pictures(t, undone), "uninstall after step %d", n)
				program0(t, install(done)...)
				require.Equal(t, after, pictures(t, done), "install after step %d", n)
				if !more {
					break
				}
				steps++
			}
			t.Logf("%d steps", steps)
			require.Greater(t, steps, 15)
		})
	}
}

// pictures is snapshot with owners and the texts of links.
func pictures(t *testing.T, root string) map[string]string {
	seen := map[string]string{}
	for path, what := range snapshot(t, root) {
		var stat unix.Stat_t
		require.NoError(t, unix.Lstat(path, &stat))
		text, _ := os.Readlink(path)
		inside, err := filepath.Rel(root, path)
		require.NoError(t, err)
		seen[inside] = what + " " + text + " " + string(rune('0'+stat.Uid)) + string(rune('0'+stat.Gid))
	}
	return seen
}
