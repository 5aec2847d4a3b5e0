package ocf_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

// helperVariable makes this test binary act as one of the programs in process_test.go.
const helperVariable = "OCF_TEST_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperVariable); name != "" {
		os.Exit(helper(name, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// boxAgent is a resource agent as plain as they come: its resource is a kept fact. It behaves in each
// respect as the rows of the framework's matrix expect of IPaddr2 and Filesystem.
func boxAgent() *ocf.Agent {
	return &ocf.Agent{
		Name:    "Box",
		Version: "1.0",
		Short:   "Keeps something in a box",
		Long:    "The box is for tests.",
		Ops: []ocf.Op{
			{Name: "start", Timeout: 20 * time.Second},
			{Name: "stop", Timeout: 20 * time.Second},
			{Name: "monitor", Timeout: 20 * time.Second, Interval: 10 * time.Second, Depth: "0"},
			{Name: "status", Timeout: 20 * time.Second},
			{Name: "validate-all", Timeout: 20 * time.Second},
			{Name: "meta-data", Timeout: 5 * time.Second},
		},
		New: func(p *ocf.Params) ocf.Actions {
			b := new(box)
			p.Func(b.parseContent, ocf.Parameter{Name: "content", Flags: ocf.Required | ocf.Unique,
				Short: "What is in the box", Long: "Anything but 'air'."})
			p.String(&b.nic, "nic", "", 0, "Interface", "A name that must exist; 'missing' does not.")
			p.Bool(&b.strict, "strict", false, 0, "Whether to be strict", "True makes start fail.")
			return ocf.Actions{Start: b.start, Stop: b.stop, Monitor: b.monitor, Status: b.status, Validate: b.validate}
		},
		Heartbeat: &ocf.Heartbeat{Names: []string{"Box", "OldBox"}, Usage: "CONTENT[/NIC] [STRICT]", Params: boxWords},
	}
}

type box struct {
	content, nic string
	strict       bool
}

func (b *box) parseContent(text string) error {
	if text == "air" {
		return fmt.Errorf("%q is nothing", text)
	}
	b.content = text
	return nil
}

func boxWords(name string, args []string) (instance string, params map[string]string, ok bool) {
	if len(args) < 1 || len(args) > 2 {
		return "", nil, false
	}
	content, nic := filepath.Split(args[0])
	params = map[string]string{"content": args[0]}
	if content != "" {
		params = map[string]string{"content": filepath.Clean(content), "nic": nic}
	}
	if len(args) == 2 {
		params["strict"] = args[1]
	}
	return name + "_" + args[0], params, true
}

func (b *box) start(ctx context.Context, c *ocf.Call) error {
	if !c.Root() {
		return ocf.ErrPerm.With("starting needs root")
	}
	if err := b.validate(ctx, c); err != nil {
		return err
	}
	if b.strict {
		return ocf.ErrGeneric.With("the box is strict")
	}
	return c.State.Save("box-"+c.Instance, map[string]string{"content": b.content})
}

func (b *box) stop(_ context.Context, c *ocf.Call) error { return c.State.Remove("box-" + c.Instance) }

func (b *box) monitor(_ context.Context, c *ocf.Call) error {
	if b.nic == "missing" && !c.Probe() {
		return ocf.ErrGeneric.With("interface %q does not exist", b.nic)
	}
	if _, err := c.State.Load("box-" + c.Instance); err != nil {
		return ocf.NotRunning
	}
	return nil
}

func (b *box) status(ctx context.Context, c *ocf.Call) error {
	err := b.monitor(ctx, c)
	word := "running"
	if err != nil {
		word = "stopped"
	}
	fmt.Fprintln(c.Out, word)
	return err
}

func (b *box) validate(_ context.Context, c *ocf.Call) error { return c.Params.Err() }

// doing is an agent whose monitor and start are act.
func doing(act ocf.ActionFunc) *ocf.Agent {
	agent := boxAgent()
	agent.New = func(*ocf.Params) ocf.Actions { return ocf.Actions{Start: act, Monitor: act} }
	return agent
}

func TestTheTestAgentIsDeclaredProperly(t *testing.T) {
	ocftest.CheckDeclaration(t, boxAgent())
}

// The rows of docs/spec/ocf-framework.md 16 that the framework alone decides, with our value. Rows
// about heartbeat, logging and tracing are in the tests of those names; F37, F49, F50 and F52 need the
// real agents.
func TestMatrix(t *testing.T) {
	full := map[string]string{"content": "gold"}
	none := map[string]string{}
	for _, row := range []struct {
		name   string
		params map[string]string
		env    map[string]string
		user   int
		words  []string
		strict bool // the agent takes exactly one word
		want   ocf.Code
		reason string
		stdout string // a part of it
	}{
		{name: "F1 meta-data with an empty environment as nobody", env: nothing, user: 65534, words: words("meta-data"), stdout: "<resource-agent name=\"Box\""},
		{name: "F2 meta-data without parameters", words: words("meta-data"), stdout: "</resource-agent>\n"},
		{name: "F3 meta-data while ocf-tester hides all programs", env: map[string]string{"OCF_TESTER_FAIL_HAVE_BINARY": "1"}, words: words("meta-data"), stdout: "</resource-agent>\n"},
		{name: "F6 usage", words: words("usage"), stdout: "usage: Box {start|stop|monitor|status|validate-all|meta-data|usage}\n"},
		{name: "F7 help", params: full, words: words("help"), stdout: "usage: Box {"},
		{name: "F8 help without parameters", params: none, strict: true, words: words("help"), stdout: "usage: Box {"},
		{name: "F9 notify", params: full, words: words("notify"), want: ocf.ErrUnimplemented},
		{name: "F10 promote", params: full, words: words("promote"), want: ocf.ErrUnimplemented},
		{name: "F10 demote", params: full, words: words("demote"), want: ocf.ErrUnimplemented},
		{name: "F11 reload", params: full, words: words("reload"), want: ocf.ErrUnimplemented},
		{name: "F11 reload-agent", params: full, words: words("reload-agent"), want: ocf.ErrUnimplemented},
		{name: "F12 migrate_to", params: full, words: words("migrate_to"), want: ocf.ErrUnimplemented},
		{name: "F13 an unknown action", params: full, words: words("bogus"), want: ocf.ErrUnimplemented},
		{name: "F14 an unknown action without parameters", params: none, words: words("bogus"), want: ocf.ErrUnimplemented},
		{name: "F14 an unknown action without an instance", env: map[string]string{"OCF_RESOURCE_INSTANCE": ""}, words: words("bogus"), want: ocf.ErrUnimplemented},
		{name: "F15 two words to an agent that takes one", params: full, strict: true, words: words("start", "x"), want: ocf.ErrArgs},
		{name: "F15 two words to an agent that ignores the second", params: full, words: words("start", "x")},
		{name: "F16 no word", params: full, strict: true, want: ocf.ErrArgs},
		{name: "F17 a cluster that names no instance", params: full, env: map[string]string{"OCF_RESOURCE_INSTANCE": ""}, words: words("monitor"), want: ocf.ErrArgs,
			reason: "OCF_RESOURCE_INSTANCE is empty: the caller names no resource"},
		{name: "F17 the instance is checked before the parameters", params: none, env: map[string]string{"OCF_RESOURCE_INSTANCE": "-"}, words: words("start"), want: ocf.ErrArgs,
			reason: "OCF_RESOURCE_INSTANCE is empty: the caller names no resource"},
		{name: "F18 a person who names no instance", params: full, env: map[string]string{"OCF_RA_VERSION_MAJOR": "-", "OCF_RESOURCE_INSTANCE": "-"}, words: words("monitor"), want: ocf.NotRunning},
		{name: "F19 a person without OCF_ROOT", params: full, env: nothing, words: words("monitor"), want: ocf.NotRunning},
		{name: "F20 start without root", params: full, user: 1000, words: words("start"), want: ocf.ErrPerm, reason: "starting needs root"},
		{name: "F21 monitor without root", params: full, user: 1000, words: words("monitor"), want: ocf.NotRunning},
		{name: "F22 start without root comes before all else", params: none, user: 1000, words: words("start"), want: ocf.ErrPerm, reason: "starting needs root"},
		{name: "F23 a probe of something whose interface is missing", params: map[string]string{"content": "gold", "nic": "missing"},
			env: map[string]string{"OCF_RESKEY_CRM_meta_interval": "-"}, words: words("monitor"), want: ocf.NotRunning},
		{name: "F24 a recurring monitor of the same", params: map[string]string{"content": "gold", "nic": "missing"}, words: words("monitor"), want: ocf.ErrGeneric,
			reason: `interface "missing" does not exist`},
		{name: "F25 Yes is false", params: map[string]string{"content": "gold", "strict": "Yes"}, words: words("start")},
		{name: "F26 ja is true", params: map[string]string{"content": "gold", "strict": "ja"}, words: words("start"), want: ocf.ErrGeneric, reason: "the box is strict"},
		{name: "a bad value fails the start", params: map[string]string{"content": "air"}, words: words("start"), want: ocf.ErrConfigured, reason: `parameter content: "air" is nothing`},
		{name: "a bad value does not fail the stop", params: map[string]string{"content": "air"}, words: words("stop")},
		{name: "a stop without any parameter", params: none, words: words("stop")},
		{name: "an obsolete parameter is ignored", params: map[string]string{"content": "gold", "colour": "red"}, words: words("start")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			agent := boxAgent()
			agent.OneWord = row.strict
			resource := &ocftest.Resource{Agent: agent, Params: row.params, Env: row.env, UID: row.user}
			result := resource.Words(t, row.words...)
			require.Equal(t, row.want, result.Code, result.Stderr)
			require.Equal(t, row.reason, result.Reason)
			require.Contains(t, result.Stdout, row.stdout)
			if len(row.words) == 0 || row.want == ocf.ErrUnimplemented {
				require.Contains(t, result.Stderr, "usage: Box {")
			}
		})
	}
}

// nothing takes all that a cluster puts into the environment away again.
var nothing = map[string]string{
	"OCF_ROOT": "-", "OCF_RA_VERSION_MAJOR": "-", "OCF_RA_VERSION_MINOR": "-", "OCF_RESOURCE_INSTANCE": "-",
	"OCF_RESOURCE_TYPE": "-", "OCF_RESKEY_CRM_meta_timeout": "-", "OCF_RESKEY_CRM_meta_interval": "-",
	"OCF_RESKEY_CRM_meta_on_node": "-", "OCF_RESKEY_crm_feature_set": "-",
}

func words(w ...string) []string { return w }

// F51, and the life of a resource.
func TestTheLifeOfAResource(t *testing.T) {
	t.Parallel()
	resource := &ocftest.Resource{Agent: boxAgent(), Params: map[string]string{"content": "gold"},
		State: filepath.Join(t.TempDir(), "resource-agents")}
	for _, step := range []struct {
		action string
		want   ocf.Code
		stdout string
	}{
		{"monitor", ocf.NotRunning, ""},
		{"stop", ocf.Success, ""},
		{"start", ocf.Success, ""},
		{"start", ocf.Success, ""},
		{"monitor", ocf.Success, ""},
		{"status", ocf.Success, "running\n"},
		{"validate-all", ocf.Success, ""},
		{"stop", ocf.Success, ""},
		{"stop", ocf.Success, ""},
		{"status", ocf.NotRunning, "stopped\n"},
	} {
		result := resource.Call(t, step.action)
		require.Equal(t, step.want, result.Code, step.action)
		require.Equal(t, step.stdout, result.Stdout, step.action)
		require.Empty(t, result.Reason, step.action)
	}
	require.Equal(t, ocf.NotRunning, resource.Probe(t).Code)
	info, err := os.Stat(resource.State)
	require.NoError(t, err)
	require.Equal(t, os.ModeDir|os.ModeSticky|0o755, info.Mode(), "the directory is made as at boot")
}

// doingCode is a declaration whose monitor answers with a code.
func doingCode(code ocf.Code) func(*ocf.Params) ocf.Actions {
	return func(*ocf.Params) ocf.Actions {
		return ocf.Actions{Monitor: func(context.Context, *ocf.Call) error { return code }}
	}
}

// boxResource is a box that holds something.
func boxResource() *ocftest.Resource {
	act := func(context.Context, *ocf.Call) error { return nil }
	agent := boxAgent()
	agent.New = func(*ocf.Params) ocf.Actions {
		return ocf.Actions{Start: act, Stop: act, Monitor: act, Status: act, Validate: act}
	}
	return &ocftest.Resource{Agent: agent}
}
