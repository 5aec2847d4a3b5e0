package filesystem

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// userName is the name under which the test binary is a process that uses a file system.
const userName = "fs-user"

// user uses a path in one way, says so, and waits for its end.
func user(how, path string) int {
	if err := use(how, path); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("ready")
	if how == "stuck" {
		_, _ = os.Stat("anything")
	}
	for {
		time.Sleep(time.Hour)
	}
}

// use uses a path. What "deaf" is in front of is done by a process that ignores TERM.
func use(how, path string) error {
	if rest, deaf := strings.CutPrefix(how, "deaf "); deaf {
		signal.Ignore(unix.SIGTERM)
		how = rest
	}
	switch how {
	case "cwd", "stuck":
		return os.Chdir(path)
	case "root":
		return unix.Chroot(path)
	case "open":
		_, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT, 0o644)
		return err
	case "deleted":
		if err := use("open", path); err != nil {
			return err
		}
		return os.Remove(path)
	case "map":
		return mapFile(path)
	case "socket":
		_, err := net.Listen("unix", path)
		return err
	case "thread":
		return moveThread(path)
	}
	return fmt.Errorf("no use is called %q", how)
}

// mapFile maps a file and closes it.
func mapFile(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(4096); err != nil {
		return err
	}
	_, err = unix.Mmap(int(file.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
	return err
}

// moveThread gives one thread, which is not the first, a working directory of its own.
func moveThread(path string) error {
	moved := make(chan error)
	runtime.LockOSThread()
	go func() {
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Chdir(path)
		}
		moved <- err
		select {}
	}()
	return <-moved
}

// A guest is a process of the tests that uses a file system.
type guest struct {
	w     *world
	cmd   *exec.Cmd
	ended chan struct{}
}

// guest starts a process that uses a path in the world's folder.
func (w *world) guest(how, name string) *guest { return w.guestWith(nil, how, name) }

// guestWith starts one in namespaces of its own.
func (w *world) guestWith(attr *syscall.SysProcAttr, how, name string) *guest {
	w.t.Helper()
	cmd := exec.Command("/proc/self/exe", how, w.path(name))
	cmd.Args[0], cmd.SysProcAttr = userName, attr
	return w.host(cmd)
}

// host starts a process that says that it is ready.
func (w *world) host(cmd *exec.Cmd) *guest {
	w.t.Helper()
	out, err := cmd.StdoutPipe()
	require.NoError(w.t, err)
	require.NoError(w.t, cmd.Start())
	g := &guest{w, cmd, make(chan struct{})}
	w.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-g.ended
	})
	lines := bufio.NewScanner(out)
	said := lines.Scan()
	go func() {
		_ = cmd.Wait()
		close(g.ended)
	}()
	require.True(w.t, said, "the process said nothing")
	require.Equal(w.t, "ready", lines.Text())
	return g
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// died requires that a signal has ended the process, and returns which.
func (g *guest) died() syscall.Signal {
	g.w.t.Helper()
	select {
	case <-g.ended:
	case <-time.After(patience):
		require.Fail(g.w.t, "the process lives", "%v", g.cmd.Args)
	}
	status := g.cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(g.w.t, status.Signaled(), "%v: %v", g.cmd.Args, g.cmd.ProcessState)
	return status.Signal()
}

// diedOf requires that the process was ended by the signal.
func (g *guest) diedOf(signal syscall.Signal) {
	g.w.t.Helper()
	require.Equal(g.w.t, signal, g.died(), "%v", g.cmd.Args)
}

// lives requires that the process has not ended.
func (g *guest) lives() {
	g.w.t.Helper()
	select {
	case <-g.ended:
		require.Fail(g.w.t, "the process has ended", "%v: %v", g.cmd.Args, g.cmd.ProcessState)
	default:
	}
}
