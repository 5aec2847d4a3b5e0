package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A world is the part of a rig that one agent works on.
type world interface {
	// look returns what is there, by kind: a set of texts each.
	look() (map[string][]string, error)
	// heard returns what has come over the wires since the last call, or nothing.
	heard() string
	// fill replaces the names of the rig's devices in a text, and plain puts them back in.
	fill(text string) string
	plain(text string) string
	// close gives back what does not go with the namespaces.
	close()
}

// A life is a case on its way.
type life struct {
	agent  Agent
	world  world
	state  string // the node's folder for run-time state
	params []string
	last   map[string][]string
	users  users
}

// stateFolder is in the rig's own /run.
const stateFolder = "/run/resource-agents"

// live lives through a case.
func live(o order) ([]Answer, error) {
	// As process 1 of its namespace the rig is out of an agent's reach as long as it has handlers of its own.
	signal.Notify(make(chan os.Signal, 1), unix.SIGTERM, unix.SIGHUP, unix.SIGINT)
	if err := os.MkdirAll(stateFolder, 0o755); err != nil {
		return nil, err
	}
	if err := unix.Sethostname([]byte("n")); err != nil {
		return nil, err
	}
	l := &life{agent: o.Agent, state: stateFolder, params: slices.Clone(o.Case.Params)}
	defer l.users.end()
	var err error
	if l.world, err = newWorld(o); err != nil {
		return nil, err
	}
	defer l.world.close()
	var answers []Answer
	for i, step := range o.Case.Steps {
		fmt.Fprintf(os.Stderr, "--- %d %s\n", i+1, step)
		answer, err := l.step(step)
		if err != nil {
			return nil, fmt.Errorf("step %d, %s: %w", i+1, step, err)
		}
		if answer != nil {
			answer.Step = fmt.Sprintf("%d %s", i+1, step)
			answers = append(answers, *answer)
		}
	}
	return answers, nil
}

func newWorld(o order) (world, error) {
	switch o.Agent.Name {
	case "IPaddr2":
		return newNetWorld()
	case drbddisk:
		return newDRBDWorld(o)
	}
	return newMountWorld(o)
}

// step makes one step; only an action has an answer.
func (l *life) step(step string) (*Answer, error) {
	kind, rest, _ := strings.Cut(step, " ")
	switch kind {
	case "$":
		out, err := exec.Command("sh", "-ec", l.world.fill(rest)).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
		return nil, nil
	case "=":
		l.change(rest)
		return nil, nil
	case "%":
		return nil, l.world.(*drbdWorld).line(rest)
	case "&":
		name, command, _ := strings.Cut(rest, " ")
		return nil, l.users.start(name, l.world.fill(command))
	}
	if err := l.before(); err != nil {
		return nil, err
	}
	return l.act(step)
}

// change sets a parameter anew, or takes it away.
func (l *life) change(setting string) {
	name, _, set := strings.Cut(setting, "=")
	l.params = slices.DeleteFunc(l.params, func(p string) bool { return strings.HasPrefix(p, name+"=") })
	if set {
		l.params = append(l.params, setting)
	}
}

// before notes how things are ahead of an action, so that its answer is what the action has changed.
func (l *life) before() error {
	l.world.heard()
	var err error
	l.last, err = l.look()
	return err
}

func (l *life) look() (map[string][]string, error) {
	now, err := l.world.look()
	if err == nil {
		now["process"] = l.users.fates()
	}
	return now, err
}

// act calls the agent, and looks at what has become of it.
func (l *life) act(step string) (*Answer, error) {
	action, level, _ := strings.Cut(step, "@")
	code, printed := l.call(action, level)
	left := quiet(l.users.pids())
	values := map[string]string{"code": code, "frames": l.world.heard()}
	if action == "status" {
		values["prints"] = l.world.plain(strings.Join(strings.Fields(printed), " "))
	}
	now, err := l.look()
	if err != nil {
		return nil, err
	}
	now["process"] = append(now["process"], left...)
	for kind := range maps.Keys(now) {
		values[kind] = l.world.plain(changes(l.last[kind], now[kind]))
	}
	return &Answer{Values: values}, nil
}

// limit is how long an action may take before it counts as hanging.
const limit = 40 * time.Second

// call starts the agent as Pacemaker does.
func (l *life) call(action, level string) (code, printed string) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	word := action
	if action == "probe" {
		word = "monitor"
	}
	args := append(slices.Clone(l.agent.Command), word)
	if w, ok := l.world.(*drbdWorld); ok {
		args = w.command(l.agent.Command, l.params, word)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = l.environment(action, level)
	if w, ok := l.world.(*drbdWorld); ok {
		cmd.Env = w.environment()
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "hangs", out.String()
	case cmd.ProcessState == nil:
		return "cannot be started: " + err.Error(), ""
	case err != nil && !errors.As(err, new(*exec.ExitError)) && !errors.Is(err, exec.ErrWaitDelay):
		return err.Error(), out.String()
	}
	if status, ok := cmd.ProcessState.Sys().(unix.WaitStatus); ok && status.Signaled() {
		return "killed by " + unix.SignalName(status.Signal()), out.String()
	}
	return strconv.Itoa(cmd.ProcessState.ExitCode()), out.String()
}

func (l *life) environment(action, level string) []string {
	env := []string{
		"OCF_ROOT=/usr/lib/ocf", "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1", "OCF_RESOURCE_INSTANCE=t",
		"OCF_RESOURCE_TYPE=" + l.agent.Name, "OCF_RESOURCE_PROVIDER=heartbeat", "OCF_RESKEY_CRM_meta_timeout=20000",
		"HA_LOGFACILITY=none", "HA_RSCTMP=" + l.state, "LC_ALL=C",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}
	switch action {
	case "monitor", "status":
		env = append(env, "OCF_RESKEY_CRM_meta_interval=10000")
	case "probe":
		env = append(env, "OCF_RESKEY_CRM_meta_interval=0")
	}
	if level != "" {
		env = append(env, "OCF_CHECK_LEVEL="+level)
	}
	for _, p := range l.params {
		env = append(env, "OCF_RESKEY_"+l.world.fill(p))
	}
	return append(env, l.agent.Env...)
}

// changes is what two sets of texts differ in, on one line: what is gone with a minus, what has come with a plus.
func changes(before, after []string) string {
	var all []string
	count := make(map[string]int)
	for _, text := range after {
		count[text]++
	}
	for _, text := range before {
		count[text]--
	}
	for _, text := range slices.Sorted(maps.Keys(count)) {
		for range -count[text] {
			all = append(all, "-"+text)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(count)) {
		for range count[text] {
			all = append(all, "+"+text)
		}
	}
	return strings.Join(all, "; ")
}
