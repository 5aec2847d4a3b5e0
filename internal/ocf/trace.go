package ocf

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/run"
)

// A tracer writes the steps of an action to a descriptor of its own, so that standard error and the
// exit reason stay what they are (ocf-framework.md 10).
type tracer struct {
	mu sync.Mutex
	to io.Writer
}

func (t *tracer) write(step string) {
	line := time.Now().Format("15:04:05.000000 ") + strings.ReplaceAll(step, "\n", "\n\t") + "\n"
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.to, line)
}

// close ends the trace; steps that come later are lost.
func (t *tracer) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if fd, own := t.to.(descriptor); own {
		_ = unix.Close(int(fd))
	}
	t.to = io.Discard
}

// traceWanted reports whether tracing is asked for: by the framework's variable, by the parameter that
// every agent accepts, by ours, or by a marker file, which does not restart the resource as a changed
// parameter does.
func traceWanted(env *Env, c *Call) bool {
	if True(env.get("OCF_TRACE_RA")) || True(env.get("OCF_RESKEY_trace_ra")) || True(env.get("OCFBOX_TRACE")) {
		return true
	}
	_, err := os.Stat(filepath.Join(c.State.Dir, "trace", traceType(env, c), safeName(c.Instance)))
	return err == nil
}

// openTrace is the trace of this call, or nil when none is wanted. The error says why a wanted one
// cannot be written.
func openTrace(env *Env, c *Call) (*tracer, error) {
	if !traceWanted(env, c) {
		return nil, nil
	}
	path := tracePath(env, c)
	var to descriptor
	var err error
	switch {
	case path == "/dev/stderr":
		return &tracer{to: env.Stderr}, nil
	case isTraceDescriptor(path):
		to, err = inherited(int(path[0] - '0'))
	default:
		// What is wrong with the directory, opening the file tells as well.
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
		to, err = openAppending(path, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &tracer{to: to}, nil
}

// inherited is a copy of a descriptor that the caller of the program has opened for us. Our own ones
// are closed on exec, which tells them apart.
func inherited(fd int) (descriptor, error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err == nil && flags&unix.FD_CLOEXEC != 0 {
		err = unix.EBADF
	}
	if err != nil {
		return 0, err
	}
	duplicate, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	return descriptor(duplicate), err
}

// tracePath is where the trace goes: a descriptor's number, or a file.
func tracePath(env *Env, c *Call) string {
	if given := env.get("OCF_TRACE_FILE"); isTraceDescriptor(given) || isTraceFile(given) {
		return given
	}
	if env.get("OCF_RESOURCE_INSTANCE") == "" || (env.Terminal != nil && env.Terminal()) {
		return "/dev/stderr"
	}
	dir := env.or("OCF_RESKEY_trace_dir", "/var/lib/heartbeat/trace_ra")
	name := safeName(c.Instance) + "." + c.Action + "." + env.Started.Format("2006-01-02.15:04:05")
	return filepath.Join(dir, traceType(env, c), name)
}

func isTraceDescriptor(given string) bool { return len(given) == 1 && given >= "3" && given <= "9" }

func isTraceFile(given string) bool {
	return strings.HasPrefix(given, "/") && strings.Count(given, "/") >= 2
}

func traceType(env *Env, c *Call) string { return safeName(env.or("OCF_RESOURCE_TYPE", c.Agent)) }

// traceCall records what was asked, with secrets masked.
func (l *Logger) traceCall(c *Call) {
	l.Trace("begin %s %s of %s: timeout=%v interval=%v level=%d", c.Agent, c.Action, c.Instance,
		c.Timeout, c.Interval, c.CheckLevel)
	if l.trace == nil {
		return
	}
	for _, parameter := range c.Params.Declared() {
		value := strconv.Quote(c.Params.Value(parameter.Name))
		if isSecret(parameter.Name) && value != `""` {
			value = "******"
		}
		l.Trace("parameter %s=%s set=%v", parameter.Name, value, c.Params.IsSet(parameter.Name))
	}
	for _, err := range c.Params.Bad() {
		l.Trace("%v", err)
	}
}

// isSecret reports whether a parameter's value must not be shown.
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
