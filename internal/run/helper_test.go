package run_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/run"
)

// helperVariable makes this test binary act as one of the programs below.
const helperVariable = "RUN_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Args[0] == run.GuardName {
		os.Exit(run.Guard(os.Args[1:]))
	}
	if os.Args[0] == workerName {
		os.Exit(worker(os.Args[1:]))
	}
	if name := os.Getenv(helperVariable); name != "" {
		os.Exit(helper(name, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// program is the command that runs a helper.
func program(name string, args ...string) run.Cmd {
	return run.Cmd{Path: self(), Args: args, Env: []string{helperVariable + "=" + name}}
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

// helper is a program that tests start; the result is its exit code.
func helper(name string, args []string) int {
	switch name {
	case "show":
		return show()
	case "exit":
		fmt.Println("out")
		fmt.Fprintln(os.Stderr, "\n  err\nmore")
		code, _ := strconv.Atoi(args[0])
		return code
	case "die":
		signal, _ := strconv.Atoi(args[0])
		_ = unix.Kill(os.Getpid(), unix.Signal(signal))
		return forever()
	case "flood":
		chunk := bytes.Repeat([]byte{'x'}, 1<<20)
		for range 1 << 10 {
			if n, err := os.Stdout.Write(chunk); n != len(chunk) || err != nil {
				return 1
			}
		}
		return 0
	case "forever":
		return forever()
	case "family":
		return family(args[0])
	case "daemon":
		return daemon(args[0])
	case "stuck":
		return stuck(args[0])
	case "trace-parent":
		return traceParent(args[0])
	case "count-group":
		return countGroup(args[0])
	case "kill-group":
		return killGroup()
	case "agent":
		return agent(args[0], args[1])
	case "detach":
		return detach(args[0])
	case "answer":
		return answer()
	}
	return 99
}

func forever() int {
	time.Sleep(time.Hour)
	return 98
}

// shown is what a program can see of how it was started.
type shown struct {
	Args, Env   []string
	Dir, Stdin  string
	Descriptors []string
}

func show() int {
	dir, _ := os.Getwd()
	stdin, _ := io.ReadAll(os.Stdin)
	_ = json.NewEncoder(os.Stdout).Encode(shown{
		Args: os.Args, Env: os.Environ(), Dir: dir, Stdin: string(stdin), Descriptors: descriptors(),
	})
	return 0
}

// descriptors are the open ones that this process did not open itself.
func descriptors() (open []string) {
	for fd := range 100 {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			open = append(open, strconv.Itoa(fd))
		}
	}
	return open
}

// family forks a child that holds our streams, names both processes in the file, and waits.
func family(file string) int {
	child := command("forever")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return 1
	}
	writePIDs(file, os.Getpid(), child.Process.Pid)
	return forever()
}

// daemon leaves a process in a session of its own that holds our streams.
func daemon(file string) int {
	child := command("forever")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return 1
	}
	fmt.Println("started")
	writePIDs(file, child.Process.Pid, os.Getpid())
	return 3
}

// stuck is a program that cannot be waited for even after SIGKILL, like one that sleeps in the kernel:
// a tracer outside the group keeps its remains.
func stuck(file string) int {
	_ = unix.Prctl(unix.PR_SET_PTRACER, ^uintptr(0), 0, 0, 0)
	tracer := command("trace-parent", file)
	tracer.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := tracer.Start(); err != nil {
		return 1
	}
	return forever()
}

func traceParent(file string) int {
	runtime.LockOSThread()
	parent := os.Getppid()
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(parent), 0, 0, 0, 0)
	if errno != 0 {
		return 1
	}
	writePIDs(file, parent, os.Getpid())
	return forever()
}

// countGroup prints its group and the largest number of processes that it sees there within a time.
func countGroup(duration string) int {
	limit, _ := time.ParseDuration(duration)
	most := 0
	for began := time.Now(); time.Since(began) < limit; time.Sleep(5 * time.Millisecond) {
		most = max(most, len(groupOf(os.Getpid())))
	}
	fmt.Println(os.Getpid(), most)
	return 0
}

// killGroup does what a script does with `kill 0`, once a guard is there.
func killGroup() int {
	began := time.Now()
	for len(groupOf(os.Getpid())) < 2 {
		if time.Since(began) > patience {
			return 1
		}
		time.Sleep(5 * time.Millisecond)
	}
	// The guard needs a moment to have learnt to ignore this.
	for !ignoresSignals(groupOf(os.Getpid())) {
		time.Sleep(5 * time.Millisecond)
	}
	ignore := make(chan os.Signal, 1)
	notify(ignore)
	_ = unix.Kill(0, unix.SIGTERM)
	<-ignore
	fmt.Println(len(groupOf(os.Getpid())))
	return 0
}

// agent calls a program as an agent would and never returns by itself.
func agent(file, guardAfter string) int {
	after, _ := time.ParseDuration(guardAfter)
	system := &run.System{GuardAfter: after}
	_, _ = system.Run(context.Background(), program("family", file))
	return 0
}

// answer says each line of its input back as it comes, and returns 7 at the input's end.
func answer() int {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println("heard", lines.Text())
	}
	return 7
}

const workerName = "run-test-worker"

func worker(args []string) int {
	sid, _ := unix.Getsid(0)
	dir, _ := os.Getwd()
	stdout, _ := os.Readlink("/proc/self/fd/1")
	report := fmt.Sprintf("leader=%v dir=%s stdout=%s descriptors=%v env=%v",
		sid == os.Getpid(), dir, stdout, descriptors(), os.Environ())
	_ = os.WriteFile(args[0]+".new", []byte(report), 0o600)
	_ = os.Rename(args[0]+".new", args[0])
	return 0
}

// detach starts a worker and ends.
func detach(file string) int {
	pid, err := run.DetachSelf(workerName, file)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(pid)
	return 0
}

func command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(self(), args...)
	cmd.Env = []string{helperVariable + "=" + name}
	return cmd
}

func writePIDs(file string, pids ...int) {
	text := strings.Trim(fmt.Sprint(pids), "[]")
	_ = os.WriteFile(file+".new", []byte(text), 0o600)
	_ = os.Rename(file+".new", file)
}

// patience bounds every wait for something that should happen at once.
const patience = 20 * time.Second

// readPIDs waits for the file and returns the processes it names; they are gone when the test ends.
func readPIDs(t *testing.T, file string) []int {
	t.Helper()
	var pids []int
	eventually(t, "processes are named in "+file, func() bool {
		text, err := os.ReadFile(file)
		for _, word := range strings.Fields(string(text)) {
			pid, _ := strconv.Atoi(word)
			pids = append(pids, pid)
		}
		return err == nil
	})
	t.Cleanup(func() {
		for _, pid := range pids {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	})
	return pids
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 2*time.Millisecond, what)
}

// alive reports whether a process runs. The remains of one that nobody waits for do not count.
func alive(pid int) bool {
	stat := statOf(pid)
	return len(stat) > 0 && stat[0] != "Z" && stat[0] != "X"
}

// statOf are the fields of a process's stat from the third, its state.
func statOf(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// groupOf are the living members of a process group.
func groupOf(group int) (members []int) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		stat := statOf(pid)
		if len(stat) > 2 && stat[2] == strconv.Itoa(group) && stat[0] != "Z" {
			members = append(members, pid)
		}
	}
	return members
}
