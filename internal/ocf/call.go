package ocf

import (
	"io"
	"math"
	"strconv"
	"time"

	"ocfbox/internal/run"
)

// A Call is one invocation of an action: who is asked, how deep, by when, and what to work with.
type Call struct {
	// Agent is the agent's name, Action the action's, Instance the resource's.
	Agent, Action, Instance string
	// Interval is the interval of a recurring operation; 0 is a one-shot action or a probe.
	Interval time.Duration
	// Timeout is Pacemaker's, in full; the context ends earlier.
	Timeout time.Duration
	// CheckLevel is OCF_CHECK_LEVEL, 0 when it is not given.
	CheckLevel int
	// Clone says which instance of which clone this is.
	Clone Clone
	// Compat is the generation of the shell agents whose return codes are wanted where they differ
	// from ours: "4.12", "4.18" or empty.
	Compat string
	// Params are the bound parameters and their errors.
	Params *Params
	// Log takes what operators read later, State keeps what the next call must know.
	Log   *Logger
	State *State
	// Runner starts other programs, traced.
	Runner run.Runner
	// Out is standard output, for the few actions that print.
	Out io.Writer

	env *Env
}

// Clone is what the meta attributes say of a clone (ocf-framework.md 6).
type Clone struct {
	// Max is clone-max, empty when the resource is no clone. The text is kept because a value that is
	// no number is the agent's to refuse.
	Max string
	// Number is the instance's number, 0 unless a globally unique clone.
	Number int
	// GloballyUnique is the meta attribute of that name.
	GloballyUnique bool
}

// Used reports whether the resource is a clone: its clone-max is a number above 0.
func (c Clone) Used() bool {
	n, err := strconv.Atoi(c.Max)
	return err == nil && n > 0
}

// Probe reports whether the call is a one-shot monitor, which only asks what is there.
func (c *Call) Probe() bool { return c.Action == "monitor" && c.Interval == 0 }

// Root reports whether the process has the superuser's rights.
func (c *Call) Root() bool { return c.env.UID == 0 }

// Env is the value of an environment variable that is not a parameter, or empty.
func (c *Call) Env(name string) string { return c.env.get(name) }

// Meta is a meta attribute of the resource or operation by its name with underscores, or empty.
func (c *Call) Meta(name string) string { return c.env.get("OCF_RESKEY_CRM_meta_" + name) }

// Node is the cluster's name for this node, or empty outside a cluster.
func (c *Call) Node() string {
	if c.Meta("container_attribute_target") == "host" {
		return c.Meta("physical_host")
	}
	return c.Meta("on_node")
}

// defaultTimeout is assumed when the caller names none (ocf-framework.md 4).
const defaultTimeout = 20 * time.Second

func newCall(env *Env, agent *Agent, action string) *Call {
	c := &Call{
		Agent:    agent.Name,
		Action:   action,
		Instance: env.or("OCF_RESOURCE_INSTANCE", "default"),
		Interval: env.milliseconds("OCF_RESKEY_CRM_meta_interval", 0),
		Timeout:  env.milliseconds("OCF_RESKEY_CRM_meta_timeout", defaultTimeout),
		Compat:   env.get("OCFBOX_COMPAT"),
		Out:      env.Stdout,
		env:      env,
	}
	level := env.or("OCF_CHECK_LEVEL", env.get("OCF_RESKEY_OCF_CHECK_LEVEL"))
	c.CheckLevel, _ = strconv.Atoi(level)
	c.Clone = Clone{Max: c.Meta("clone_max"), GloballyUnique: True(c.Meta("globally_unique"))}
	c.Clone.Number, _ = strconv.Atoi(c.Meta("clone"))
	c.State = &State{Dir: env.or("HA_RSCTMP", DefaultStateDir)}
	return c
}

// milliseconds reads a duration that Pacemaker gives in milliseconds; what is no positive number is
// other.
func (e *Env) milliseconds(name string, other time.Duration) time.Duration {
	n, err := strconv.ParseInt(e.get(name), 10, 64)
	if err != nil || n <= 0 || n > int64(math.MaxInt64/time.Millisecond) {
		return other
	}
	return time.Duration(n) * time.Millisecond
}

// Reserve is the part of an operation's time-out that is kept for reporting: a tenth, at least half
// a second, at most fifteen, and never more than half of the whole.
func Reserve(timeout time.Duration) time.Duration {
	return min(max(timeout/10, 500*time.Millisecond), 15*time.Second, timeout/2)
}
