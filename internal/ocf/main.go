package ocf

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Main answers one call of an agent and returns the exit code. args are the words after the
// program's name. This is the door for a caller that follows the OCF convention; see [Dispatch] for
// the choice between it and heartbeat's.
//
// Of a failure the caller gets the exit code and one line for the operator, which is the last one of
// standard error.
func Main(env *Env, agent *Agent, args []string) int {
	stdout, stderr := &gate{to: env.Stdout}, &gate{to: env.Stderr}
	gated := *env
	gated.Stdout, gated.Stderr = stdout, stderr

	err := protected(stderr, func() error { return answer(&gated, agent, args) })
	stdout.shut("")
	last := ""
	if reason := Reason(err); reason != "" {
		last = env.or("OCF_EXIT_REASON_PREFIX", "ocf-exit-reason:") + reason + "\n"
	}
	stderr.shut(last)
	return int(CodeOf(err))
}

// answer chooses the action in the order of ocf-framework.md 4.
func answer(env *Env, agent *Agent, args []string) error {
	if len(args) == 0 || agent.OneWord && len(args) > 1 {
		_ = agent.Usage(env.Stderr)
		return ErrArgs
	}
	switch args[0] {
	case "meta-data":
		return agent.MetaData(env.Stdout)
	case "usage", "help":
		return agent.Usage(env.Stdout)
	}
	params := NewParams(env.params)
	act, _ := agent.New(params).byName(args[0])
	if act == nil {
		_ = agent.Usage(env.Stderr)
		return ErrUnimplemented
	}
	c := newCall(env, agent, args[0])
	c.Params = params
	c.Log = newLogger(env, c)
	defer c.Log.close()
	c.Runner = &tracedRunner{env.Runner, c.Log}
	err := perform(c, act)
	if reason := Reason(err); reason != "" {
		c.Log.failure(reason)
	}
	return err
}

// perform runs the action between its log lines. What only looks logs them at debug.
func perform(c *Call, act ActionFunc) error {
	if c.env.get("OCF_RA_VERSION_MAJOR") != "" && c.env.get("OCF_RESOURCE_INSTANCE") == "" {
		return ErrArgs.With("OCF_RESOURCE_INSTANCE is empty: the caller names no resource")
	}
	say := c.Log.Info
	switch c.Action {
	case "monitor", "status", "validate-all":
		say = c.Log.Debug
	}
	c.Log.traceCall(c)
	say("begin action %s", c.Action)
	err := bounded(c, act)
	say("end action %s rc=%d after %v", c.Action, CodeOf(err), time.Since(c.env.Started).Round(time.Millisecond))
	c.Log.Trace("end %s: rc=%d", c.Action, CodeOf(err))
	return err
}

// bounded runs the action and gives up on one that does not notice the end of its context: it is
// stuck in the kernel, and Pacemaker must hear of that from us.
func bounded(c *Call, act ActionFunc) error {
	ctx, cancel := c.context()
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		err := ErrGeneric.With("internal error in %s: it ended without a result", c.Action)
		defer func() { ended <- err }()
		err = protected(c.env.Stderr, func() error { return act(ctx, c) })
	}()
	left := Reserve(c.Timeout) / 2
	limit := time.NewTimer(time.Until(c.env.Started.Add(c.Timeout - left)))
	defer limit.Stop()
	select {
	case err := <-ended:
		return err
	case <-limit.C:
		return ErrGeneric.With("%s has not ended %v before its time-out of %v; last step: %s",
			c.Action, left, c.Timeout, c.Log.lastStep())
	}
}

// protected turns a panic of f into an error, and shows where it came from on stderr. An unhandled
// one would exit with 2, which bans the node from the resource.
func protected(stderr io.Writer, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			_, _ = stderr.Write(debug.Stack())
			err = ErrGeneric.With("internal error at %s: %v", panicOrigin(), p)
		}
	}()
	return f()
}

// panicOrigin is the file and line that a function deferred there recovers from.
func panicOrigin() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for panicked := false; ; {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.") || strings.HasPrefix(frame.Function, "internal/runtime/")
		switch {
		case panicked && !inRuntime, !more:
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		case frame.Function == "runtime.gopanic":
			panicked = true
		}
	}
}

// context makes the context in which the action runs. It ends the reserve before Pacemaker's
// time-out, counted from the start of the process.
func (c *Call) context() (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.Background(), c.env.Started.Add(c.Timeout-Reserve(c.Timeout)))
}
