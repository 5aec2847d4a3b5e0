package drbddisk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// A script is how heartbeat's script was called.
type script struct {
	// compat is the generation of DRBD whose script's words are wanted: 0.7, 8.2, 8.3, or empty for those of 8.3.9 and
	// later.
	compat    string
	json, dry bool
}

// The exit codes of the script (drbddisk.md 1.3). heartbeat itself reads the words alone.
const (
	exitRunning = 0
	exitFailed  = 1
	exitStopped = 3
	exitUnknown = 4
	exitNoName  = 10
)

// Linked is what the name of a link begins with that names a resource: drbddisk-r0 is for r0 (drbddisk.md 5).
const Linked = "drbddisk-"

// A door is where heartbeat's script is answered for a host whose files are below root.
type door struct{ root string }

// A visit is one call of the script.
type visit struct {
	door
	script
	env     *ocf.Env
	agent   *ocf.Agent
	program string
}

// answer takes the call unless it follows the OCF convention: one word, and an environment or a folder of OCF's.
func (d door) answer(env *ocf.Env, agent *ocf.Agent, program string, args []string) (code int, took bool) {
	linked, isLink := strings.CutPrefix(filepath.Base(program), Linked)
	if !isLink && len(args) == 1 && isOCF(env, program) {
		return 0, false
	}
	v := &visit{door: d, env: env, agent: agent, program: filepath.Base(program)}
	words, ok := v.options(args)
	if !ok {
		return v.usage(), true
	}
	resource, action := everything, ""
	switch {
	case isLink && len(words) == 1:
		resource, action = linked, words[0]
	case len(words) == 2 && (!isLink || words[0] == linked):
		resource, action = words[0], words[1]
	case len(words) > 0 && !isLink:
		action = words[0]
	}
	switch action {
	case "start", "stop":
		return v.change(action, resource), true
	case "status":
		return v.status(resource), true
	}
	return v.usage(), true
}

// isOCF reports whether the caller follows the OCF convention.
func isOCF(env *ocf.Env, program string) bool {
	for _, name := range []string{"OCF_ROOT", "OCF_RA_VERSION_MAJOR", "OCF_RESKEY_drbd_resource"} {
		if value, set := env.Lookup(name); set && value != "" {
			return true
		}
	}
	return strings.Contains(filepath.Dir(program), "/ocf/resource.d/")
}

// options takes the options out of the words.
func (v *visit) options(args []string) (words []string, ok bool) {
	for _, arg := range args {
		compat, isCompat := strings.CutPrefix(arg, "--compat=")
		switch {
		case arg == "--json":
			v.json = true
		case arg == "--dry-run":
			v.dry = true
		case isCompat && slices.Contains([]string{"0.7", "8.2", "8.3"}, compat):
			v.compat = compat
		case strings.HasPrefix(arg, "-"):
			return nil, false
		default:
			words = append(words, arg)
		}
	}
	return words, true
}

func (v *visit) usage() int {
	if strings.HasPrefix(v.program, Linked) {
		fmt.Fprintf(v.env.Stdout, "Usage: %s {start|stop|status}\n", v.program)
		return exitFailed
	}
	fmt.Fprint(v.env.Stdout, "Usage: drbddisk [resource] {start|stop|status}\n")
	return exitFailed
}

// change starts or stops one resource, or all in their order: each is tried, and one that fails makes the whole fail.
func (v *visit) change(action, resource string) int {
	names := []string{resource}
	if resource == everything {
		var err error
		if names, err = v.all(action); err != nil {
			fmt.Fprintf(v.env.Stderr, "%s: which resources there are is not known: %v\n", v.program, err)
			return exitFailed
		}
	}
	code := 0
	for _, name := range names {
		if v.call(action, name, v.env.Stdout) != ocf.Success {
			code = exitFailed
		}
	}
	return code
}

// listLimit bounds the question which resources there are.
const listLimit = 10 * time.Second

// all are the resources of DRBD's configuration, in its order. To be stopped are those too that only the kernel has,
// and if drbdadm gives no answer, those alone: without a module there is nothing to stop.
func (v *visit) all(action string) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*listLimit)
	defer cancel()
	getenv := func(name string) string { value, _ := v.env.Lookup(name); return value }
	var up []string
	if action == "stop" {
		source := feed.New(v.env.Runner, getenv)
		if source.Proc == "" {
			source.Proc = filepath.Join(v.root, feed.DefaultProc)
		}
		view, err := source.Gather(ctx, feed.Options{Adm: true})
		switch {
		case err == nil && !view.Host.Loaded:
			return nil, nil
		case err != nil:
			return nil, err
		case slices.ContainsFunc(view.Host.Resources, nameless):
			return nil, fmt.Errorf("rows without a name: %s", strings.Join(view.Host.Problems, "; "))
		}
		for _, r := range view.Host.Resources {
			if r.Name != "" {
				up = append(up, r.Name)
			}
		}
	}
	listing, done := context.WithTimeout(ctx, listLimit)
	defer done()
	result, err := v.env.Runner.Run(listing, run.Cmd{Path: tool(v.root, getenv, nil), Args: []string{"sh-resources"}})
	switch {
	case err == nil && !result.OK():
		err = fmt.Errorf("drbdadm sh-resources: exit %d: %s", result.Code, result.FirstError())
	case err == nil:
		names := strings.Fields(string(result.Stdout))
		for _, name := range up {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return names, nil
	}
	if action == "stop" {
		return up, nil
	}
	return nil, err
}

// call carries out one action of the agent for a resource, as the script does it.
func (v *visit) call(action, resource string, out io.Writer) ocf.Code {
	own := *v.agent
	own.New = func(p *ocf.Params) ocf.Actions {
		d := bind(p, v.root)
		d.script = &v.script
		return d.actions()
	}
	limit := map[string]time.Duration{"start": startTimeout, "stop": stopTimeout, "status": statusTimeout}[action]
	env := v.env.Over("drbddisk", "drbddisk_"+resource, map[string]string{
		"drbd_resource": resource, "on_standalone": "warn", "attr": "false",
		"CRM_meta_timeout": strconv.FormatInt(limit.Milliseconds(), 10),
	})
	env.Stdout = out
	env.Started = time.Now()
	return ocf.Code(ocf.Main(env, &own, []string{action}))
}

// status prints a line that heartbeat searches for "running", and the exit code that goes with it.
func (v *visit) status(resource string) int {
	if resource == everything {
		fmt.Fprintln(v.env.Stdout, "A resource name is required for status inquiries.")
		return exitNoName
	}
	var said bytes.Buffer
	code := v.call("status", resource, &said)
	if said.Len() == 0 {
		// Nothing was found out: no time was left, or the name is none.
		v.tell(&said, Observation{Resource: resource, Problem: "nothing was found out"})
	}
	_, _ = v.env.Stdout.Write(said.Bytes())
	switch {
	case code == ocf.Success:
		return exitRunning
	case code == ocf.NotRunning && v.old():
		// The scripts of that time ended with 0, whatever they had found.
		return exitRunning
	case code == ocf.NotRunning:
		return exitStopped
	}
	return exitUnknown
}

// tell prints what the node does with the resource, in the words of the script whose generation is wanted.
func (s *script) tell(out io.Writer, o Observation) {
	standing := o.Standing()
	if s.json {
		s.document(out, o)
		return
	}
	switch {
	case standing == Unknown:
		fmt.Fprintf(out, "cannot determine status, may be running (%s)\n", standing)
	case standing == Primary && s.old():
		fmt.Fprintln(out, "running")
	case standing == Primary:
		fmt.Fprintf(out, "running (%s)\n", standing)
	case s.compat == "8.2" && standing == Unconfigured:
		// 8.2's script printed what it did not know as it was.
		fmt.Fprintln(out, standing)
	case s.old():
		fmt.Fprintln(out, "stopped")
	default:
		fmt.Fprintf(out, "stopped (%s)\n", standing)
	}
}

// old reports whether the words are those from before the role was printed, in 8.2.5.
func (s *script) old() bool { return s.compat == "0.7" || s.compat == "8.2" }

// A document is status as JSON; its fields are a promise.
type document struct {
	Resource string        `json:"resource"`
	Role     Standing      `json:"role"`
	Running  *bool         `json:"running"`
	Class    drbd.Class    `json:"class"`
	Reason   drbd.Reason   `json:"reason,omitempty"`
	Text     string        `json:"text,omitempty"`
	Mounted  []string      `json:"mounted,omitempty"`
	Volumes  []drbd.Volume `json:"volumes,omitempty"`
	Peers    []drbd.Peer   `json:"peers,omitempty"`
	Problem  string        `json:"problem,omitempty"`
}

// document prints the observation. running is null when it is not known.
func (s *script) document(out io.Writer, o Observation) {
	d := document{
		Resource: o.Resource, Role: o.Standing(), Class: o.Verdict.Class, Reason: o.Verdict.Reason, Text: o.Verdict.Text,
		Mounted: o.Mounted, Problem: o.Problem,
	}
	if o.State != nil {
		d.Volumes, d.Peers = o.State.Volumes, o.State.Peers
	}
	if d.Role != Unknown {
		running := d.Role == Primary
		d.Running = &running
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(d)
}
