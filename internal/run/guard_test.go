package run_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/run"
)

// An agent that is killed in the middle of a call takes the program and its children along, however
// the kill comes.
func TestNothingOutlivesAKilledAgent(t *testing.T) {
	kills := map[string]func(agent int) error{
		"the agent alone":     func(agent int) error { return unix.Kill(agent, unix.SIGKILL) },
		"the agent's group":   func(agent int) error { return unix.Kill(-agent, unix.SIGKILL) },
		"the agent by signal": func(agent int) error { return unix.Kill(agent, unix.SIGTERM) },
	}
	for name, kill := range kills {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pids")
			agent := command("agent", file, "1ms")
			agent.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			require.NoError(t, agent.Start())
			pids := readPIDs(t, file)
			child, grandchild := pids[0], pids[1]
			var guard int
			eventually(t, "a guard joins the program's group", func() bool {
				guard = guardOf(child)
				return guard != 0
			})

			require.NoError(t, kill(agent.Process.Pid))
			_ = agent.Wait()
			for _, pid := range []int{child, grandchild, guard} {
				eventually(t, "process is gone", func() bool { return !alive(pid) })
			}
		})
	}
}

// From the first moment, before there is a guard, the kernel ends the program itself.
func TestTheProgramDiesWithTheAgentBeforeThereIsAGuard(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pids")
	agent := command("agent", file, "1h")
	require.NoError(t, agent.Start())
	pids := readPIDs(t, file)
	require.NoError(t, agent.Process.Kill())
	_ = agent.Wait()
	eventually(t, "the program is gone", func() bool { return !alive(pids[0]) })
}

func TestGuardIsThereForLongProgramsOnly(t *testing.T) {
	for _, test := range []struct {
		name   string
		system run.System
		lasts  string
		want   int
	}{
		{"a quick program has its group to itself", run.System{GuardAfter: time.Minute}, "150ms", 1},
		{"a long program shares its group with the guard", run.System{GuardAfter: time.Millisecond}, "1s", 2},
		{"a caller without guards has none", run.System{GuardAfter: time.Millisecond, NoGuard: true}, "300ms", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result, err := test.system.Run(t.Context(), program("count-group", test.lasts))
			require.NoError(t, err)
			var group, most int
			_, err = fmt.Sscan(result.Text(), &group, &most)
			require.NoError(t, err)
			require.Equal(t, test.want, most)
			require.Empty(t, groupOf(group), "a guard outlived its program")
		})
	}
}

func TestGuardStaysWhenTheProgramSignalsItsGroup(t *testing.T) {
	t.Parallel()
	system := &run.System{GuardAfter: time.Millisecond}
	result, err := system.Run(t.Context(), program("kill-group"))
	require.NoError(t, err)
	require.Equal(t, "2", result.Text(), "the program and its guard")
}

func TestGuardTouchesNoGroupButItsOwn(t *testing.T) {
	stranger := command("forever")
	stranger.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, stranger.Start())
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })

	for name, args := range map[string][]string{
		"another group":  {"-group", strconv.Itoa(stranger.Process.Pid)},
		"all processes":  {"-group", "-1"},
		"its own, by 0":  {"-group", "0"},
		"no number":      {"-group", "x"},
		"no group":       {},
		"too many words": {"-group", "1", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			guard := exec.Cmd{Path: self(), Args: append([]string{run.GuardName}, args...),
				SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}
			err := guard.Run()
			require.Error(t, err)
			require.Equal(t, 2, guard.ProcessState.ExitCode())
			require.True(t, alive(stranger.Process.Pid))
		})
	}
}

// A test binary, or any other that knows no guard, must not do its usual work when started as one.
func TestABinaryThatKnowsNoGuardRefusesItsArguments(t *testing.T) {
	var stderr bytes.Buffer
	cmd := exec.Cmd{Path: self(), Args: []string{"knows-no-guard", "-group", "1"}, Stderr: &stderr}
	require.Error(t, cmd.Run())
	require.Equal(t, 2, cmd.ProcessState.ExitCode())
	require.Contains(t, stderr.String(), "flag provided but not defined: -group")
}

// guardOf is the guard in a process group, or 0.
func guardOf(group int) int {
	for _, pid := range groupOf(group) {
		if isGuard(pid) {
			return pid
		}
	}
	return 0
}

func isGuard(pid int) bool {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return strings.HasPrefix(string(text), run.GuardName+"\x00")
}

// ignoresSignals reports whether all guards among the processes ignore SIGTERM.
func ignoresSignals(pids []int) bool {
	for _, pid := range pids {
		text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		_, mask, _ := strings.Cut(string(text), "SigIgn:\t")
		mask, _, _ = strings.Cut(mask, "\n")
		bits, _ := strconv.ParseUint(mask, 16, 64)
		if isGuard(pid) && bits&(1<<(unix.SIGTERM-1)) == 0 {
			return false
		}
	}
	return true
}

func notify(to chan os.Signal) { signal.Notify(to, unix.SIGTERM) }
