package ocf_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

func TestReserveIsATenthWithinBounds(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		20 * time.Second:       2 * time.Second,
		5 * time.Second:        500 * time.Millisecond,
		2 * time.Second:        500 * time.Millisecond,
		150 * time.Second:      15 * time.Second,
		time.Hour:              15 * time.Second,
		600 * time.Millisecond: 300 * time.Millisecond, // something must be left to work in
	} {
		require.Equal(t, want, ocf.Reserve(timeout), "of %v", timeout)
	}
}

func TestTheContextEndsTheReserveBeforeTheTimeOut(t *testing.T) {
	for _, test := range []struct {
		name    string
		timeout string
		want    time.Duration
	}{
		{"milliseconds of the cluster", "60000", 54 * time.Second},
		{"without one, twenty seconds", "-", 18 * time.Second},
		{"nonsense is like none", "1h", 18 * time.Second},
		{"zero is like none", "0", 18 * time.Second},
		{"less than nothing is like none", "-5", 18 * time.Second},
		{"what no duration can hold is like none", "9007199254740991", 18 * time.Second},
		{"a day", "86400000", 24*time.Hour - 15*time.Second},
		{"hardly any time", "100", 50 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var left time.Duration
				agent := doing(func(ctx context.Context, c *ocf.Call) error {
					deadline, _ := ctx.Deadline()
					left = time.Until(deadline)
					return nil
				})
				resource := &ocftest.Resource{Agent: agent, Env: map[string]string{"OCF_RESKEY_CRM_meta_timeout": test.timeout}}
				require.Equal(t, ocf.Success, resource.Call(t, "monitor").Code)
				require.Equal(t, test.want, left)
			})
		})
	}
}

func TestAnActionThatHeedsItsContextReportsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agent := doing(func(ctx context.Context, c *ocf.Call) error {
			<-ctx.Done()
			return ocf.ErrGeneric.With("the disk did not answer: %w", ctx.Err())
		})
		began := time.Now()
		result := (&ocftest.Resource{Agent: agent}).Call(t, "monitor")
		require.Equal(t, 18*time.Second, time.Since(began))
		require.Equal(t, "the disk did not answer: context deadline exceeded", result.Reason)
	})
}

func TestAnActionThatIgnoresItsContextIsGivenUpBeforePacemakerDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agent := doing(func(_ context.Context, c *ocf.Call) error {
			c.Log.Trace("unmount /hana/data")
			time.Sleep(time.Hour)
			c.Log.Err("this comes too late")
			fmt.Fprintln(c.Out, "and this too")
			return nil
		})
		began := time.Now()
		result := (&ocftest.Resource{Agent: agent}).Call(t, "start")
		require.Equal(t, 19*time.Second, time.Since(began))
		require.Equal(t, ocf.ErrGeneric, result.Code)
		require.Equal(t, "start has not ended 1s before its time-out of 20s; last step: unmount /hana/data", result.Reason)
		time.Sleep(2 * time.Hour) // what the action still writes goes nowhere: the race detector looks on
	})
}

func TestTheTimeOfTheProcessCountsNotOfTheAction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr strings.Builder
		env := &ocf.Env{Lookup: func(string) (string, bool) { return "", false }, Stderr: &stderr, Started: time.Now()}
		time.Sleep(10 * time.Second)
		began := time.Now()
		agent := doing(func(ctx context.Context, _ *ocf.Call) error { <-ctx.Done(); return ctx.Err() })
		require.Equal(t, 1, ocf.Main(env, agent, []string{"monitor"}))
		require.Equal(t, 8*time.Second, time.Since(began))
	})
}

// A panic that nobody catches exits with 2, which means "wrong on this node" to Pacemaker: it would ban
// the node.
func TestABugIsNoVerdictOnTheNode(t *testing.T) {
	var table map[string]int
	for _, test := range []struct {
		name string
		act  ocf.ActionFunc
		says string
	}{
		{"a plain panic", func(context.Context, *ocf.Call) error { panic("all is lost") }, ": all is lost"},
		{"an error of the runtime", func(context.Context, *ocf.Call) error { table["x"] = 1; return nil }, ": assignment to entry in nil map"},
		{"a panic with a code is no outcome", func(context.Context, *ocf.Call) error { panic(ocf.ErrConfigured) }, ": not configured"},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := (&ocftest.Resource{Agent: doing(test.act)}).Call(t, "monitor")
			require.Equal(t, ocf.ErrGeneric, result.Code)
			require.Regexp(t, `^internal error at main_test\.go:\d+`+test.says, result.Reason)
			require.Contains(t, result.Stderr, "goroutine ", "the whole way there is shown")
		})
	}
	t.Run("a goroutine that just ends", func(t *testing.T) {
		result := (&ocftest.Resource{Agent: doing(func(context.Context, *ocf.Call) error { runtime.Goexit(); return nil })}).Call(t, "monitor")
		require.Equal(t, ocf.ErrGeneric, result.Code)
		require.Equal(t, "internal error in monitor: it ended without a result", result.Reason)
	})
	for _, action := range []string{"meta-data", "monitor"} {
		t.Run("a declaration that panics in "+action, func(t *testing.T) {
			agent := boxAgent()
			agent.New = func(*ocf.Params) ocf.Actions { panic("no words") }
			result := (&ocftest.Resource{Agent: agent}).Call(t, action)
			require.Equal(t, ocf.ErrGeneric, result.Code)
			require.Contains(t, result.Reason, "internal error at main_test.go:")
		})
	}
}

// F34, F35.
func TestTheReasonIsTheLastLineOfStandardError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, prefix, want string
	}{
		{"F34 with Pacemaker's prefix", "ocf-exit-reason:", "ocf-exit-reason:the lid is stuck\n"},
		{"F34 without a prefix in the environment", "-", "ocf-exit-reason:the lid is stuck\n"},
		{"F34 with an empty one", "", "ocf-exit-reason:the lid is stuck\n"},
		{"F35 with one of the caller's own", "xx:", "xx:the lid is stuck\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			agent := doing(func(_ context.Context, c *ocf.Call) error {
				c.Log.Warn("the hinge squeaks")
				return ocf.ErrGeneric.With("the lid is stuck")
			})
			resource := &ocftest.Resource{Agent: agent, Env: map[string]string{"OCF_EXIT_REASON_PREFIX": test.prefix}}
			result := resource.Call(t, "start")
			require.True(t, strings.HasSuffix(result.Stderr, "\n"+test.want), result.Stderr)
			require.Equal(t, 1, strings.Count(result.Stderr, "the lid is stuck"), "the reason is not logged there again")
			require.Contains(t, result.Stderr, "WARNING: the hinge squeaks\n")
		})
	}
}

func TestOutcomesThatAreNoFailureHaveNoReason(t *testing.T) {
	for _, err := range []error{nil, ocf.NotRunning, ocf.RunningPromoted, ocf.Degraded, ocf.ErrUnimplemented, ocf.Success.With("fine")} {
		agent := doing(func(context.Context, *ocf.Call) error { return err })
		result := (&ocftest.Resource{Agent: agent}).Call(t, "monitor")
		require.Equal(t, ocf.CodeOf(err), result.Code)
		require.Empty(t, result.Stderr, "a monitor is quiet")
	}
}

func TestACallKnowsWhatPacemakerSays(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		want ocf.Call // the fields compared below
		node string
	}{
		{"a plain resource", nil, ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second}, "suse01"},
		{"the check level", map[string]string{"OCF_CHECK_LEVEL": "10", "OCF_RESKEY_OCF_CHECK_LEVEL": "20"},
			ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second, CheckLevel: 10}, "suse01"},
		{"the check level of old callers", map[string]string{"OCF_RESKEY_OCF_CHECK_LEVEL": "20"},
			ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second, CheckLevel: 20}, "suse01"},
		{"an empty check level gives way", map[string]string{"OCF_CHECK_LEVEL": "", "OCF_RESKEY_OCF_CHECK_LEVEL": "20"},
			ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second, CheckLevel: 20}, "suse01"},
		{"a check level that is no number is 0", map[string]string{"OCF_CHECK_LEVEL": "deep"},
			ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second}, "suse01"},
		{"a globally unique clone", map[string]string{"OCF_RESOURCE_INSTANCE": "t:1", "OCF_RESKEY_CRM_meta_clone_max": "2",
			"OCF_RESKEY_CRM_meta_clone": "1", "OCF_RESKEY_CRM_meta_globally_unique": "true"},
			ocf.Call{Instance: "t:1", Interval: 10 * time.Second, Timeout: 20 * time.Second,
				Clone: ocf.Clone{Max: "2", Number: 1, GloballyUnique: true}}, "suse01"},
		{"a clone of no instances is still one", map[string]string{"OCF_RESKEY_CRM_meta_clone_max": "0"},
			ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second, Clone: ocf.Clone{Max: "0"}}, "suse01"},
		{"a container whose host is asked for", map[string]string{"OCF_RESKEY_CRM_meta_container_attribute_target": "host",
			"OCF_RESKEY_CRM_meta_physical_host": "suse02"},
			ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second}, "suse02"},
		{"the generation of return codes", map[string]string{"OCFBOX_COMPAT": "4.12"},
			ocf.Call{Instance: "t", Interval: 10 * time.Second, Timeout: 20 * time.Second, Compat: "4.12"}, "suse01"},
		{"somebody at a shell", nothing, ocf.Call{Instance: "default", Timeout: 20 * time.Second}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got ocf.Call
			var node string
			agent := doing(func(_ context.Context, c *ocf.Call) error { got, node = *c, c.Node(); return nil })
			require.Equal(t, ocf.Success, (&ocftest.Resource{Agent: agent, Env: test.env}).Call(t, "monitor").Code)
			seen := ocf.Call{Instance: got.Instance, Interval: got.Interval, Timeout: got.Timeout,
				CheckLevel: got.CheckLevel, Clone: got.Clone, Compat: got.Compat}
			require.Equal(t, test.want, seen)
			require.Equal(t, test.node, node)
		})
	}
}

func TestOnlyAMonitorWithoutIntervalIsAProbe(t *testing.T) {
	for _, test := range []struct {
		action, interval string
		want             bool
	}{
		{"monitor", "0", true}, {"monitor", "-", true}, {"monitor", "", true}, {"monitor", "soon", true},
		{"monitor", "10000", false}, {"start", "0", false},
	} {
		var probe bool
		agent := doing(func(_ context.Context, c *ocf.Call) error { probe = c.Probe(); return nil })
		resource := &ocftest.Resource{Agent: agent, Env: map[string]string{"OCF_RESKEY_CRM_meta_interval": test.interval}}
		resource.Call(t, test.action)
		require.Equal(t, test.want, probe, "%s with interval %q", test.action, test.interval)
	}
}

// A probe of ocf-tester hides every program; what an agent runs is then not found.
func TestProgramsAreMissingWhenOCFTesterSaysSo(t *testing.T) {
	var found error
	agent := doing(func(ctx context.Context, c *ocf.Call) error {
		_, found = c.Runner.Run(ctx, run.Cmd{Path: "true"})
		return nil
	})
	resource := &ocftest.Resource{Agent: agent, Runner: &run.System{Missing: true}}
	resource.Probe(t)
	require.ErrorIs(t, found, run.ErrNotFound)
	resource.Runner = &runtest.Script{Programs: map[string]runtest.Program{"true": runtest.Says(0, "")}}
	resource.Probe(t)
	require.NoError(t, found)
}
