package ipaddr2

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
)

// process is a call of the agent as a process of its own on the node, as Pacemaker makes it.
func (r *resource) process(action string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", action)
	cmd.Args[0] = "/usr/lib/ocf/resource.d/ocfbox/IPaddr2"
	vars := map[string]string{
		"OCF_ROOT": "/usr/lib/ocf", "OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "1",
		"OCF_RESOURCE_INSTANCE": "t", "OCF_RESKEY_CRM_meta_timeout": "20000",
		"OCF_RESKEY_CRM_meta_interval": "10000", "HA_RSCTMP": r.w.state,
	}
	for name, value := range r.Params {
		vars["OCF_RESKEY_"+name] = value
	}
	maps.Copy(vars, r.Env)
	for name, value := range vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// starts starts a process on the node.
func (w *world) starts(cmd *exec.Cmd) {
	w.t.Helper()
	w.inside(func() { require.NoError(w.t, cmd.Start()) })
}

// runs calls an action as a process and requires its code.
func (r *resource) runs(action string, want ocf.Code) {
	r.w.t.Helper()
	var errs bytes.Buffer
	cmd := r.process(action)
	cmd.Stderr = &errs
	r.w.starts(cmd)
	_ = cmd.Wait()
	require.Equal(r.w.t, want, ocf.Code(cmd.ProcessState.ExitCode()), "%s\n%s", action, errs.String())
}

// workers are the processes on the node that announce an address.
func (w *world) workers() []int {
	w.t.Helper()
	var node string
	w.inside(func() { node, _ = os.Readlink("/proc/thread-self/ns/net") })
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(w.t, err)
	var found []int
	for _, file := range all {
		text, _ := os.ReadFile(file)
		name, _, _ := strings.Cut(string(text), "\x00")
		if home, _ := os.Readlink(filepath.Join(filepath.Dir(file), "ns/net")); name == AnnouncerName && home == node {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			found = append(found, pid)
		}
	}
	return found
}

// worker is the process id of the worker that announces the address.
func (w *world) worker(ip string) int {
	w.t.Helper()
	pid, err := readPID(w.state + "/send_arp-" + ip)
	require.NoError(w.t, err)
	return pid
}

// requireGone waits for the end of a process that is not our child to wait for.
func requireGone(t testing.TB, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err == unix.ESRCH {
		return
	}
	require.NoError(t, err)
	defer unix.Close(fd)
	ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(patience/time.Millisecond))
	for err == unix.EINTR {
		ready, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(patience/time.Millisecond))
	}
	require.NoError(t, err)
	require.Equal(t, 1, ready, "process %d is still there: %s", pid, programOf(t, pid))
}

// programOf is the name that a process was started by.
func programOf(t testing.TB, pid int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	require.NoError(t, err)
	name, _, _ := strings.Cut(string(text), "\x00")
	return name
}

// sessionOf is the session of a process.
func sessionOf(t testing.TB, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), ") ")
	session, err := strconv.Atoi(strings.Fields(rest)[3])
	require.NoError(t, err)
	return session
}
