package ipaddr2

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

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
