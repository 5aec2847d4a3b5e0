package ocf_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// tracedAgent has something to trace, and its monitor fails.
func tracedAgent() *ocf.Agent {
	agent := boxAgent()
	agent.New = func(p *ocf.Params) ocf.Actions {
		var s string
		var n int
		p.String(&s, "nic", "lo", 0, "", "")
		p.String(&s, "db_password", "", 0, "", "")
		p.String(&s, "SecretKey", "", 0, "", "")
		p.Int(&n, "count", 5, 0, "", "")
		act := func(ctx context.Context, c *ocf.Call) error {
			_, _ = c.Runner.Run(ctx, run.Cmd{Path: "ethtool", Args: []string{"two words"}})
			_, _ = c.Runner.Run(ctx, run.Cmd{Path: "missing"})
			c.Log.Debug("looked")
			c.Log.Trace("state=%s\nmore", "open")
			return ocf.ErrGeneric.With("the lid is stuck")
		}
		return ocf.Actions{Monitor: act, Start: act}
	}
	return agent
}

// traced is a resource of that agent.
func traced(t *testing.T) *ocftest.Resource {
	return &ocftest.Resource{
		Agent:  tracedAgent(),
		State:  t.TempDir(),
		Runner: &runtest.Script{Programs: map[string]runtest.Program{"ethtool": runtest.Says(3, "")}},
		Params: map[string]string{"db_password": "hunter2", "SecretKey": "hunter3", "count": "many"},
	}
}

// F32: the trace has its own file, and the reason stays on standard error.
func TestATraceGoesToAFileOfItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "trace")
	resource := traced(t)
	resource.Params["trace_ra"], resource.Params["trace_dir"] = "1", dir
	result := resource.Call(t, "monitor")
	require.Equal(t, "ocf-exit-reason:the lid is stuck\n", result.Stderr)

	files, err := filepath.Glob(dir + "/Box/*")
	require.NoError(t, err)
	require.Len(t, files, 1)
	stamp, found := strings.CutPrefix(filepath.Base(files[0]), "t.monitor.")
	require.True(t, found)
	_, err = time.Parse("2006-01-02.15:04:05", stamp)
	require.NoError(t, err)
	info, err := os.Stat(files[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	var steps []string
	for line := range strings.Lines(contents(files[0], "")) {
		if clock, step, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok && !strings.HasPrefix(line, "\t") {
			_, err := time.Parse("15:04:05.000000", clock)
			require.NoError(t, err, line)
			line = step
		}
		steps = append(steps, strings.TrimSuffix(line, "\n"))
	}
	last := len(steps) - 3
	require.True(t, strings.HasPrefix(steps[last], "DEBUG: end action monitor rc=1 after "))
	steps[last] = "DEBUG: end action"
	require.Equal(t, []string{
		"begin Box monitor of t: timeout=20s interval=10s level=0",
		`parameter nic="lo" set=false`,
		`parameter db_password=****** set=true`,
		`parameter SecretKey=****** set=true`,
		`parameter count="many" set=true`,
		`parameter count: "many" is not a decimal number`,
		"DEBUG: begin action monitor",
		`run ethtool "two words"`,
		"ran ethtool: rc=3 in 0s",
		"run missing",
		"ran missing: run missing: program not found",
		"DEBUG: looked",
		"state=open",
		"\tmore",
		"DEBUG: end action",
		"end monitor: rc=1",
		"reason: the lid is stuck",
	}, steps)
}

func TestWhatTurnsATraceOn(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"nothing", nil, false},
		{"the framework's variable", map[string]string{"OCF_TRACE_RA": "1"}, true},
		{"the parameter that every agent has", map[string]string{"OCF_RESKEY_trace_ra": "yes"}, true},
		{"our own variable", map[string]string{"OCFBOX_TRACE": "true"}, true},
		{"a word that is not true", map[string]string{"OCF_RESKEY_trace_ra": "Yes"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "trace")
			resource := traced(t)
			resource.Env = map[string]string{"OCF_TRACE_FILE": file}
			resource.CallWith(t, "monitor", test.env)
			require.Equal(t, test.want, contents(file, "") != "")
		})
	}
	t.Run("a marker file, which restarts no resource", func(t *testing.T) {
		resource := traced(t)
		resource.Env = map[string]string{"OCF_TRACE_FILE": filepath.Join(resource.State, "out")}
		require.NoError(t, os.MkdirAll(filepath.Join(resource.State, "trace", "Box"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(resource.State, "trace", "Box", "t"), nil, 0o644))
		resource.CallWith(t, "monitor", map[string]string{"OCF_RESOURCE_INSTANCE": "other"})
		require.Empty(t, contents(resource.State, "out"), "another resource's marker is not ours")
		resource.Call(t, "monitor")
		require.Contains(t, contents(resource.State, "out"), "begin Box monitor of t")
	})
}

// F33, and the fallbacks of ocf-framework.md 10.
func TestWhereATraceGoes(t *testing.T) {
	t.Run("F33 standard error: the reason is still the last line", func(t *testing.T) {
		resource := traced(t)
		result := resource.CallWith(t, "monitor", map[string]string{"OCF_TRACE_RA": "1", "OCF_TRACE_FILE": "/dev/stderr"})
		require.Contains(t, result.Stderr, " end monitor: rc=1\n")
		require.True(t, strings.HasSuffix(result.Stderr, "\nocf-exit-reason:the lid is stuck\n"))
	})
	t.Run("without an instance, standard error", func(t *testing.T) {
		resource := traced(t)
		result := resource.CallWith(t, "monitor", map[string]string{"OCF_TRACE_RA": "1", "OCF_RESOURCE_INSTANCE": "-", "OCF_RA_VERSION_MAJOR": "-"})
		require.Contains(t, result.Stderr, " end monitor: rc=1\n")
	})
	t.Run("a descriptor that the caller opened, which stays open", func(t *testing.T) {
		reader, writer, err := os.Pipe()
		require.NoError(t, err)
		defer reader.Close()
		cmd := traceDescriptor(t, "kept")
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = &output, &output, []*os.File{writer}
		require.NoError(t, cmd.Run(), output.String())
		require.NoError(t, writer.Close())
		text, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, 2, strings.Count(string(text), "begin Box monitor"), "%s", text)
		require.Equal(t, strings.Repeat("ocf-exit-reason:the lid is stuck\n", 2), output.String())
	})
	t.Run("a descriptor of our own is not written to", func(t *testing.T) {
		cmd := traceDescriptor(t, "own")
		file, err := os.CreateTemp(t.TempDir(), "own")
		require.NoError(t, err)
		defer file.Close()
		cmd.ExtraFiles = []*os.File{file}
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, string(output))
		require.Contains(t, string(output), "WARNING: no trace is written: 3: bad file descriptor\n")
		text, err := os.ReadFile(file.Name())
		require.NoError(t, err)
		require.Empty(t, string(text))
	})
	t.Run("nonsense is reported, and the usual file written", func(t *testing.T) {
		dir := t.TempDir()
		result := traced(t).CallWith(t, "monitor", map[string]string{"OCF_TRACE_RA": "1", "OCF_TRACE_FILE": "trace.txt", "OCF_RESKEY_trace_dir": dir})
		require.Contains(t, result.Stderr, `WARNING: OCF_TRACE_FILE is neither a descriptor from 3 to 9 nor an absolute path: "trace.txt"`)
		files, _ := filepath.Glob(dir + "/Box/t.monitor.*")
		require.Len(t, files, 1)
	})
	t.Run("a place that cannot be written gives a warning and no trace", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		result := traced(t).CallWith(t, "monitor", map[string]string{"OCF_TRACE_RA": "1", "OCF_RESKEY_trace_dir": file})
		require.Contains(t, result.Stderr, "WARNING: no trace is written: "+file+"/Box/t.monitor.")
		require.Contains(t, result.Stderr, ": not a directory\n")
		require.Equal(t, "the lid is stuck", result.Reason)
	})
	t.Run("a pipe that nobody reads holds nobody up", func(t *testing.T) {
		pipe := filepath.Join(t.TempDir(), "pipe")
		require.NoError(t, unix.Mkfifo(pipe, 0o600))
		result := traced(t).CallWith(t, "monitor", map[string]string{"OCF_TRACE_RA": "1", "OCF_TRACE_FILE": pipe})
		require.Contains(t, result.Stderr, "WARNING: no trace is written: "+pipe+": no such device or address\n")
	})
	t.Run("no name leaves the directory", func(t *testing.T) {
		dir := t.TempDir()
		traced(t).CallWith(t, "monitor", map[string]string{"OCF_TRACE_RA": "1", "OCF_RESKEY_trace_dir": dir,
			"OCF_RESOURCE_TYPE": "../up", "OCF_RESOURCE_INSTANCE": "../../up"})
		files, _ := filepath.Glob(dir + "/*/*")
		require.Len(t, files, 1)
		require.True(t, strings.HasPrefix(files[0], dir+"/_._up/_._.._up.monitor."), files[0])
	})
}

// traceDescriptor is this binary as a process that gets its first extra file as descriptor 3, and traces two
// monitors to it. Only in a new process is it known which descriptors there are.
func traceDescriptor(t *testing.T, whose string) *exec.Cmd {
	t.Helper()
	cmd := program(t, "trace", t.TempDir())
	cmd.Args = append(cmd.Args, whose)
	return cmd
}

// traceTwice is that process. Descriptor 3 is its caller's, or made its own by the flag that tells them apart.
func traceTwice(dir, whose string) int {
	if whose == "own" {
		unix.CloseOnExec(3)
	}
	for range 2 {
		env := &ocf.Env{
			Lookup: func(name string) (string, bool) {
				value, ok := map[string]string{
					"OCF_RESOURCE_INSTANCE": "t", "OCF_RA_VERSION_MAJOR": "1", "HA_RSCTMP": dir,
					"OCF_TRACE_RA": "1", "OCF_TRACE_FILE": "3",
				}[name]
				return value, ok
			},
			Stdout: os.Stdout, Stderr: os.Stderr, Started: time.Now(), PID: os.Getpid(),
			Runner: &runtest.Script{}, Journal: filepath.Join(dir, "journal"), Syslog: filepath.Join(dir, "syslog"),
		}
		ocf.Main(env, tracedAgent(), []string{"monitor"})
	}
	return 0
}

// Tracing is called on every step of every monitor: without a trace it must cost next to nothing.
func TestAStepWithoutATraceIsCheap(t *testing.T) {
	var allocations float64
	agent := doing(func(_ context.Context, c *ocf.Call) error {
		allocations = testing.AllocsPerRun(100, func() { c.Log.Trace("ask the kernel for %s on %d", "10.0.0.1", 2) })
		return nil
	})
	require.Equal(t, ocf.Success, (&ocftest.Resource{Agent: agent}).Call(t, "monitor").Code)
	require.LessOrEqual(t, allocations, 3.0)
}

// A whole quiet monitor, from the door to the exit code.
func BenchmarkMonitor(b *testing.B) {
	env := &ocf.Env{Lookup: func(string) (string, bool) { return "", false }, Started: time.Now()}
	agent := doing(func(context.Context, *ocf.Call) error { return nil })
	b.ReportAllocs()
	for b.Loop() {
		env.Started = time.Now()
		ocf.Main(env, agent, []string{"monitor"})
	}
}
