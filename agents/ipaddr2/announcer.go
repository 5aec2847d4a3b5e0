package ipaddr2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
)

// AnnouncerName is the name under which this binary is started again to announce an address in the
// background.
const AnnouncerName = "ocfbox-announce"

// Announcer is the background worker: it sends what is left of the announcement that args describe, in
// the network namespace it was started in, and ends early when the address is gone. The result is the
// exit code, which nobody reads.
func Announcer(args []string) int {
	var plan announcement
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &plan) != nil {
		return 2
	}
	defer removeOwn(plan.PIDFile)
	net := new(netif.Net)
	defer net.Close()
	frames, err := plan.frames(net)
	if err != nil || plan.Skip > len(frames) {
		return 1
	}
	link, err := net.LinkByIndex(plan.Link)
	if err != nil || net.Send(context.Background(), link, frames[plan.Skip:]) != nil {
		return 1
	}
	return 0
}

// removeOwn removes the file of process ids unless another worker has taken it over.
func removeOwn(path string) {
	if pid, err := readPID(path); err == nil && pid == os.Getpid() {
		_ = os.Remove(path)
	}
}

// pidFile is where the worker's process id is kept, as the shell agents keep send_arp's: after an
// upgrade each finds the other's.
func (s *session) pidFile() string {
	return filepath.Join(s.call.State.Dir, "send_arp-"+s.ip.String()+s.suffix())
}

func readPID(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// stopAnnouncer ends a worker that still announces the address. A process that only has the number a
// worker once had is left alone.
func (s *session) stopAnnouncer() {
	path := s.pidFile()
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	defer func() { _ = os.Remove(path) }()
	pid, err := readPID(path)
	if err != nil || pid <= 1 {
		return
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if !isAnnouncer(pid, s.ip) || startedAfter(pid, info.ModTime()) {
		s.call.Log.Info("process %d is no announcer of %s; left alone", pid, s.ip)
		return
	}
	err = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	if err != nil && !errors.Is(err, unix.ESRCH) {
		s.call.Log.Warn("end announcer %d: %v", pid, err)
	}
}

// isAnnouncer reports whether the process is one of the senders, and sends for the address.
func isAnnouncer(pid int, ip netip.Addr) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	program, args, _ := strings.Cut(string(text), "\x00")
	switch filepath.Base(program) {
	case AnnouncerName, "send_arp", "arping":
		return strings.Contains(args, ip.String())
	}
	return false
}

// startedAfter reports whether a process is younger than the file that names it, which means that the
// number has been used again. A process that cannot be read counts as younger.
func startedAfter(pid int, written time.Time) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	// The name in the second field may hold anything, so fields are counted from its closing bracket.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const startTime, ticksPerSecond = 19, 100 // field 22 of proc(5), in USER_HZ
	if len(fields) <= startTime {
		return true
	}
	ticks, err := strconv.ParseInt(fields[startTime], 10, 64)
	var sinceBoot unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &sinceBoot) != nil {
		return true
	}
	age := time.Duration(sinceBoot.Nano()) - time.Duration(ticks)*time.Second/ticksPerSecond
	return time.Now().Add(-age).After(written.Add(time.Second))
}
