package compare

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A user is a process of somebody else's in a rig.
type user struct {
	name string
	cmd  *exec.Cmd
	mu   sync.Mutex
	fate string
	over chan struct{}
}

// users are the processes that a case has started.
type users []*user

// start starts one, and waits until it says that it is where it should be by writing a line.
func (u *users) start(name, command string) error {
	one := &user{name: name, cmd: exec.Command("sh", "-c", command), fate: "alive", over: make(chan struct{})}
	ready, err := one.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := one.cmd.Start(); err != nil {
		return err
	}
	if n, err := ready.Read(make([]byte, 64)); n == 0 {
		return fmt.Errorf("process %s has not come up: %w", name, err)
	}
	go func() {
		defer close(one.over)
		_ = one.cmd.Wait()
		one.mu.Lock()
		defer one.mu.Unlock()
		one.fate = one.cmd.ProcessState.String()
	}()
	*u = append(*u, one)
	return nil
}

// fates are the users and what has become of them.
func (u users) fates() []string {
	var all []string
	for _, one := range u {
		if ending(one.cmd.Process.Pid) {
			<-one.over
		}
		one.mu.Lock()
		all = append(all, one.name+" "+one.fate)
		one.mu.Unlock()
	}
	return all
}

func (u users) pids() []int {
	var all []int
	for _, one := range u {
		all = append(all, one.cmd.Process.Pid)
	}
	return all
}

func (u users) end() {
	for _, one := range u {
		_ = one.cmd.Process.Kill()
		<-one.over
	}
}

// quiet waits until the agent's helpers have ended, and returns those that have not after a while. A process that
// hands over to its child can be missed by one look, but not by several.
func quiet(known []int) []string {
	empty := 0
	for end := time.Now().Add(6 * time.Second); ; time.Sleep(3 * time.Millisecond) {
		left := strangers(known)
		if empty++; len(left) > 0 {
			empty = 0
		}
		if empty == 3 || len(left) > 0 && time.Now().After(end) {
			return left
		}
	}
}

// strangers are the living processes of the rig besides itself, the known ones and their children.
func strangers(known []int) []string {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	var left []string
	for _, folder := range folders {
		pid, _ := strconv.Atoi(filepath.Base(folder))
		fields := stat(pid)
		if pid == 1 || slices.Contains(known, pid) || len(fields) < 2 || fields[0] == "Z" || fields[0] == "X" {
			continue
		}
		if parent, _ := strconv.Atoi(fields[1]); slices.Contains(known, parent) {
			continue
		}
		name, _ := os.ReadFile(folder + "/comm")
		left = append(left, "left: "+strings.TrimSpace(string(name)))
	}
	return left
}

// stat is what /proc/PID/stat has behind the name: state, parent and more.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// ending reports whether a process is gone or on its way out: it leaves its files a moment before it is dead.
func ending(pid int) bool {
	fields := stat(pid)
	if len(fields) < 7 || fields[0] == "Z" || fields[0] == "X" {
		return true
	}
	const exiting = 0x4 // PF_EXITING of the kernel's sched.h
	flags, err := strconv.ParseUint(fields[6], 10, 64)
	return err == nil && flags&exiting != 0
}
