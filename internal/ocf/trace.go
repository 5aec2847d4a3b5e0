package ocf

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"ocfbox/internal/run"
)

// A tracer writes the steps of an action to a descriptor of its own, so that standard error and the
// exit reason stay what they are (ocf-framework.md 10).
type tracer struct {
	mu   sync.Mutex
	file *os.File
}

func (t *tracer) write(step string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	line := time.Now().Format("15:04:05.000000 ") + strings.ReplaceAll(step, "\n", "\n\t") + "\n"
	_, _ = t.file.WriteString(line)
}

func (t *tracer) close() { _ = t.file.Close() }

// traceWanted reports whether tracing is asked for: by the framework's variable, by the parameter that
// every agent accepts, by ours, or by a marker file, which does not restart the resource as a changed
// parameter does.
func traceWanted(env *Env, c *Call) bool {
	if True(env.get("OCF_TRACE_RA")) || True(env.get("OCF_RESKEY_trace_ra")) || True(env.get("OCFBOX_TRACE")) {
		return true
	}
	_, err := os.Stat(filepath.Join(c.State.Dir, "trace", env.or("OCF_RESOURCE_TYPE", c.Agent), safeName(c.Instance)))
	return err == nil
}

// openTrace is the trace of this call, or nil when none is wanted or none can be written.
func openTrace(env *Env, c *Call) *tracer {
	if !traceWanted(env, c) {
		return nil
	}
	path := tracePath(env, c)
	if fd, err := strconv.Atoi(path); err == nil {
		return &tracer{file: os.NewFile(uintptr(fd), "trace")}
	}
	if !strings.HasPrefix(path, "/dev/") {
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil
	}
	return &tracer{file: file}
}

// tracePath is where the trace goes: a descriptor's number, or a file.
func tracePath(env *Env, c *Call) string {
	given := env.get("OCF_TRACE_FILE")
	if len(given) == 1 && given >= "3" && given <= "9" {
		return given
	}
	if strings.HasPrefix(given, "/") && strings.Count(given, "/") >= 2 {
		return given
	}
	if env.Terminal != nil && env.Terminal() {
		return "/dev/stderr"
	}
	dir := env.or("OCF_RESKEY_trace_dir", "/var/lib/heartbeat/trace_ra")
	name := safeName(c.Instance) + "." + c.Action + "." + env.Started.Format("2006-01-02.15:04:05")
	return filepath.Join(dir, env.or("OCF_RESOURCE_TYPE", c.Agent), name)
}

// safeName keeps a resource's name from leaving its directory.
func safeName(name string) string { return strings.ReplaceAll(name, "/", "_") }

// traceCall records what was asked, with secrets masked.
func (l *Logger) traceCall(c *Call) {
	if l.trace == nil {
		l.Trace("begin %s", c.Action)
		return
	}
	l.Trace("begin %s %s of %s: timeout=%v interval=%v level=%d", c.Agent, c.Action, c.Instance,
		c.Timeout, c.Interval, c.CheckLevel)
	for _, parameter := range c.Params.Declared() {
		value := c.Params.Value(parameter.Name)
		if isSecret(parameter.Name) && value != "" {
			value = "******"
		}
		l.Trace("parameter %s=%q set=%v", parameter.Name, value, c.Params.IsSet(parameter.Name))
	}
	for _, err := range c.Params.Bad() {
		l.Trace("%v", err)
	}
}

func isSecret(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "passw") || strings.Contains(name, "secret")
}

// tracedRunner records each program with its answer.
type tracedRunner struct {
	run.Runner
	log *Logger
}

// Run runs c and records it.
func (t *tracedRunner) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	t.log.Trace("run %s", c)
	result, err := t.Runner.Run(ctx, c)
	if err != nil {
		t.log.Trace("ran %s: %v", c.Path, err)
		return result, err
	}
	t.log.Trace("ran %s: rc=%d in %v", c.Path, result.Code, result.Took.Round(time.Microsecond))
	return result, nil
}
