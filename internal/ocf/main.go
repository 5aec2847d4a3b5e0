package ocf

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"
)

// Main answers one call of an agent and returns the exit code. args are the words after the
// program's name. This is the door for a caller that follows the OCF convention; see [Dispatch] for
// the choice between it and heartbeat's.
func Main(env *Env, agent *Agent, args []string) int {
	if len(args) == 0 {
		_ = agent.Usage(env.Stderr)
		return int(ErrArgs)
	}
	action := args[0]
	switch action {
	case "meta-data":
		if err := agent.MetaData(env.Stdout); err != nil {
			return int(ErrGeneric)
		}
		return int(Success)
	case "usage", "help":
		_ = agent.Usage(env.Stdout)
		return int(Success)
	}
	params := NewParams(env.params)
	act, _ := agent.New(params).byName(action)
	if act == nil {
		_ = agent.Usage(env.Stderr)
		return int(ErrUnimplemented)
	}
	c := newCall(env, agent, action)
	c.Params = params
	c.Log = newLogger(env, c)
	defer c.Log.close()
	c.Runner = &tracedRunner{env.Runner, c.Log}
	return report(env, c, perform(c, act))
}

// perform runs the action between its log lines.
func perform(c *Call, act ActionFunc) error {
	if c.env.get("OCF_RA_VERSION_MAJOR") != "" && c.env.get("OCF_RESOURCE_INSTANCE") == "" {
		return ErrArgs.With("OCF_RESOURCE_INSTANCE is empty: the caller names no resource")
	}
	c.Log.traceCall(c)
	quiet := c.Action == "monitor" || c.Action == "status" || c.Action == "validate-all"
	if !quiet {
		c.Log.Info("begin action %s", c.Action)
	}
	ctx, cancel := c.context()
	defer cancel()
	err := bounded(ctx, c, act)
	if !quiet {
		c.Log.Info("end action %s rc=%d after %v", c.Action, CodeOf(err), since(c.env.Started))
	}
	c.Log.Trace("end %s: rc=%d", c.Action, CodeOf(err))
	return err
}

// bounded runs the action and gives up on one that does not notice the end of its context: it is
// stuck in the kernel, and Pacemaker must hear of that from us.
func bounded(ctx context.Context, c *Call, act ActionFunc) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			// An unhandled panic would exit with 2, which bans the node from the resource.
			if p := recover(); p != nil {
				c.Log.Trace("%s", debug.Stack())
				done <- ErrGeneric.With("internal error in %s %s: %v", c.Agent, c.Action, p)
			}
		}()
		done <- act(ctx, c)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace := time.NewTimer(Reserve(c.Timeout) / 2)
	defer grace.Stop()
	select {
	case err := <-done:
		return err
	case <-grace.C:
		return ErrGeneric.With("%s has not ended %v before its time-out of %v; last step: %s",
			c.Action, Reserve(c.Timeout)/2, c.Timeout, c.Log.lastStep())
	}
}

// report gives the caller the exit code and, on a failure, the line for the operator: the last one
// of standard error.
func report(env *Env, c *Call, err error) int {
	reason := Reason(err)
	code := CodeOf(err)
	if code == Success || reason == "" {
		return int(code)
	}
	c.Log.failure(reason)
	prefix, set := env.Lookup("OCF_EXIT_REASON_PREFIX")
	if !set {
		prefix = "ocf-exit-reason:"
	}
	_, _ = io.WriteString(env.Stderr, fmt.Sprintf("%s%s\n", prefix, reason))
	return int(code)
}

func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }
