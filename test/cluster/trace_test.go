package cluster_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/rack"
)

// An ocflab is the program, built, for one laboratory.
type ocflab struct {
	path  string
	place rack.Place
}

func newOcflab(t *testing.T) ocflab { return ocflab{build(t, "ocflab"), place(t)} }

func (p ocflab) command(t *testing.T, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), p.path, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "OCFLAB_ID=" + p.place.ID,
		"OCFLAB_AGENTS=/usr/lib/ocf/resource.d/pacemaker",
	}
	return cmd
}

// run returns what the program printed, and its exit code.
func (p ocflab) run(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	cmd := p.command(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	// The code says it all.
	_ = cmd.Run()
	return out.String(), cmd.ProcessState.ExitCode()
}

// A host is what a laboratory could leave traces in.
type host struct {
	interfaces, mounts, loops, netns string
}

func observe(t *testing.T) host {
	return host{
		interfaces: names(t, "/sys/class/net"), mounts: read(t, "/proc/self/mountinfo"),
		loops: names(t, "/sys/block"), netns: names(t, "/run/netns"),
	}
}

func names(t *testing.T, folder string) string {
	entries, err := os.ReadDir(folder)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

// processes lists the processes of a laboratory: all carry its mark. A process is in the list until it has ended.
func processes(t *testing.T, p rack.Place) []string {
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	var found []string
	for _, file := range files {
		// One that ends meanwhile is not there.
		environment, _ := os.ReadFile(file)
		if slices.Contains(strings.Split(string(environment), "\x00"), p.Mark()) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func requireNoTrace(t *testing.T, p rack.Place, before host) {
	t.Helper()
	require.Empty(t, processes(t, p))
	require.NoDirExists(t, p.Folder())
	require.Equal(t, before, observe(t))
}

func TestDownLeavesNothingBehind(t *testing.T) {
	needLab(t)
	before := observe(t)
	p := newOcflab(t)
	out, code := p.run(t, "up")
	require.Zero(t, code, out)
	require.NotEmpty(t, processes(t, p.place))

	out, code = p.run(t, "up")
	require.NotZero(t, code)
	require.Contains(t, out, "is already up")

	out, code = p.run(t, "down")
	require.Zero(t, code, out)
	requireNoTrace(t, p.place, before)

	out, code = p.run(t, "down")
	require.Zero(t, code)
	require.Contains(t, out, "is not up")
}

// TestDownAfterUpWasKilled kills `up` at points from before its first step to after its last.
func TestDownAfterUpWasKilled(t *testing.T) {
	needLab(t)
	before := observe(t)
	p := newOcflab(t)
	for _, after := range []time.Duration{0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 3000} {
		after *= time.Millisecond
		t.Run(after.String(), func(t *testing.T) {
			cmd := p.command(t, "up")
			require.NoError(t, cmd.Start())
			time.Sleep(after)
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait()
			out, code := p.run(t, "down")
			require.Zero(t, code, out)
			requireNoTrace(t, p.place, before)
		})
	}
}

// TestUpAfterUpWasKilled leaves it to the next `up` to clean up.
func TestUpAfterUpWasKilled(t *testing.T) {
	needLab(t)
	before := observe(t)
	p := newOcflab(t)
	cmd := p.command(t, "up")
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return len(processes(t, p.place)) > 4 }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	// The rack notices that nobody waits for it any more.
	require.Eventually(t, func() bool { return len(processes(t, p.place)) == 0 }, 10*time.Second, 20*time.Millisecond)

	out, code := p.run(t, "up", "--nodes", "3")
	require.Zero(t, code, out)
	require.Contains(t, out, "removed what an interrupted run left")
	out, code = p.run(t, "down")
	require.Zero(t, code, out)
	requireNoTrace(t, p.place, before)
}

func TestAnInterruptedUpCleansUp(t *testing.T) {
	needLab(t)
	before := observe(t)
	p := newOcflab(t)
	cmd := p.command(t, "up")
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return len(processes(t, p.place)) > 4 }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	requireNoTrace(t, p.place, before)
}
